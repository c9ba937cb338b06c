import PoseCodecs
import PoseCore
import PoseImage

/// A person as one sample shows it.
package struct AugmentedPerson: Sendable, Hashable {
  /// Whether the picture is mirrored before it is cut.
  package var isFlipped: Bool
  /// In pixels of the picture, mirrored or not.
  package var crop: CropGeometry
  /// From those pixels to the input's.
  package var transform: AffineTransform
  /// In pixels of the input. The standard warp leaves joints without a label where they were.
  package var joints: [LabelledKeypoint]
  /// The least upright box around the annotated one in pixels of the input; nil where there is none.
  package var box: BoundingBox?
  /// The neighbours' joints and boxes, likewise.
  package var neighbours: [LabelledPerson] = []
}

extension TrainingPerson {
  /// The person under a variation, in the published order: shift, mirror, half body, scale and rotation, warp. Positions
  /// are kept in float32, as the published code keeps them.
  ///
  /// - Parameter halfBodyJoints: a body is halved where more joints than this are labelled.
  package func augmented(
    by drawn: AugmentationSample, skeleton: Skeleton, pictureWidth: Int, input: Size,
    warp: Warp = .standard, halfBodyJoints: Int = 8
  ) -> AugmentedPerson {
    var (crop, people) = (crop, [LabelledPerson(joints: joints, box: box)] + neighbours)
    if let shift = drawn.shift { crop.center = shifted(by: shift) }
    if drawn.isFlipped {
      crop.center.x = Double(Float(pictureWidth) - Float(crop.center.x) - 1)
      crop.rotation.negate()
      for person in people.indices { people[person].mirror(skeleton.flipPairs, width: pictureWidth) }
    }
    if let half = drawn.halfBody, people[0].joints.count(where: \.isLabelled) > halfBodyJoints,
      let part = halfBody(
        half, of: people[0].joints, skeleton, aspect: Double(input.width) / Double(max(input.height, 1)))
    {
      (crop.center, crop.scaleX, crop.scaleY) = (part.center, part.scaleX, part.scaleY)
    }
    crop.scaleX = Double(Float(crop.scaleX) * Float(drawn.scale))
    crop.scaleY = Double(Float(crop.scaleY) * Float(drawn.scale))
    crop.rotation += drawn.rotation
    let transform = crop.transform(to: input, warp: warp)
    for person in people.indices {
      for joint in people[person].joints.indices where people[person].joints[joint].isLabelled || warp == .udp {
        people[person].joints[joint].position = transform(people[person].joints[joint].position).inFloat32
      }
      people[person].box = people[person].box.map(transform.box(around:))
    }
    return AugmentedPerson(
      isFlipped: drawn.isFlipped, crop: crop, transform: transform, joints: people[0].joints,
      box: people[0].box, neighbours: Array(people.dropFirst()))
  }

  private func shifted(by shift: AugmentationSample.Shift) -> Point {
    let padded = (width: crop.scaleX * 200, height: crop.scaleY * 200)
    let extent = shift.basis == .box ? box.map { ($0.width, $0.height) } ?? padded : padded
    return Point(x: crop.center.x + shift.x * extent.0, y: crop.center.y + shift.y * extent.1).inFloat32
  }

  /// The crop around one half's joints, half as large again; nil where there are too few.
  private func halfBody(
    _ half: AugmentationSample.Half, of joints: [LabelledKeypoint], _ skeleton: Skeleton, aspect: Double
  ) -> CropGeometry? {
    func positions(isUpper: Bool) -> [Point] {
      joints.indices.filter { joints[$0].isLabelled && skeleton.upperBody.contains($0) == isUpper }
        .map { joints[$0].position }
    }
    let (upper, lower) = (positions(isUpper: true), positions(isUpper: false))
    let chosen = half == .upper && upper.count > 2 ? upper : lower.count > 2 ? lower : upper
    guard chosen.count >= 2 else { return nil }
    var (sumX, sumY) = (Float(0), Float(0))
    var (left, right, top, bottom) = (Float.infinity, -Float.infinity, Float.infinity, -Float.infinity)
    for point in chosen {
      let (x, y) = (Float(point.x), Float(point.y))
      (sumX, sumY) = (sumX + x, sumY + y)
      (left, right, top, bottom) = (min(left, x), max(right, x), min(top, y), max(bottom, y))
    }
    let box = BoundingBox(
      x: Double(left), y: Double(top), width: Double(right - left), height: Double(bottom - top))
    let (width, height) = box.size(ofAspect: aspect)
    let count = Float(chosen.count)
    return CropGeometry(
      center: Point(x: Double(sumX / count), y: Double(sumY / count)),
      scaleX: Double(Float(width / 200) * 1.5), scaleY: Double(Float(height / 200) * 1.5))
  }
}

extension LabelledPerson {
  /// Left and right exchanged.
  fileprivate mutating func mirror(_ pairs: [Skeleton.Pair], width: Int) {
    joints.mirror(pairs, width: width)
    if let box { self.box?.x = Double(width - 1) - box.x - box.width }
  }
}

extension [LabelledKeypoint] {
  /// Left and right exchanged; what has no label goes to the origin, as in the published code.
  fileprivate mutating func mirror(_ pairs: [Skeleton.Pair], width: Int) {
    for pair in pairs where indices.contains(pair.first) && indices.contains(pair.second) {
      swapAt(pair.first, pair.second)
    }
    for index in indices {
      let position = self[index].position
      self[index].position =
        self[index].isLabelled
        ? Point(x: Double(Float(width) - 1 - Float(position.x)), y: position.y) : Point(x: 0, y: 0)
    }
  }
}

extension Point {
  fileprivate var inFloat32: Point { Point(x: Double(Float(x)), y: Double(Float(y))) }
}
