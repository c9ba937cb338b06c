import PoseCore

extension Skeleton {
  /// Whether these are the skeleton's joints, in its order. Datasets write names in many ways, so words count, not signs.
  func fits(_ names: [String]) -> Bool {
    guard names.count == joints.count else { return false }
    func side(_ name: String) -> String? {
      ["left", "right"].first { name.lowercased().hasPrefix($0) }
    }
    return zip(names, joints).allSatisfy { side($0) == side($1.rawValue) }
  }

  /// Joints of one side that have no partner, or another joint for one.
  var pairProblems: [String] {
    var partners: [Int: [Int]] = [:]
    var problems: [String] = []
    for pair in flipPairs {
      guard joints.indices.contains(pair.first), joints.indices.contains(pair.second), pair.first != pair.second else {
        problems.append("(\(pair.first), \(pair.second)) is no pair of joints")
        continue
      }
      partners[pair.first, default: []].append(pair.second)
      partners[pair.second, default: []].append(pair.first)
    }
    for (index, joint) in joints.enumerated() {
      let partner = partners[index] ?? []
      if partner.count > 1 { problems.append("\(joint.rawValue) is in \(partner.count) pairs") }
      let isRight = partner.count == 1 && joints[partner[0]].rawValue == joint.otherSide
      if let other = joint.otherSide, joints.contains(where: { $0.rawValue == other }), !isRight {
        problems.append("\(joint.rawValue) does not pair with \(other)")
      }
    }
    return problems
  }
}

extension Joint {
  /// The same joint's name on the other side.
  fileprivate var otherSide: String? {
    if rawValue.hasPrefix("left") { return "right" + rawValue.dropFirst(4) }
    return rawValue.hasPrefix("right") ? "left" + rawValue.dropFirst(5) : nil
  }
}
