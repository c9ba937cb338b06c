import PoseCore
import PoseImage
import PoseMedia

/// Makes samples of whole pictures, one after another in the same memory. One thread at a time has it.
///
/// A sample depends on the seed, the epoch and its own number alone: the other pictures of a mosaic are drawn from all
/// samples, where MMDetection's `CachedMosaic` takes those that it loaded last.
package final class PicturePipeline {
  package let samples: [LabelledPicture]
  package let recipe: PictureRecipe
  private let root: RandomStream
  private let picture = PixelMemory()
  private let canvas: Canvas
  /// For the picture that is mixed in.
  private let other: Canvas

  /// - Parameter seed: of all randomness; the same seed gives the same samples.
  package init(_ samples: [LabelledPicture], _ recipe: PictureRecipe, seed: UInt64) {
    (self.samples, self.recipe) = (samples, recipe)
    root = RandomStream(seed: seed)
    canvas = Canvas(recipe.input)
    other = Canvas(recipe.input)
  }

  /// What a network sees of a sample in an epoch, for people to look at.
  ///
  /// - Throws: ``MediaError`` where a picture cannot be read.
  package func preview(_ index: Int, epoch: Int) throws -> PicturePreview {
    let (boxes, variation, frame) = try compose(index, epoch: epoch)
    let image = try Image(width: recipe.input.width, height: recipe.input.height, pixels: Array(canvas.pixels))
    return PicturePreview(image: image, boxes: boxes, variation: variation, frame: frame)
  }

  /// Puts a sample on the canvas.
  ///
  /// - Returns: its boxes in pixels of the input, the largest first where there are too many.
  private func compose(
    _ index: Int, epoch: Int
  ) throws -> (boxes: [LabelledBox], variation: PictureVariation, frame: PictureFrame) {
    let augmentation = recipe.augmentation(in: epoch)
    var stream = root.streams(epoch: epoch, sample: index).epoch
    let variation = augmentation.draw(from: &stream, samples: samples.count)
    var (boxes, frame) = try paste(index, variation, augmentation, from: stream.split(1), onto: canvas)
    if let mixed = variation.mixed {
      var stream = stream.split(2)
      let own = augmentation.draw(from: &stream, samples: samples.count)
      boxes += try paste(mixed, own, augmentation, from: stream.split(1), onto: other).boxes
      canvas.mix(with: other)
    }
    if boxes.count > recipe.boxes {
      boxes = Array(boxes.sorted { $0.box.area > $1.box.area }.prefix(recipe.boxes))
    }
    return (boxes, variation, frame)
  }

  /// How many parts of a picture are tried until one shows an object.
  private static let mostFrames = 10

  /// Puts a picture, or a mosaic, on a canvas, and changes its pixels.
  private func paste(
    _ index: Int, _ variation: PictureVariation, _ augmentation: PictureAugmentation, from stream: RandomStream,
    onto canvas: Canvas
  ) throws -> (boxes: [LabelledBox], frame: PictureFrame) {
    let shown = [index] + (variation.mosaic?.others ?? [])
    let encoded = try shown.map { index throws(MediaError) in
      try EncodedImage(
        contentsOf: samples[index].path, pixelLimit: recipe.pixelLimit, decoding: recipe.decoding)
    }
    let sizes = encoded.map { Size(height: $0.height, width: $0.width) }
    let hasObjects = shown.contains { index in samples[index].boxes.contains { $0.label != nil } }
    var stream = stream
    for attempt in 1... {
      let frame = augmentation.frame(from: &stream)
      let layout =
        if let mosaic = variation.mosaic {
          PictureLayout(
            mosaic: sizes, center: mosaic.center, in: recipe.input, frame, isFlipped: variation.isFlipped)
        } else {
          PictureLayout(sizes[0], in: recipe.input, frame, isFlipped: variation.isFlipped)
        }
      let boxes = zip(shown, layout.tiles).flatMap { index, tile in
        samples[index].boxes.compactMap { labelled in
          tile.placed(labelled.box).map { LabelledBox($0, label: labelled.label) }
        }
      }
      // As published, a part without an object is not learnt from where another may have one.
      if hasObjects, attempt < Self.mostFrames, !boxes.contains(where: { $0.label != nil }) { continue }
      canvas.fill(recipe.fill)
      for (encoded, tile) in zip(encoded, layout.tiles) { try paste(encoded, tile, onto: canvas) }
      changePixels(of: canvas, layout.content, by: variation)
      return (boxes, frame)
    }
    preconditionFailure("the last attempt returns")
  }

  private func paste(_ encoded: EncodedImage, _ tile: PictureLayout.Tile, onto canvas: Canvas) throws {
    if tile.columns.isEmpty || tile.rows.isEmpty { return }
    let reduction = recipe.decoding == .reduced ? tile.reduction : 1
    try encoded.withPixels(reduction: reduction, region: tile.region, memory: picture) { reduced in
      reduced.view.paste(
        columns: tile.columns(toPicture: reduced.placement), rows: tile.rows(toPicture: reduced.placement),
        onto: canvas.pixels, width: recipe.input.width)
    }
  }

  /// Changes what pictures show, after they have their size and before they are mixed.
  private func changePixels(of canvas: Canvas, _ content: Size, by variation: PictureVariation) {
    if variation.colors.isNothing { return }
    for row in 0..<content.height {
      let start = row * recipe.input.width * 3
      variation.colors.apply(
        to: UnsafeMutableBufferPointer(rebasing: canvas.pixels[start..<start + content.width * 3]))
    }
  }
}

extension PicturePipeline: SampleMaker {
  func make(_ index: Int, epoch: Int, into row: SampleRow) throws {
    let boxes = try compose(index, epoch: epoch).boxes
    let view = try PixelView(
      UnsafeBufferPointer(canvas.pixels), width: recipe.input.width, height: recipe.input.height)
    view.warp(by: .identity, to: recipe.input, encoding: recipe.encoding, into: row.pixels)
    let target = row.targets[0]
    target.initialize(repeating: 0)
    for place in 0..<recipe.boxes {
      let start = place * BoxRow.count
      guard place < boxes.count else {
        target[start + 4] = BoxRow.empty
        continue
      }
      let (box, label) = (boxes[place].box, boxes[place].label)
      (target[start], target[start + 1]) = (Float(box.x), Float(box.y))
      (target[start + 2], target[start + 3]) = (Float(box.x + box.width), Float(box.y + box.height))
      target[start + 4] = label.map { Float($0) } ?? BoxRow.ignored
    }
  }
}

/// A sample of whole pictures as a network sees it, before its pixels are normalized.
package struct PicturePreview: Sendable {
  package var image: Image
  /// In pixels of the input.
  package var boxes: [LabelledBox]
  package var variation: PictureVariation
  package var frame: PictureFrame
}
