import PoseCodecs
import PoseCore
import PoseImage

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension TrainingPerson {
  /// The person with a crop that is turned so that hips are below shoulders, around the same joints with the same room:
  /// pictures of sport show a third of the people upside down, pictures of every day hardly anybody. Unchanged where no
  /// shoulder or no hip is labelled.
  ///
  /// - Parameters:
  ///   - aspect: the input's width by its height.
  ///   - warp: whose rotations these are; the published ones turn in opposite directions.
  func upright(_ skeleton: Skeleton, aspect: Double, warp: Warp) -> TrainingPerson {
    guard let shoulders = middle(of: ["left_shoulder", "right_shoulder"], skeleton),
      let hips = middle(of: ["left_hip", "right_hip"], skeleton), shoulders != hips
    else { return self }
    let angle = atan2(hips.x - shoulders.x, hips.y - shoulders.y)
    func turned(_ point: Point, by angle: Double) -> Point {
      Point(x: cos(angle) * point.x - sin(angle) * point.y, y: sin(angle) * point.x + cos(angle) * point.y)
    }
    var person = self
    person.crop.rotation = angle * 180 / .pi * (warp == .udp ? 1 : -1)
    let labelled = joints.filter(\.isLabelled).map(\.position)
    if let box, let old = labelled.extent, let new = labelled.map({ turned($0, by: angle) }).extent {
      let room = max(box.width - old.width + box.height - old.height, 0) / 2
      let roomy = BoundingBox(x: new.x, y: new.y, width: new.width + room, height: new.height + room)
      let change = roomy.size(ofAspect: aspect).width / max(box.size(ofAspect: aspect).width, 1)
      person.crop.center = turned(Point(x: new.x + new.width / 2, y: new.y + new.height / 2), by: -angle)
      person.crop.scaleX *= change
      person.crop.scaleY *= change
    }
    return person
  }

  private func middle(of names: [Joint], _ skeleton: Skeleton) -> Point? {
    let found = zip(skeleton.joints, joints).filter { names.contains($0) && $1.isLabelled }.map(\.1.position)
    guard !found.isEmpty else { return nil }
    let count = Double(found.count)
    return Point(x: found.reduce(0) { $0 + $1.x } / count, y: found.reduce(0) { $0 + $1.y } / count)
  }
}

extension [Point] {
  /// The least box around all of them; nil where there are none.
  fileprivate var extent: BoundingBox? {
    guard let left = map(\.x).min(), let right = map(\.x).max(), let top = map(\.y).min(), let bottom = map(\.y).max()
    else { return nil }
    return BoundingBox(x: left, y: top, width: right - left, height: bottom - top)
  }
}
