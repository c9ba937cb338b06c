import CPoseKernels
import PoseGraph
import Testing

@testable import PoseEngine

/// The passes that make instructions of several results.
struct FusionPassTests {
  @Test("depthwise convolutions of one input and window are fused, as many as the kernel takes")
  func fuseSharedDepthwise() throws {
    let program = try Program("shared", [4, 6, 8]) { x, scope in
      let branches = (0..<5).map { index in
        (scope / index).conv(x, to: 4, kernel: 3, stride: 2, groups: 4, bias: index % 2 == 0)
      }
      return ["y": branches.dropFirst().reduce(branches[0]) { $0 * $1 }]
    }
    let fused = program.fuseSharedDepthwise()
    let convolutions = fused.instructions.filter { $0.operation != .binary(.multiply) }
    #expect(convolutions.map { $0.parts.count } == [Int(POSE_FILTERS), 5 - Int(POSE_FILTERS)])
    #expect(convolutions.flatMap(\.results) == program.instructions.prefix(5).map(\.output))
    #expect(convolutions.allSatisfy { $0.inputs == [program.inputs[0].value] })
    #expect(fused.fuseSharedDepthwise() == fused)
  }

  @Test("convolutions of another window, of another input, or of all channels are not fused")
  func keepsOtherConvolutions() throws {
    let program = try Program("other", [4, 6, 8]) { x, scope in
      let y = x.relu()
      let a = (scope / "a").conv(x, to: 4, kernel: 3, groups: 4)
      let b = (scope / "b").conv(x, to: 4, kernel: 5, groups: 4)
      let c = (scope / "c").conv(y, to: 4, kernel: 3, groups: 4)
      return ["y": a + b + c, "d": (scope / "d").conv(x, to: 4, kernel: 3) * (scope / "e").conv(x, to: 4, kernel: 3)]
    }
    #expect(program.fuseSharedDepthwise() == program)
  }

  @Test("a function of a sum that others read is stored by the sum's kernel")
  func fuseSumFunctions() throws {
    let program = try Program("sum", [3, 4, 6]) { x, _ in
      let sum = (x * 2 + x.sigmoid()) + x.unary(.tanh)
      return ["sum": sum, "rectified": sum.relu(), "squashed": sum.sigmoid()]
    }.fuseAddChains()
    let fused = program.fuseSumFunctions()
    #expect(fused.instructions.map(\.label) == ["sigmoid", "tanh", "sum+relu", "sigmoid"])
    #expect(fused.instructions[2].results == [program.outputs[0].value, program.outputs[1].value])
  }

  @Test("a function of a plain sum of two, or of a sum with an activation, is kept")
  func keepsOtherFunctions() throws {
    let program = try Program("sum", [3, 4, 6]) { x, _ in
      let plain = x + x.sigmoid()
      let rectified = ((x * 2 + x.sigmoid()) + x.unary(.tanh)).relu()
      return ["plain": plain, "p": plain.relu(), "rectified": rectified, "r": rectified.sigmoid()]
    }.fuseActivations().fuseAddChains()
    #expect(program.fuseSumFunctions() == program)
  }

  @Test("a product with gates, its 3x3 convolution and the means of that are one instruction")
  func fuseScaledDepthwise() throws {
    let program = try Program("gated", [4, 6, 8]) { x, scope in
      let gates = x.adaptiveAveragePool(to: 1).sigmoid()
      let y = (scope / "conv").conv(x * gates, to: 4, kernel: 3, groups: 4).relu()
      return ["y": y, "means": y.adaptiveAveragePool(to: 1)]
    }.fuseActivations()
    let fused = program.fuseScaledDepthwise()
    #expect(
      fused.instructions.map(\.label) == [
        "adaptive average pool", "sigmoid", "multiply+grouped convolution.relu+adaptive average pool",
      ])
    // The product is not stored.
    #expect(fused.instructions[2].results == program.outputs.map(\.value))
    #expect(fused.instructions[2].inputs == [program.inputs[0].value, fused.instructions[1].output])
  }

  @Test("either the gates or the means may be missing")
  func fuseHalves() throws {
    let gated = try Program("gated", [4, 6, 8]) { x, scope in
      ["y": (scope / "conv").conv(x * x.sigmoid(), to: 4, kernel: 3, groups: 4)]
    }
    #expect(gated.fuseScaledDepthwise().instructions.map(\.label) == ["sigmoid", "multiply+grouped convolution"])
    let means = try Program("means", [4, 6, 8]) { x, scope in
      let y = (scope / "conv").conv(x, to: 4, kernel: 3, groups: 4)
      return ["y": y * y.adaptiveAveragePool(to: 1)]
    }
    #expect(
      means.fuseScaledDepthwise().instructions.map(\.label) == [
        "grouped convolution+adaptive average pool", "multiply",
      ])
  }

  @Test(
    "a product that others read, other windows, other functions and other pools are kept",
    arguments: ["read", "stride", "kernel", "function", "pool", "activation"])
  func keepsOtherProducts(_ kind: String) throws {
    let program = try Program(kind, [4, 6, 8]) { x, scope in
      let product = kind == "activation" ? (x * x.sigmoid()).relu() : x * x.sigmoid()
      let input = kind == "pool" || kind == "function" ? x : product
      let conv = (scope / "conv").conv(
        input, to: 4, kernel: kind == "kernel" ? 5 : 3, stride: kind == "stride" ? 2 : 1, groups: 4)
      return switch kind {
      case "read": ["y": conv, "product": product]
      case "function": ["y": conv.sigmoid(), "means": conv.sigmoid().adaptiveAveragePool(to: 1)]
      case "pool": ["y": conv, "pool": conv.adaptiveAveragePool(to: 2)]
      default: ["y": conv]
      }
    }.fuseActivations().eliminateCommonSubexpressions().removeDeadInstructions()
    #expect(program.fuseScaledDepthwise() == program)
  }

  @Test("fused instructions compute what their parts do", arguments: KernelSet.allCases.filter(\.isAvailable))
  func results(_ set: KernelSet) throws {
    let graph = try Graph("fused", input: [4, 12, 16]) { x, scope in
      let low = x.pool(Pooling(.max, kernel: 2, stride: 2)).resized(to: x.size, .nearest)
      let sum = x.sigmoid() * 2 + low
      let gates = x.adaptiveAveragePool(to: 2).sigmoid().resized(to: x.size, .nearest)
      let y = (scope / "sweep").conv(x.relu() * gates, to: 4, kernel: 3, groups: 4, bias: true).relu()
      let halves = (0..<3).map { (scope / $0).conv(sum, to: 4, kernel: 3, stride: 2, groups: 4) }
      return [
        "sum": sum, "rectified": sum.relu(), "y": y, "means": y.adaptiveAveragePool(to: 1),
        "halves": halves[0] * halves[1] * halves[2],
      ]
    }
    let checkpoint = WeightRecipe.checkpoint(for: graph)
    let engine = try Engine(graph, checkpoint, kernels: set)
    for label in ["sum+relu", "multiply+grouped convolution.relu+adaptive average pool"] {
      #expect(engine.programDescription.contains(label), "\(engine.programDescription)")
    }
    let image = try WeightRecipe.input(shape: [1, 4, 12, 16])
    let kernels = try #require(Kernels(set))
    let (program, _) = try Program(graph, checkpoint).applying(Pass.simplifications)
    let plain = RunContext(try Plan(program, kernels: kernels, memoryLimit: .max))
    let expected = image.floats.withUnsafeBufferPointer { image in
      plain.setInput(image)
      plain.run(part: 0, of: 1) {}
      return plain.outputs.map(Array.init)
    }
    for (output, expected) in zip(try engine(image), expected) {
      // Only the order in which a mean adds up differs.
      let worst = zip(output.tensor.floats, expected).map { abs($0 - $1) }.max() ?? .infinity
      #expect(output.name == "means" ? worst < 1e-6 : worst == 0, "\(output.name): \(worst)")
    }
  }
}
