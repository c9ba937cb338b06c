import PoseCore
import PoseGraph

/// A family of networks from features to a network's outputs.
///
/// Each family is a file of `Heads/` with a type of the file's name; the build finds it there. Its stored properties are
/// the arguments that configurations can set, under their names in snake_case.
public protocol Head: Sendable, Hashable, Codable {
  /// The family and its published members under the names that configurations use.
  static var catalogue: [String: any Head] { get }

  /// Makes the outputs for a task.
  ///
  /// - Returns: the outputs by name.
  func callAsFunction(_ features: [Value], _ task: HeadTask, in scope: Scope) -> GraphOutputs
}

/// A head that scores the classes of each place of a grid, as `logits`.
public protocol SegmentationHead: Head {}

/// A head whose last part looks only at those people who were found, one at a time: a graph of its own, of which the network
/// declares the parameters.
public protocol TwoStageHead: Head {
  /// How many numbers the last part takes of each person; nil where the head has no such part.
  ///
  /// - Parameter outputs: the shapes of the network's outputs without the batch, by name.
  func personInput(_ outputs: [String: [Int]], _ task: HeadTask) -> Int?

  /// Makes the outputs for a person, `N x numbers`.
  func outputs(of person: Value, _ task: HeadTask, in scope: Scope) -> GraphOutputs
}

/// What a network is to find, and in pictures of which size.
public struct HeadTask: Sendable, Hashable {
  /// The joints of a person; nil for networks that find none.
  public var joints: Skeleton?
  /// The kinds of objects that a detector tells apart, 1 where there are only people, or the classes of pixels.
  public var classes: Int
  /// The size of the network's input.
  public var input: Size

  public init(joints: Skeleton?, classes: Int = 1, input: Size) {
    (self.joints, self.classes, self.input) = (joints, classes, input)
  }
}

/// The heads that configurations can name.
public enum HeadCatalogue {
  public static let entries = embeddedHeads.reduce(into: [String: any Head]()) { all, family in
    all.merge(family.catalogue) { first, _ in first }
  }

  /// The names in alphabetical order.
  public static let names = entries.keys.sorted()

  /// The head of that name, or nil.
  public static func head(named name: String) -> (any Head)? { entries[name] }
}
