import PoseGraph

/// A family of networks from an image `N x 3 x H x W` to features, finest first.
///
/// Each family is a file of `Backbones/` with a type of the file's name; the build finds it there. Its stored properties
/// are the arguments that configurations can set, under their names in snake_case.
public protocol Backbone: Sendable, Hashable, Codable {
  /// The family and its published members under the names that configurations use.
  static var catalogue: [String: any Backbone] { get }

  /// How many channels the input has beyond the picture's three for each joint: 1 for networks that refine a pose, which
  /// see a heatmap of each joint.
  var inputChannelsPerJoint: Int { get }

  func callAsFunction(_ image: Value, in scope: Scope) -> [Value]
}

extension Backbone {
  public var inputChannelsPerJoint: Int { 0 }
}

/// The backbones that configurations can name.
package enum BackboneCatalogue {
  package static let entries = embeddedBackbones.reduce(into: [String: any Backbone]()) { all, family in
    all.merge(family.catalogue) { first, _ in first }
  }

  /// The names in alphabetical order.
  package static let names = entries.keys.sorted()

  /// The backbone of that name, or nil.
  package static func backbone(named name: String) -> (any Backbone)? { entries[name] }
}
