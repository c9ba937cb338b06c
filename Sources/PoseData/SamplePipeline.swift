import PoseCodecs
import PoseCore
import PoseImage
import PoseMedia

/// Makes samples, one after another in the same memory. One thread at a time has it.
package final class SamplePipeline {
  package let recipe: SampleRecipe
  private let root: RandomStream
  private let picture = PixelMemory()
  private let crop: UnsafeMutableBufferPointer<UInt8>

  /// - Parameter seed: of all randomness; the same seed gives the same samples.
  package init(_ recipe: SampleRecipe, seed: UInt64) {
    self.recipe = recipe
    root = RandomStream(seed: seed)
    crop = .allocate(capacity: 3 * recipe.encoder.input.width * recipe.encoder.input.height)
    crop.initialize(repeating: 0)
  }

  deinit { crop.deallocate() }

  /// What a network sees of a sample in an epoch, for people to look at.
  ///
  /// - Parameter index: the sample's number in its dataset, which its randomness depends on.
  /// - Throws: ``MediaError`` where the picture cannot be read.
  package func preview(_ sample: TrainingSample, index: Int, epoch: Int) throws -> SamplePreview {
    let encoded = try encodedImage(sample.picture)
    let (drawn, augmented) = augment(sample, index: index, epoch: epoch, pictureWidth: encoded.width)
    try warp(encoded, augmented)
    try change(by: drawn, augmented, of: encoded)
    let image = try Image(
      width: recipe.encoder.input.width, height: recipe.encoder.input.height, pixels: Array(crop))
    return SamplePreview(
      image: image, augmented: augmented, drawn: drawn, target: recipe.encoder.encode(scene(of: augmented)))
  }

  /// The pixels of a person's crop.
  func crop(of path: String, _ augmented: AugmentedPerson) throws -> [UInt8] {
    try warp(encodedImage(path), augmented)
    return Array(crop)
  }

  /// Writes a sample's input, targets and weights.
  ///
  /// - Throws: ``MediaError`` where the picture cannot be read.
  func make(_ sample: TrainingSample, index: Int, epoch: Int, into row: SampleRow) throws {
    let encoded = try encodedImage(sample.picture)
    let (drawn, augmented) = augment(sample, index: index, epoch: epoch, pictureWidth: encoded.width)
    if drawn.changesPixels {
      try warp(encoded, augmented)
      try change(by: drawn, augmented, of: encoded, teacherPixels: enlargement == 1 ? row.teacherPixels : nil)
      normalize(crop, to: recipe.encoder.input, into: row.pixels)
    } else {
      try withPixels(of: encoded, augmented) { view, transform in
        view.warp(
          by: transform, to: recipe.encoder.input, isMirrored: augmented.isFlipped, encoding: recipe.encoding,
          into: row.pixels)
      }
      if enlargement == 1 { _ = row.teacherPixels?.update(fromContentsOf: row.pixels) }
    }
    if enlargement > 1, let teacherPixels = row.teacherPixels {
      try makeLarger(encoded, drawn, augmented, into: teacherPixels)
    }
    if let inputPose = recipe.inputPose {
      var stream = root.streams(epoch: epoch, sample: index).epoch.split(2)
      let area = sample.person.box?.area ?? sample.person.crop.scaleX * sample.person.crop.scaleY * 40_000
      let pose = wrongPose(of: augmented, area: area, using: &stream)
      let picture = 3 * recipe.encoder.input.width * recipe.encoder.input.height
      for pixels in [row.pixels, row.teacherPixels].compactMap(\.self) {
        inputPose.draw(
          pose, width: recipe.encoder.input.width, height: recipe.encoder.input.height,
          into: UnsafeMutableBufferPointer(rebasing: pixels[picture...]))
      }
    }
    recipe.encoder.encode(scene(of: augmented), into: row.targets, weights: row.weights)
  }

  /// Whom the target shows.
  private func scene(of augmented: AugmentedPerson) -> LabelledScene {
    let person = LabelledPerson(joints: augmented.joints, box: augmented.box)
    return LabelledScene(people: [person] + (recipe.encoder.target.takesNeighbours ? augmented.neighbours : []))
  }

  /// A pose of the person as another network might have found it, in pixels of the input.
  ///
  /// - Parameter area: the person's in the picture.
  func wrongPose(of augmented: AugmentedPerson, area: Double, using stream: inout RandomStream) -> [LabelledKeypoint] {
    let (width, height) = (Double(recipe.encoder.input.width), Double(recipe.encoder.input.height))
    // As the published code, which knows of nothing that lies outside.
    func inside(_ joints: [LabelledKeypoint]) -> [LabelledKeypoint] {
      joints.map { joint in
        let isInside =
          joint.position.x >= 0 && joint.position.x < width && joint.position.y >= 0 && joint.position.y < height
        return LabelledKeypoint(position: joint.position, isLabelled: joint.isLabelled && isInside)
      }
    }
    let transform = augmented.transform
    let pose = SyntheticPoseErrors(recipe.skeleton).pose(
      of: inside(augmented.joints), neighbours: augmented.neighbours.map { inside($0.joints) },
      area: area * (transform.a * transform.d - transform.b * transform.c).magnitude, using: &stream)
    return pose.map {
      $0.map { LabelledKeypoint(position: $0.position, visibility: .visible) } ?? .unlabelled
    }
  }

  private func encodedImage(_ path: String) throws(MediaError) -> EncodedImage {
    try EncodedImage(contentsOf: path, pixelLimit: recipe.pixelLimit, decoding: recipe.decoding)
  }

  private func augment(
    _ sample: TrainingSample, index: Int, epoch: Int, pictureWidth: Int
  ) -> (AugmentationSample, AugmentedPerson) {
    var (stream, constant) = root.streams(epoch: epoch, sample: index)
    let drawn = recipe.augmentation.draw(from: &stream, constant: constant)
    let augmented = sample.person.augmented(
      by: drawn, skeleton: recipe.skeleton, pictureWidth: pictureWidth, input: recipe.encoder.input,
      warp: recipe.warp, halfBodyJoints: recipe.augmentation.halfBodyJoints)
    return (drawn, augmented)
  }

  private func warp(_ encoded: EncodedImage, _ augmented: AugmentedPerson) throws {
    try withPixels(of: encoded, augmented) { view, transform in
      view.warp(
        by: transform, width: recipe.encoder.input.width, height: recipe.encoder.input.height,
        isMirrored: augmented.isFlipped, into: crop)
    }
  }

  /// Lends the pixels that a crop needs, and the transform from them, mirrored or not, to the input.
  private func withPixels(
    of encoded: EncodedImage, _ augmented: AugmentedPerson, _ body: (PixelView, AffineTransform) throws -> Void
  ) throws {
    let reduction = recipe.decoding == .reduced ? augmented.transform.reduction : 1
    let region = augmented.region(
      pictureWidth: encoded.width, input: recipe.encoder.input)
    try encoded.withPixels(reduction: reduction, region: region, memory: picture) { reduced in
      guard var placement = reduced.placement else { return try body(reduced.view, augmented.transform) }
      if augmented.isFlipped {
        placement.tx =
          Double(encoded.width - 1) - placement.a * Double(reduced.view.width - 1) - placement.tx
      }
      try body(reduced.view, augmented.transform.after(placement))
    }
  }

  /// Changes the crop's pixels.
  ///
  /// - Parameter teacherPixels: gets the crop as a teacher sees it; nil where none does.
  private func change(
    by drawn: AugmentationSample, _ augmented: AugmentedPerson, of encoded: EncodedImage,
    teacherPixels: UnsafeMutableBufferPointer<Float>? = nil
  ) throws {
    let (width, height) = (recipe.encoder.input.width, recipe.encoder.input.height)
    func apply(_ changes: [PixelChange], to crop: UnsafeMutableBufferPointer<UInt8>) {
      if changes.contains(.colors) { drawn.colors?.apply(to: crop) }
      if changes.contains(.blur), let side = drawn.blur {
        BoxBlur(side: side).apply(to: crop, width: width, height: height)
      }
      if changes.contains(.erasing) { drawn.erasing?.apply(to: crop, width: width, height: height) }
    }
    let hidden = recipe.augmentation.studentOnly
    let shared = PixelChange.allCases.filter { !hidden.contains($0) }
    if let teacherPixels {
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: crop.count) { clean in
        _ = clean.initialize(fromContentsOf: crop)
        apply(shared, to: clean)
        normalize(clean, to: recipe.encoder.input, into: teacherPixels)
      }
    }
    apply([.colors, .blur], to: crop)
    for degradation in drawn.degradations {
      try degradation.apply(
        to: crop, width: width, height: height, personHeight: Double(height) * Self.personShare)
    }
    if !drawn.degradations.isEmpty {
      crop.blacken(outside: Size(height: encoded.height, width: encoded.width), augmented, width: width, height: height)
    }
    apply([.erasing], to: crop)
  }

  /// How many times as high and wide as the input a teacher's crops are.
  private var enlargement: Int { (recipe.teacherInput?.height ?? 0) / recipe.encoder.input.height }

  /// The same crop for a teacher with a larger input.
  private func makeLarger(
    _ encoded: EncodedImage, _ drawn: AugmentationSample, _ augmented: AugmentedPerson,
    into teacherPixels: UnsafeMutableBufferPointer<Float>
  ) throws {
    guard let input = recipe.teacherInput else { return }
    let scale = Double(enlargement)
    let larger = AffineTransform(a: scale, b: 0, tx: 0, c: 0, d: scale, ty: 0)
    try withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 3 * input.width * input.height) { crop in
      crop.initialize(repeating: 0)
      try withPixels(of: encoded, augmented) { view, transform in
        view.warp(
          by: larger.after(transform), width: input.width, height: input.height, isMirrored: augmented.isFlipped,
          into: crop)
      }
      if !recipe.augmentation.studentOnly.contains(.colors) { drawn.colors?.apply(to: crop) }
      normalize(crop, to: input, into: teacherPixels)
    }
  }

  /// The share of a crop's height that its person fills, before augmentation makes the crop larger or smaller.
  static let personShare = 1 / 1.25

  private func normalize(
    _ crop: UnsafeMutableBufferPointer<UInt8>, to size: Size, into planes: UnsafeMutableBufferPointer<Float>
  ) {
    let view = try? PixelView(UnsafeBufferPointer(crop), width: size.width, height: size.height)
    view?.warp(by: .identity, to: size, encoding: recipe.encoding, into: planes)
  }
}

/// Where one sample of a batch is written.
struct SampleRow {
  let pixels: UnsafeMutableBufferPointer<Float>
  /// The pixels as a teacher sees them; nil where it sees the network's.
  var teacherPixels: UnsafeMutableBufferPointer<Float>?
  let targets: [UnsafeMutableBufferPointer<Float>]
  let weights: UnsafeMutableBufferPointer<Float>
}

/// A sample as a network sees it, before its pixels are normalised.
package struct SamplePreview: Sendable {
  package var image: Image
  package var augmented: AugmentedPerson
  package var drawn: AugmentationSample
  package var target: EncodedTarget
}

extension AugmentedPerson {
  /// What the crop needs of the picture that is not mirrored, with room for neighbours; nil where that cannot be told.
  fileprivate func region(pictureWidth: Int, input: Size) -> BoundingBox? {
    guard let inverse = transform.inverse else { return nil }
    let (right, bottom) = (Double(input.width - 1), Double(input.height - 1))
    let corners = [(0, 0), (right, 0), (0, bottom), (right, bottom)].map { inverse(Point(x: $0, y: $1)) }
    let xs = corners.map { isFlipped ? Double(pictureWidth - 1) - $0.x : $0.x }
    let ys = corners.map(\.y)
    guard let left = xs.min(), let top = ys.min(), let last = xs.max(), let lowest = ys.max() else { return nil }
    return BoundingBox(x: left - 2, y: top - 2, width: last - left + 4, height: lowest - top + 4)
  }
}

extension AffineTransform {
  /// How many pixels of the picture, along its sides, become one of the input.
  var reduction: Double {
    let largest = max(a * a + c * c, b * b + d * d).squareRoot()
    return largest > 0 ? 1 / largest : 1
  }
}

extension UnsafeMutableBufferPointer<UInt8> {
  /// Makes black what lies beyond a picture, as the warp left it: no camera changes what is not there.
  ///
  /// - Parameters:
  ///   - picture: the size of the picture, mirrored or not.
  ///   - augmented: how it becomes these `height x width` RGB pixels.
  fileprivate func blacken(outside picture: Size, _ augmented: AugmentedPerson, width: Int, height: Int) {
    guard let inverse = augmented.transform.inverse else { return }
    let (columns, rows) = (-1..<Double(picture.width), -1..<Double(picture.height))
    for y in 0..<height {
      for x in 0..<width {
        let place = inverse(Point(x: Double(x), y: Double(y)))
        if columns.contains(place.x), rows.contains(place.y) { continue }
        for channel in 0..<3 { self[(y * width + x) * 3 + channel] = 0 }
      }
    }
  }
}
