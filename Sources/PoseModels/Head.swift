import PoseCore
import PoseGraph

/// A family of what turns features into a network's outputs.
///
/// Each family is a file of `Heads/` with a type of the file's name; the build finds it there.
public protocol Head: Sendable {
  /// The family's members under the names that configurations use.
  static var catalogue: [String: any Head] { get }

  /// Makes the outputs for the joints of a skeleton.
  ///
  /// - Parameter input: the size of the network's input, for heads whose outputs depend on it.
  func callAsFunction(
    _ features: [Value], joints: Skeleton, input: Size, in scope: Scope
  ) -> KeyValuePairs<String, Value>
}

/// The heads that configurations can name.
public enum HeadCatalogue {
  private static let heads = embeddedHeads.reduce(into: [:]) { all, family in
    all.merge(family.catalogue) { first, _ in first }
  }

  /// The names in alphabetical order.
  public static let names = heads.keys.sorted()

  /// The head of that name, or nil.
  public static func head(named name: String) -> (any Head)? { heads[name] }
}

/// The names of a network's parts in its published parameters.
public enum PublishedNames: String, Sendable, Hashable, Codable, CaseIterable {
  /// `backbone` and `keypoint_head`, as in MMPose before 1.0.
  case mmpose
  /// `backbone` and `head`, as in MMPose from 1.0.
  case mmpose1 = "mmpose_1"
  /// `backbone`, and what lies between in the head's own names `neck` and `keypoint_head`.
  case mmposeWithNeck = "mmpose_neck"
  /// None: both parts' layers side by side.
  case bare
  /// `pre_feature` and `transformer`, as in TokenPose.
  case tokenpose
  /// `features` for both, as in TokenPose-S.
  case tokenposeS = "tokenpose_s"

  var backbone: String? {
    switch self {
    case .mmpose, .mmpose1, .mmposeWithNeck: "backbone"
    case .bare: nil
    case .tokenpose: "pre_feature"
    case .tokenposeS: "features"
    }
  }

  var head: String? {
    switch self {
    case .mmpose: "keypoint_head"
    case .mmpose1: "head"
    case .bare, .mmposeWithNeck: nil
    case .tokenpose: "transformer"
    case .tokenposeS: "features"
    }
  }
}

extension Graph {
  /// A top-down network: a backbone and a head under their published names.
  ///
  /// - Throws: ``GraphError`` where the layers do not fit each other or the input.
  public init(
    _ name: String, input: Size, joints: Skeleton, backbone: some Backbone, head: some Head,
    names: PublishedNames = .mmpose
  ) throws(GraphError) {
    let channels = backbone.readsPose ? 3 + joints.joints.count : 3
    try self.init(name, input: [channels, input.height, input.width]) { image, scope in
      let features = backbone(image, in: names.backbone.map { scope / $0 } ?? scope)
      return head(features, joints: joints, input: input, in: names.head.map { scope / $0 } ?? scope)
    }
  }
}
