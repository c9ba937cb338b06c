import PoseCore

/// Everybody's boxes and joints as rows of numbers, for losses that choose places for them (YOLO-Pose,
/// YOLOX-Pose, RTMO).
///
/// As published, joints beyond the input are not labelled, boxes end at its border, and who then has no joint or less than a
/// pixel of a box is part of the background. Where there are too many people, the largest stay.
public struct PeopleTarget: Target {
  public init() {}

  public static let catalogue: [String: any Target] = [
    "yolo_pose": PeopleTarget(), "yolox_pose": PeopleTarget(), "rtmo": PeopleTarget(),
  ]

  public var takesEverybody: Bool { true }

  public func ports(for grid: TargetGrid) throws(TargetError) -> [TargetPort] {
    [TargetPort(name: PersonRow.port, shape: [grid.people, PersonRow.count(joints: grid.joints)])]
  }

  public func encode(_ scene: LabelledScene, into memory: TargetMemory) {
    let input = memory.grid.input
    func isInside(_ label: LabelledKeypoint) -> Bool {
      label.isLabelled && (0...Double(input.width)).contains(label.position.x)
        && (0...Double(input.height)).contains(label.position.y)
    }
    let people = scene.people.compactMap { person -> (LabelledPerson, BoundingBox)? in
      guard let box = person.box?.within(input), person.joints.contains(where: isInside) else { return nil }
      return (person, box)
    }.sorted { $0.1.area > $1.1.area }
    let areas = scene.ignored.compactMap { $0.within(input) }
    let rows = memory.parts[0]
    let width = PersonRow.count(joints: memory.grid.joints)
    for place in 0..<memory.grid.people {
      let row = UnsafeMutableBufferPointer(rebasing: rows[place * width..<(place + 1) * width])
      if place < people.count {
        let (person, box) = people[place]
        row.write(box, PersonRow.person)
        row[PersonRow.area] = Float(person.area ?? box.area)
        for (joint, label) in person.joints.prefix(memory.grid.joints).enumerated() where isInside(label) {
          let start = PersonRow.joints + 3 * joint
          (row[start], row[start + 1]) = (Float(label.position.x), Float(label.position.y))
          row[start + 2] = Float(label.visibility.rawValue)
          memory.weights[joint] = 1
        }
      } else if place - people.count < areas.count {
        row.write(areas[place - people.count], PersonRow.ignored)
      } else {
        row[PersonRow.label] = PersonRow.empty
      }
    }
  }
}

extension UnsafeMutableBufferPointer<Float> {
  fileprivate func write(_ box: BoundingBox, _ label: Float) {
    (self[0], self[1]) = (Float(box.x), Float(box.y))
    (self[2], self[3]) = (Float(box.x + box.width), Float(box.y + box.height))
    self[PersonRow.label] = label
  }
}

extension BoundingBox {
  /// What of the box lies in an input; nil where that is less than a pixel wide or high.
  fileprivate func within(_ input: Size) -> BoundingBox? {
    let (left, top) = (max(x, 0), max(y, 0))
    let (right, bottom) = (min(x + width, Double(input.width)), min(y + height, Double(input.height)))
    return right - left >= 1 && bottom - top >= 1
      ? BoundingBox(x: left, y: top, width: right - left, height: bottom - top) : nil
  }
}
