import PoseCore
import PoseFormats
import PoseImage

/// What is taken from annotations, and how.
public struct DatasetOptions: Sendable, Hashable {
  /// What happens to entries that cannot be used. The published code drops them.
  public var bad: BadRecords
  package var boxRule: BoxRule
  /// Whether boxes around crowds are among the people; the published code leaves them out.
  package var includesCrowds: Bool
  /// Whether people without a labelled joint are among the people; the published code leaves them out.
  package var includesUnlabelled: Bool
  /// Whether people without joints know their pixels.
  package var includesSegmentations: Bool

  public init(
    bad: BadRecords = .skip, boxRule: BoxRule = .distance, includesCrowds: Bool = false,
    includesUnlabelled: Bool = false, includesSegmentations: Bool = false
  ) {
    self.bad = bad
    self.boxRule = boxRule
    self.includesCrowds = includesCrowds
    self.includesUnlabelled = includesUnlabelled
    self.includesSegmentations = includesSegmentations
  }
}
