import PoseCodecs
import PoseCore
import PoseImage
import PoseMedia

/// Makes samples of pictures with everybody in them, one after another in the same memory. One thread at a time has it.
///
/// A sample depends on the seed, the epoch and its own number alone. As in MMPose, pictures are put together, turned and
/// scaled, mixed with another one, changed in color and mirrored, in this order; each is resampled once.
package final class ScenePipeline {
  package let samples: [PeoplePicture]
  package let recipe: SceneRecipe
  private let root: RandomStream
  private let picture = PixelMemory()
  private let canvas: Canvas
  /// For one picture of a mosaic, and for the picture that is mixed in.
  private let other: Canvas

  /// - Parameter seed: of all randomness; the same seed gives the same samples.
  package init(_ samples: [PeoplePicture], _ recipe: SceneRecipe, seed: UInt64) {
    (self.samples, self.recipe) = (samples, recipe)
    root = RandomStream(seed: seed)
    canvas = Canvas(recipe.input)
    other = Canvas(recipe.input)
  }

  /// What a network sees of a sample in an epoch, for people to look at.
  ///
  /// - Throws: ``MediaError`` where a picture cannot be read.
  package func preview(_ index: Int, epoch: Int) throws -> ScenePreview {
    let (scene, variation, affine) = try compose(index, epoch: epoch)
    let image = try Image(width: recipe.input.width, height: recipe.input.height, pixels: Array(canvas.pixels))
    return ScenePreview(image: image, scene: scene, variation: variation, affine: affine)
  }

  /// Puts a sample on the canvas.
  private func compose(
    _ index: Int, epoch: Int
  ) throws -> (scene: LabelledScene, variation: PictureVariation, affine: DrawnAffine) {
    let (augmentation, random) = recipe.variation(in: epoch)
    var stream = root.streams(epoch: epoch, sample: index).epoch
    let variation = augmentation.draw(from: &stream, samples: samples.count)
    let drawn = random.draw(from: stream.split(1))
    let input = recipe.input
    var scene = LabelledScene(people: [])
    if let mosaic = variation.mosaic {
      let canvasSize = Size(height: 2 * input.height, width: 2 * input.width)
      let transform = random.transform(of: canvasSize, to: input, warp: recipe.warp, drawn)
      try show([index] + mosaic.others, in: &scene, isFlipped: variation.isFlipped, onto: canvas) { sizes in
        SceneLayout(mosaic: sizes, center: mosaic.center, in: input, transform)
      }
    } else {
      try show([index], in: &scene, isFlipped: variation.isFlipped, onto: canvas) { sizes in
        SceneLayout(random.transform(of: sizes[0], to: input, warp: recipe.warp, drawn))
      }
    }
    if let mixed = variation.mixed, !samples[mixed].people.isEmpty {
      var stream = stream.split(2)
      let frame = augmentation.frame(from: &stream)
      let isFlipped = stream.happens(augmentation.flipProbability)
      try show([mixed], in: &scene, isFlipped: variation.isFlipped, onto: other) { sizes in
        SceneLayout(mixed: sizes[0], in: input, frame, isFlipped: isFlipped)
      }
      canvas.mix(with: other)
    }
    if !variation.colors.isNothing { variation.colors.apply(to: canvas.pixels) }
    return (scene, variation, drawn)
  }

  /// Puts pictures on a canvas, and adds them and their people to the scene.
  ///
  /// - Parameter layout: where pictures of these sizes lie.
  private func show(
    _ shown: [Int], in scene: inout LabelledScene, isFlipped: Bool, onto canvas: Canvas,
    _ layout: ([Size]) -> SceneLayout
  ) throws {
    let encoded = try shown.map { index throws(MediaError) in
      try EncodedImage(contentsOf: samples[index].path, pixelLimit: recipe.pixelLimit, decoding: recipe.decoding)
    }
    let sizes = encoded.map { Size(height: $0.height, width: $0.width) }
    let plain = layout(sizes)
    let tiles = (isFlipped ? plain.mirrored(width: recipe.input.width) : plain).tiles
    canvas.fill(recipe.fill)
    for (index, (encoded, tile)) in zip(shown, zip(encoded, tiles)) {
      try paint(encoded, tile, onto: canvas)
      let ignored = try samples[index].mask(Size(height: encoded.height, width: encoded.width))
      scene.add(samples[index], tile, recipe.skeleton)
      scene.pictures.append(ShownPicture(tile.transform, ignored: ignored))
    }
  }

  private func paint(_ encoded: EncodedImage, _ tile: SceneLayout.Tile, onto canvas: Canvas) throws {
    let input = recipe.input
    let reduction = recipe.decoding == .reduced ? tile.transform.reduction : 1
    try encoded.withPixels(reduction: reduction, region: tile.transform.region(of: input), memory: picture) { reduced in
      let transform = reduced.placement.map(tile.transform.after) ?? tile.transform
      let target = tile.part == nil ? canvas : other
      reduced.view.warp(
        by: transform, width: input.width, height: input.height, fill: recipe.fill, into: target.pixels)
      if let part = tile.part { canvas.copy(other, where: part, tile.transform) }
    }
  }
}

extension ScenePipeline: SampleMaker {
  func make(_ index: Int, epoch: Int, into row: SampleRow) throws {
    let scene = try compose(index, epoch: epoch).scene
    let view = try PixelView(
      UnsafeBufferPointer(canvas.pixels), width: recipe.input.width, height: recipe.input.height)
    view.warp(by: .identity, to: recipe.input, encoding: recipe.encoding, into: row.pixels)
    recipe.encoder.encode(scene, into: row.targets, weights: row.weights)
  }
}

extension LabelledScene {
  /// Adds the people of a picture, as far as it is shown, and what of it is not learnt from.
  fileprivate mutating func add(_ picture: PeoplePicture, _ tile: SceneLayout.Tile, _ skeleton: Skeleton) {
    let transform = tile.transform
    let growth = (transform.a * transform.d - transform.b * transform.c).magnitude
    people += picture.people.compactMap { person in
      var person = person
      if let part = tile.part {
        person.box = person.box?.common(with: part)
        for joint in person.joints.indices where !part.contains(person.joints[joint].position) {
          person.joints[joint] = .unlabelled
        }
        guard person.joints.contains(where: \.isLabelled) else { return nil }
      }
      if transform.isMirroring { person.joints.exchange(skeleton.flipPairs) }
      for joint in person.joints.indices { person.joints[joint].position = transform(person.joints[joint].position) }
      person.boxSides = person.box.map { SIMD2($0.width, $0.height) * growth.squareRoot() }
      person.box = person.box.map(transform.box(around:))
      person.area = person.area.map { $0 * growth }
      return person
    }
    ignored += picture.ignored.compactMap { area in
      (tile.part.map { area.box.common(with: $0) } ?? area.box).map(transform.box(around:))
    }
  }
}

extension [LabelledKeypoint] {
  /// Left and right exchanged.
  fileprivate mutating func exchange(_ pairs: [Skeleton.Pair]) {
    for pair in pairs where indices.contains(pair.first) && indices.contains(pair.second) {
      swapAt(pair.first, pair.second)
    }
  }
}

extension BoundingBox {
  fileprivate func contains(_ point: Point) -> Bool {
    (x..<x + width).contains(point.x) && (y..<y + height).contains(point.y)
  }

  /// What both have in common; nil where they do not touch.
  fileprivate func common(with other: BoundingBox) -> BoundingBox? {
    let (left, top) = (max(x, other.x), max(y, other.y))
    let (right, bottom) = (min(x + width, other.x + other.width), min(y + height, other.y + other.height))
    return right > left && bottom > top
      ? BoundingBox(x: left, y: top, width: right - left, height: bottom - top) : nil
  }
}

extension Canvas {
  /// Copies the pixels that show a part of a picture.
  fileprivate func copy(_ source: Canvas, where part: BoundingBox, _ transform: AffineTransform) {
    guard let inverse = transform.inverse else { return }
    for y in 0..<size.height {
      for x in 0..<size.width {
        guard part.contains(inverse(Point(x: Double(x), y: Double(y)))) else { continue }
        let start = 3 * (y * size.width + x)
        for channel in start..<start + 3 { pixels[channel] = source.pixels[channel] }
      }
    }
  }
}

/// A sample as a network sees it, before its pixels are normalized.
package struct ScenePreview: Sendable {
  package var image: Image
  /// In pixels of the input.
  package var scene: LabelledScene
  package var variation: PictureVariation
  package var affine: DrawnAffine
}
