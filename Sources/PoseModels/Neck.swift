import PoseGraph

/// A family of networks between backbone and head, from features to features, finest first.
///
/// Each family is a file of `Necks/` with a type of the file's name; the build finds it there. Its stored properties are
/// the arguments that configurations can set, under their names in snake_case.
public protocol Neck: Sendable, Hashable, Codable {
  /// The family and its published members under the names that configurations use.
  static var catalogue: [String: any Neck] { get }

  func callAsFunction(_ features: [Value], in scope: Scope) -> [Value]
}

/// The necks that configurations can name.
public enum NeckCatalogue {
  public static let entries = embeddedNecks.reduce(into: [String: any Neck]()) { all, family in
    all.merge(family.catalogue) { first, _ in first }
  }

  /// The names in alphabetical order.
  public static let names = entries.keys.sorted()

  /// The neck of that name, or nil.
  public static func neck(named name: String) -> (any Neck)? { entries[name] }
}
