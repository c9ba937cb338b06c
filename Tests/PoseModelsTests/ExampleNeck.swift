import PoseGraph
import PoseModels

/// ExampleNeck (Author et al., VENUE YEAR): a 1x1 convolution for each stride.
///
/// Follows `example_neck.py` of the published code, names included.
public struct ExampleNeck: Neck {
  public var channels = 64

  public static let catalogue: [String: any Neck] = ["example_neck": ExampleNeck()]

  public func callAsFunction(_ features: [Value], in scope: Scope) -> [Value] {
    features.enumerated().map { (scope / "lateral_convs" / $0).conv($1, to: channels, bias: true) }
  }
}
