import Testing

@testable import PoseGraph

/// Costs counted by hand.
struct CostTests {
  @Test("parameters, multiply-adds and published counts of layers")
  func layers() throws {
    let graph = try Graph("costs", input: [6, 8, 10]) { x, scope in
      var y = (scope / "conv").conv(x, to: 12, kernel: 3, stride: 2, groups: 3, bias: true)
      y = (scope / "relu").relu((scope / "bn").batchNorm(y))
      let up = (scope / "up").transposedConv(y, to: 4, kernel: 4, stride: 2, padding: 1)
      let row = (scope / "fc").linear(y.reduced(.mean, axes: [2, 3]), to: 5)
      return ["up": up, "row": row, "product": y.matmul(y.transposed([0, 1, 3, 2]))]
    }
    let costs = Dictionary(graph.layerCosts.map { ($0.path + " " + $0.operation, $0.cost) }) { $1 }
    // 12 x 4 x 5 outputs of 2 x 3 x 3 weights each, and a bias.
    #expect(
      costs["conv grouped convolution"]
        == Cost(parameters: 228, multiplyAdds: 240 * 18, publishedFLOPs: 240 * 18 + 240))
    #expect(costs["bn batch norm"] == Cost(parameters: 24, multiplyAdds: 0, publishedFLOPs: 480))
    #expect(costs["relu relu"]?.publishedFLOPs == 240)
    // Each of 12 x 4 x 5 inputs spreads over 4 x 4 x 4 weights.
    #expect(costs["up transposed convolution"]?.multiplyAdds == 240 * 64)
    #expect(costs["fc linear"] == Cost(parameters: 65, multiplyAdds: 60, publishedFLOPs: 60))
    #expect(graph.layerCosts.first { $0.operation == "matmul" }?.cost.multiplyAdds == 12 * 4 * 4 * 5)
    #expect(graph.cost.parameters == 228 + 24 + 12 * 4 * 16 + 65)
    #expect(graph.cost == graph.layerCosts.reduce(Cost()) { $0 + $1.cost })
  }

  @Test("a shared layer has its parameters counted once")
  func shared() throws {
    let graph = try Graph("shared", input: [4, 4, 4]) { x, scope in
      let head = scope / "head"
      return ["y": head.conv(head.conv(x, to: 4, kernel: 3), to: 4, kernel: 3)]
    }
    #expect(graph.parameters.count == 1)
    #expect(graph.cost.parameters == 144)
    #expect(graph.cost.multiplyAdds == 2 * 144 * 16)
    #expect(graph.cost.publishedFLOPs == 144 * 16)
  }
}
