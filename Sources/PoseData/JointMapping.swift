import PoseCore

/// Which of one skeleton's joints become another's.
public struct JointMapping: Sendable, Hashable {
  /// For each joint of the target the indices of the joints that it lies in the middle of: one as a rule, none where the
  /// source has no such joint.
  public var sources: [[Int]]

  /// Joints of the same name become each other.
  ///
  /// - Parameter others: for joints that have another name, or that lie in the middle of others, what they come from:
  ///   `["pelvis": ["left_hip", "right_hip"]]`. An empty list leaves a joint out.
  public init(
    from source: Skeleton, to target: Skeleton, _ others: [Joint: [Joint]] = [:]
  ) throws(CombinationError) {
    if let stranger = others.keys.first(where: { !target.joints.contains($0) }) {
      throw .unknownJoint(stranger.rawValue, skeleton: target.name)
    }
    sources = []
    for joint in target.joints {
      if let named = others[joint] {
        var indices: [Int] = []
        for name in named {
          guard let index = source.joints.firstIndex(of: name) else {
            throw .unknownJoint(name.rawValue, skeleton: source.name)
          }
          indices.append(index)
        }
        sources.append(indices)
      } else {
        sources.append(source.joints.indices.filter { source.joints[$0].isSame(as: joint) })
      }
    }
  }

  /// A person's joints in the target's order. A joint is labelled where all that it comes from are.
  func callAsFunction(_ keypoints: ArraySlice<LabelledKeypoint>) -> [LabelledKeypoint] {
    sources.map { indices in
      let found = indices.compactMap { index in
        keypoints.indices.contains(keypoints.startIndex + index) ? keypoints[keypoints.startIndex + index] : nil
      }
      guard let first = found.first, found.count == indices.count, found.allSatisfy(\.isLabelled) else {
        return .unlabelled
      }
      if found.count == 1 { return first }
      let count = Float(found.count)
      func mean(_ coordinate: KeyPath<Point, Double>) -> Double {
        Double(found.reduce(0) { $0 + Float($1.position[keyPath: coordinate]) } / count)
      }
      return LabelledKeypoint(
        x: mean(\.x), y: mean(\.y),
        visibility: found.allSatisfy { $0.visibility == .visible } ? .visible : .hidden)
    }
  }
}

extension Joint {
  /// The datasets call the top of the head by two names.
  fileprivate func isSame(as other: Joint) -> Bool {
    let tops: Set<Joint> = ["top_head", "head_top"]
    return self == other || tops.contains(self) && tops.contains(other)
  }
}

/// Why datasets could not be combined.
public enum CombinationError: UserError, Hashable {
  case nothing
  case unknownJoint(String, skeleton: String)
  case differentSkeletons(String, String)
  case differentBoxRules(String, String)
  case wrongMapping(String, joints: Int, skeleton: String)
}

extension CombinationError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .nothing: "there is no dataset to combine"
    case .unknownJoint(let joint, let skeleton): "the skeleton \(skeleton) has no joint '\(joint)'"
    case .differentSkeletons(let first, let second):
      "'\(second)' has other joints than '\(first)': map its joints to the same skeleton first"
    case .differentBoxRules(let first, let second):
      "'\(second)' makes crops of boxes by another rule than '\(first)': read both by the same"
    case .wrongMapping(let name, let joints, let skeleton):
      "a mapping to \(joints) joints cannot give '\(name)' the skeleton \(skeleton)"
    }
  }
}
