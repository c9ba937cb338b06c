import PoseCore
import Testing

extension Skeleton: CustomTestStringConvertible {
  public var testDescription: String { name }
}
