import PoseGraph
import PoseModels

/// ExampleNet (Author et al., VENUE YEAR): strided convolutions; features of stride 4.
///
/// Follows `example_net.py` of the published code, names included.
public struct ExampleNet: Backbone {
  public var channels = 32

  public static let catalogue: [String: any Backbone] = ["example_net": ExampleNet()]

  public func callAsFunction(_ image: Value, in scope: Scope) -> [Value] {
    var x = image
    for index in 0..<2 {
      let here = scope / "layers" / index
      x = (here / "conv").conv(x, to: channels, kernel: 3, stride: 2)
      x = (here / "relu").relu((here / "bn").batchNorm(x))
    }
    return [x]
  }
}
