import CPoseKernels
import PoseCore
import PoseGraph
import Testing

@testable import PoseEngine

/// Each pass of the compiler by itself, on networks of a few nodes: what it makes of them, and what it leaves alone.
struct PassTests {
  @Test("instructions that nothing reads are removed, others are not")
  func removeDeadInstructions() throws {
    let program = try Program("dead", [2, 3, 4]) { x, _ in
      _ = x.sigmoid().relu()
      return ["y": x * 2]
    }
    let live = program.removeDeadInstructions()
    #expect(program.operations == ["sigmoid", "relu", "multiply"] && live.operations == ["multiply"])
    #expect(live.removeDeadInstructions() == live)
  }

  @Test("a batch norm is folded into the convolution that it alone reads, and a chain of them")
  func foldBatchNorms() throws {
    let program = try Program("norms", [3, 4, 5]) { x, scope in
      let y = (scope / "bn1").batchNorm((scope / "conv").conv(x, to: 2, bias: true))
      return ["y": (scope / "bn2").batchNorm(y), "z": (scope / "bn3").batchNorm(x)]
    }
    let folded = program.foldBatchNorms()
    #expect(folded.operations == ["convolution", "batch norm"])
    #expect(folded.instructions[0].output == program.outputs[0].value)
    #expect(folded.instructions[0].weights.map(\.count) == [6, 2])
    // A norm without a convolution keeps a scale and a shift.
    #expect(folded.instructions[1].weights.map(\.count) == [3, 3])
    #expect(folded.instructions[1].inputs == [program.inputs[0].value])
  }

  @Test("a batch norm is not folded into a convolution that has another reader, or that is an output")
  func foldsNoSharedConvolution() throws {
    let shared = try Program("shared", [3, 4, 5]) { x, scope in
      let y = (scope / "conv").conv(x, to: 2)
      return ["y": (scope / "bn").batchNorm(y) + y]
    }
    #expect(shared.foldBatchNorms().operations == ["convolution", "batch norm", "add"])
    let output = try Program("output", [3, 4, 5]) { x, scope in
      let y = (scope / "conv").conv(x, to: 2)
      return ["y": (scope / "bn").batchNorm(y), "conv": y]
    }
    #expect(output.foldBatchNorms().operations == ["convolution", "batch norm"])
  }

  @Test("the three nodes of a channel shuffle become one gather")
  func fuseChannelShuffles() throws {
    let program = try Program("shuffle", [6, 2, 3]) { x, _ in ["y": x.channelShuffle(groups: 2)] }
    let fused = program.fuseChannelShuffles()
    #expect(program.operations == ["reshape", "transpose", "reshape"] && fused.operations == ["gather"])
    #expect(fused.instructions[0].operation == .gather(axis: 1, indices: [0, 3, 1, 4, 2, 5]))
  }

  @Test("a shuffle is kept if a value inside it is read, or if it swaps other axes")
  func keepsOtherShuffles() throws {
    let read = try Program("read", [6, 2, 3]) { x, _ in
      let split = x.reshaped(to: [1, 2, 3, 2, 3])
      return ["y": split.transposed([0, 2, 1, 3, 4]).reshaped(to: [1, 6, 2, 3]), "split": split.relu()]
    }
    #expect(read.fuseChannelShuffles() == read)
    let other = try Program("other", [6, 2, 3]) { x, _ in
      ["y": x.reshaped(to: [1, 2, 3, 2, 3]).transposed([0, 1, 2, 4, 3]).reshaped(to: [1, 6, 2, 3])]
    }
    #expect(other.fuseChannelShuffles() == other)
  }

  @Test("a residual is added by the convolution that makes the other term")
  func fuseResidualAdds() throws {
    let program = try Program("residual", [4, 5, 6]) { x, scope in
      ["y": (scope / "conv").conv(x, to: 4, kernel: 3) + x]
    }
    let fused = program.fuseResidualAdds()
    #expect(fused.operations == ["convolution"])
    #expect(fused.instructions[0].inputs == [program.inputs[0].value, program.inputs[0].value])
    #expect(fused.instructions[0].output == program.outputs[0].value)
  }

  @Test("two 1x1 convolutions become one of concatenated inputs")
  func fusePointwiseSums() throws {
    let program = try Program("pointwise", [2, 5, 6]) { x, scope in
      ["y": (scope / "a").conv(x, to: 3, bias: true) + (scope / "b").conv(x.relu(), to: 3, bias: true)]
    }
    let fused = program.fuseResidualAdds()
    #expect(fused.operations == ["relu", "concat", "convolution"])
    #expect(fused.instructions[2].weights.map(\.count) == [12, 3])
    let biases = [program.instructions[0], program.instructions[2]].map { $0.weights[1] }
    #expect(fused.instructions[2].weights[1] == zip(biases[0], biases[1]).map(+))
  }

  @Test("a sum is kept if its convolution has another reader, an activation, or several groups")
  func keepsOtherSums() throws {
    let program = try Program("sums", [4, 5, 6]) { x, scope in
      let a = (scope / "a").conv(x, to: 4)
      let b = (scope / "b").conv(x, to: 4).relu()
      return ["a": a + x, "twice": a, "b": b + x, "c": (scope / "c").conv(x, to: 4, kernel: 3, groups: 4) + x]
    }
    #expect(program.fuseActivations().fuseResidualAdds() == program.fuseActivations())
  }

  @Test("a binary function reads the pixels that would be upsampled by whole factors", arguments: [true, false])
  func fuseNearestUpsample(isFirst: Bool) throws {
    let program = try Program("upsample", [3, 4, 6]) { x, _ in
      let small = x.pool(Pooling(.max, kernel: 2, stride: 2))
      let large = small.resized(to: x.size, .nearest)
      return ["y": isFirst ? large + x : x + large]
    }
    let fused = program.fuseNearestUpsample()
    #expect(fused.operations == ["max pool", "add"])
    #expect(fused.instructions[1].inputs == [program.inputs[0].value, fused.instructions[0].output])
  }

  @Test("upsampling is kept before a function that does not commute, by other factors, bilinear, or if it is an output")
  func keepsOtherUpsampling() throws {
    let program = try Program("upsample", [3, 4, 6]) { x, _ in
      let small = x.pool(Pooling(.max, kernel: 2, stride: 2))
      let odd = x.pool(Pooling(.max, kernel: Size(height: 2, width: 3), stride: 1)).resized(to: x.size, .nearest)
      let smooth = small.resized(to: x.size, .bilinear(alignCorners: false))
      let large = small.resized(to: x.size, .nearest)
      return ["less": small.resized(to: x.size, .nearest) - x, "odd": x + odd, "smooth": x + smooth, "large": large]
    }
    #expect(program.fuseNearestUpsample() == program)
  }

  @Test("a function is fused into the layer that it alone reads")
  func fuseActivations() throws {
    let program = try Program("activation", [3, 4, 5]) { x, scope in ["y": (scope / "conv").conv(x, to: 4).relu()] }
    let fused = program.fuseActivations()
    #expect(fused.operations == ["convolution"] && fused.instructions[0].activation == .relu)
    #expect(fused.instructions[0].output == program.outputs[0].value)
  }

  @Test("a function is kept after a layer with two readers, a second function, and a pool")
  func keepsOtherActivations() throws {
    let program = try Program("activation", [3, 4, 5]) { x, scope in
      let y = (scope / "conv").conv(x, to: 3)
      return ["two": y.relu() * y, "pool": x.pool(Pooling(.max, kernel: 2, stride: 2)).relu()]
    }
    #expect(program.fuseActivations() == program)
    let chain = try Program("chain", [3, 4, 5]) { x, scope in ["y": (scope / "conv").conv(x, to: 4).relu().sigmoid()] }
    #expect(chain.fuseActivations().operations == ["convolution", "sigmoid"])
  }

  @Test("sums of sums, and the product that is their first term, become one")
  func fuseAddChains() throws {
    let program = try Program("chain", [3, 4, 6]) { x, _ in ["y": (x * 3 + x.sigmoid()) + x.relu()] }
    let fused = program.fuseAddChains()
    #expect(fused.operations == ["sigmoid", "relu", "add"])
    #expect(fused.instructions[2].inputs.count == 3 && fused.instructions[2].scaling == .number(3))
    #expect(fused.instructions[2].label == "sum")
  }

  @Test("a partial sum with another reader, or of more terms than the kernel takes, is kept")
  func keepsOtherChains() throws {
    let read = try Program("read", [3, 4, 6]) { x, _ in
      let sum = x + x.sigmoid()
      return ["y": sum + x.relu(), "sum": sum]
    }
    #expect(read.fuseAddChains() == read)
    let long = try Program("long", [3, 4, 6]) { x, _ in
      ["y": (1...Int(POSE_TERMS) + 1).reduce(x) { sum, index in sum + (x - Float(index)) }]
    }
    #expect(long.fuseAddChains().instructions.filter { $0.operation == .binary(.add) }.count == 2)
  }

  @Test("equal instructions are computed once")
  func eliminateCommonSubexpressions() throws {
    let program = try Program("twice", [3, 4, 5]) { x, scope in
      let conv = scope / "conv"
      return ["y": conv.conv(x, to: 4) * conv.conv(x, to: 4)]
    }
    let once = program.eliminateCommonSubexpressions()
    #expect(once.operations == ["convolution", "multiply"])
    #expect(once.instructions[1].inputs == [once.instructions[0].output, once.instructions[0].output])
  }

  @Test("instructions of other weights or inputs are kept, and outputs keep values of their own")
  func keepsOtherSubexpressions() throws {
    let program = try Program("other", [3, 4, 5]) { x, scope in
      let (a, b) = ((scope / "a").conv(x, to: 3), (scope / "b").conv(x, to: 3))
      return ["y": a * b, "first": x.sigmoid(), "second": x.sigmoid()]
    }
    #expect(program.eliminateCommonSubexpressions() == program)
  }

  @Test("a reduction over other than the last axes is one over the last axes of a transpose")
  func canonicalizeReductions() throws {
    let program = try Program("reductions", [3, 4, 5]) { x, _ in
      ["soft": x.softmax(axis: 1), "mean": x.reduced(.mean, axes: [1], keepsAxes: true)]
    }
    let canonical = program.canonicalizeReductions()
    #expect(canonical.operations == ["transpose", "softmax", "transpose", "transpose", "mean", "reshape"])
    #expect(canonical.instructions[1].operation == .softmax(axis: 3))
    #expect(canonical.instructions[4].operation == .reduce(.mean, axes: [3], keepsAxes: false))
    #expect(canonical.canonicalizeReductions() == canonical)
  }

  @Test("what is computed from parameters alone becomes a parameter")
  func foldConstants() throws {
    let program = try Program("constants", [2, 3, 4]) { x, scope in
      let table = scope.parameter("table", shape: [1, 2, 3, 4], .constant(0))
      return ["y": x + table * 2, "z": x.relu()]
    }
    let kernels = try #require(Kernels(.portable))
    let folded = try program.foldConstants(kernels: kernels, memoryLimit: 1 << 20)
    #expect(folded.operations == ["parameter", "add", "relu"])
    #expect(folded.instructions[0].weights[0] == program.instructions[0].weights[0].map { $0 * 2 })
    #expect(throws: EngineError.self) { try program.foldConstants(kernels: kernels, memoryLimit: 100) }
  }
}

extension Program {
  /// A network with the recipe's weights, before any pass.
  init(_ name: String, _ input: [Int], _ build: (Value, Scope) -> GraphOutputs) throws {
    let graph = try Graph(name, input: input, build)
    try self.init(graph, WeightRecipe.checkpoint(for: graph))
  }

  var operations: [String] { instructions.map(\.operation.name) }
}
