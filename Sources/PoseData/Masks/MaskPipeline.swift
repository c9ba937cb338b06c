import PoseCore
import PoseImage
import PoseMedia

/// What a network sees of a picture with labelled pixels.
package struct MaskPreview {
  package let image: Image
  package let mask: SegmentationMask
  /// The factor on the size at which the picture would fill the input.
  package let scale: Double
  package let isFlipped: Bool
  package let isDistorted: Bool
}

/// Makes samples of pictures with labelled pixels, one after another in the same memory. One thread at a time has it.
///
/// Follows MMSegmentation's `RandomResize`, `RandomCrop`, `RandomFlip` and `PhotoMetricDistortion`. A sample depends on the
/// seed, the epoch and its own number alone.
package final class MaskPipeline {
  package let samples: [MaskedPicture]
  package let recipe: MaskRecipe
  private let root: RandomStream
  private let memory = PixelMemory()
  private let canvas: Canvas
  private var labels: [UInt8]

  /// How many parts of a picture are tried until one class has not too much of it.
  private static let mostFrames = 10

  /// - Parameter seed: of all randomness; the same seed gives the same samples.
  package init(_ samples: [MaskedPicture], _ recipe: MaskRecipe, seed: UInt64) {
    (self.samples, self.recipe) = (samples, recipe)
    root = RandomStream(seed: seed)
    canvas = Canvas(recipe.input)
    labels = Array(repeating: SegmentationMask.ignored, count: recipe.input.height * recipe.input.width)
  }

  /// What a network sees of a sample in an epoch, for people to look at.
  ///
  /// - Throws: `MediaError` where a picture cannot be read, and what ``MaskedPicture`` throws.
  package func preview(_ index: Int, epoch: Int) throws -> MaskPreview {
    let drawn = try compose(index, epoch: epoch)
    let (width, height) = (recipe.input.width, recipe.input.height)
    return MaskPreview(
      image: try Image(width: width, height: height, pixels: Array(canvas.pixels)),
      mask: SegmentationMask(size: recipe.input, labels: labels, classes: recipe.classes),
      scale: drawn.scale, isFlipped: drawn.isFlipped, isDistorted: recipe.distorts)
  }

  /// Puts a sample on the canvas, and its labels beside it.
  ///
  /// - Returns: how the picture was augmented.
  @discardableResult
  private func compose(_ index: Int, epoch: Int) throws -> (scale: Double, isFlipped: Bool) {
    let sample = samples[index]
    var stream = root.streams(epoch: epoch, sample: index).epoch
    let isFlipped = stream.happens(recipe.flipProbability)
    let scale = stream.uniform(recipe.scale.lowerBound, recipe.scale.upperBound)
    var colors = stream.split(1)
    let change = recipe.distorts ? PhotometricDistortion().draw(from: &colors) : nil
    let encoded = try EncodedImage(
      contentsOf: sample.path, pixelLimit: recipe.pixelLimit, decoding: recipe.decoding)
    let mask = try sample.mask(classes: recipe.classes, pixelLimit: recipe.pixelLimit)
    let size = Size(height: encoded.height, width: encoded.width)
    guard mask.size == size else {
      throw MaskError.otherSize(picture: sample.path, size.description, mask: mask.size.description)
    }
    for attempt in 1...Self.mostFrames {
      let frame = PictureFrame(scale: scale, x: stream.unit(), y: stream.unit())
      let layout = PictureLayout(size, in: recipe.input, frame, isFlipped: isFlipped)
      place(mask, layout)
      if attempt < Self.mostFrames, recipe.largestShare < 1, !isMixed { continue }
      canvas.fill(recipe.fill)
      for tile in layout.tiles { try paste(encoded, tile) }
      for row in 0..<layout.content.height {
        let start = row * recipe.input.width * 3
        change?.apply(
          to: UnsafeMutableBufferPointer(rebasing: canvas.pixels[start..<start + layout.content.width * 3]))
      }
      break
    }
    return (scale, isFlipped)
  }

  /// Whether there are several classes, of which none has too much.
  private var isMixed: Bool {
    var counts = [Int](repeating: 0, count: 256)
    for label in labels { counts[Int(label)] += 1 }
    counts[Int(SegmentationMask.ignored)] = 0
    let (largest, all) = (counts.max() ?? 0, counts.reduce(0, +))
    return largest < all && Double(largest) < recipe.largestShare * Double(all)
  }

  /// Sets each label to that of the nearest pixel of the picture.
  private func place(_ mask: SegmentationMask, _ layout: PictureLayout) {
    for index in labels.indices { labels[index] = SegmentationMask.ignored }
    for tile in layout.tiles {
      func pixel(_ place: Int, _ scale: Double, _ offset: Double, _ limit: Int) -> Int {
        Int(min(max(((Double(place) + 0.5 - offset) / scale).rounded(.down), 0), Double(limit - 1)))
      }
      let columns = tile.columns.map { pixel($0, tile.scaleX, tile.x, mask.size.width) }
      for row in tile.rows {
        let source = pixel(row, tile.scaleY, tile.y, mask.size.height) * mask.size.width
        let start = row * recipe.input.width + tile.columns.lowerBound
        for (place, column) in columns.enumerated() { labels[start + place] = mask.labels[source + column] }
      }
    }
  }

  private func paste(_ encoded: EncodedImage, _ tile: PictureLayout.Tile) throws {
    if tile.columns.isEmpty || tile.rows.isEmpty { return }
    let reduction = recipe.decoding == .reduced ? tile.reduction : 1
    try encoded.withPixels(reduction: reduction, region: tile.region, memory: memory) { reduced in
      reduced.view.paste(
        columns: tile.columns(toPicture: reduced.placement), rows: tile.rows(toPicture: reduced.placement),
        onto: canvas.pixels, width: recipe.input.width)
    }
  }
}

extension MaskPipeline: SampleMaker {
  func make(_ index: Int, epoch: Int, into row: SampleRow) throws {
    try compose(index, epoch: epoch)
    let view = try PixelView(
      UnsafeBufferPointer(canvas.pixels), width: recipe.input.width, height: recipe.input.height)
    view.warp(by: .identity, to: recipe.input, encoding: recipe.encoding, into: row.pixels)
    let target = row.targets[0]
    for (place, label) in labels.enumerated() { target[place] = Float(label) }
  }
}
