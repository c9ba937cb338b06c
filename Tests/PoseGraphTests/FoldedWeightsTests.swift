import PoseCore
import Testing

@testable import PoseGraph

/// Weights of networks whose norms were folded into convolutions.
struct FoldedWeightsTests {
  /// Two branches of a convolution and a norm, whose results are added.
  ///
  /// - Parameters:
  ///   - isFolded: whether biases stand for norms.
  ///   - isReversed: whether the second branch is made first.
  static func graph(isFolded: Bool, isReversed: Bool = false, channels: Int = 4) throws -> Graph {
    try Graph(isFolded ? "folded" : "network", input: [3, 8, 8]) { image, scope in
      func layer(_ x: Value, _ name: String, kernel: Size) -> Value {
        let here = scope / name
        let y = (here / "conv").conv(x, to: channels, kernel: kernel, bias: isFolded)
        return isFolded ? y : (here / "bn").batchNorm(y)
      }
      let stem = layer(image, "stem", kernel: 3)
      var branches: [Value] = []
      for number in isReversed ? [1, 0] : [0, 1] {
        branches.append(layer(stem, "branch\(number)", kernel: number == 0 ? 1 : 3))
      }
      if isReversed { branches.reverse() }
      return ["y": (scope / "head").conv((branches[0] + branches[1]).relu(), to: 2, bias: true)]
    }
  }

  @Test(
    "norms become identities with the biases, in whatever order the file has its operators", arguments: [false, true])
  func unfolded(_ isReversed: Bool) throws {
    let (network, copy) = (try Self.graph(isFolded: false), try Self.graph(isFolded: true, isReversed: isReversed))
    let weights = WeightRecipe.checkpoint(for: copy)
    let checkpoint = try network.checkpoint(unfolding: copy, weights)
    try network.check(checkpoint)
    for name in ["stem", "branch0", "branch1"] {
      #expect(checkpoint["\(name).conv.weight"] == weights["\(name).conv.weight"])
      #expect(checkpoint["\(name).bn.bias"]?.floats == weights["\(name).conv.bias"]?.floats)
      #expect(checkpoint["\(name).bn.weight"]?.floats == [1, 1, 1, 1])
      #expect(checkpoint["\(name).bn.running_mean"]?.floats == [0, 0, 0, 0])
      #expect(checkpoint["\(name).bn.running_var"]?.floats.allSatisfy { ($0 + 1e-5 - 1).magnitude < 1e-6 } == true)
    }
    #expect(checkpoint["head.bias"] == weights["head.bias"])
  }

  @Test("norms that the file has still are taken as they are")
  func norms() throws {
    let (network, copy) = (try Self.graph(isFolded: false), try Self.graph(isFolded: false, isReversed: true))
    let weights = WeightRecipe.checkpoint(for: copy)
    let checkpoint = try network.checkpoint(unfolding: copy, weights)
    for name in checkpoint.names { #expect(checkpoint[name] == weights[name], "\(name)") }
  }

  @Test("a file of another network is refused")
  func refused() throws {
    let network = try Self.graph(isFolded: false)
    let wider = try Self.graph(isFolded: true, channels: 5)
    let other = #expect(throws: FoldedWeightsError.self) {
      try network.checkpoint(unfolding: wider, WeightRecipe.checkpoint(for: wider))
    }
    #expect(other == .otherConvolution(path: "stem.conv", needed: [4, 3, 3, 3], found: [5, 3, 3, 3]))
    let shorter = try Graph("short", input: [3, 8, 8]) { image, scope in
      ["y": (scope / "head").conv(image, to: 2, bias: true)]
    }
    let count = #expect(throws: FoldedWeightsError.self) {
      try network.checkpoint(unfolding: shorter, WeightRecipe.checkpoint(for: shorter))
    }
    #expect(count == .otherCount(network: "network", 4, file: 1))
    let bare = try Graph("bare", input: [3, 8, 8]) { image, scope in ["y": (scope / "head").conv(image, to: 2)] }
    let bias = #expect(throws: FoldedWeightsError.self) {
      try bare.checkpoint(unfolding: shorter, WeightRecipe.checkpoint(for: shorter))
    }
    #expect(bias == .noPlaceForBias(path: "head"))
  }
}
