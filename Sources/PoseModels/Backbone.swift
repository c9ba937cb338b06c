import PoseGraph

/// A family of networks from an image `N x 3 x H x W` to features, finest first.
///
/// Those that refine poses see one more channel a joint, with the pose to refine drawn on it.
///
/// Each family is a file of `Backbones/` with a type of the file's name; the build finds it there.
public protocol Backbone: Sendable {
  /// The family's members under the names that configurations use.
  static var catalogue: [String: any Backbone] { get }

  /// Whether the network refines a pose.
  var readsPose: Bool { get }

  func callAsFunction(_ image: Value, in scope: Scope) -> [Value]
}

extension Backbone {
  public var readsPose: Bool { false }
}

/// The backbones that configurations can name.
public enum BackboneCatalogue {
  private static let backbones = embeddedBackbones.reduce(into: [:]) { all, family in
    all.merge(family.catalogue) { first, _ in first }
  }

  /// The names in alphabetical order.
  public static let names = backbones.keys.sorted()

  /// The backbone of that name, or nil.
  public static func backbone(named name: String) -> (any Backbone)? { backbones[name] }
}
