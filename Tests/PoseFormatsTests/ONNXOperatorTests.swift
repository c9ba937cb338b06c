import Foundation
import PoseCore
import PoseEngine
import Testing

@testable import PoseFormats
@testable import PoseGraph

/// A small network around one operator, written to ONNX and read again.
struct ONNXOperatorCase: Sendable, CustomTestStringConvertible {
  let name: String
  let input: [Int]
  let build: @Sendable (Value, Scope) -> GraphOutputs
  var testDescription: String { "\(name) of \(input)" }

  init(
    _ name: String, _ input: [Int], _ build: @escaping @Sendable (Value, Scope) -> GraphOutputs
  ) { (self.name, self.input, self.build) = (name, input, build) }
}

/// Every operator survives the way to ONNX and back. With `POSE_ONNX_CASES` a folder, the files and what the engine
/// computes are left there, for `Benchmarks/check_onnx.py --cases` to ask ONNX Runtime.
struct ONNXOperatorTests {
  static let cases: [ONNXOperatorCase] = convolutions + functions + pools + resizes + moves + products

  @Test("an operator computes the same after ONNX as before", arguments: cases)
  func roundTrip(_ operatorCase: ONNXOperatorCase) throws {
    let graph = try Graph(operatorCase.name, input: operatorCase.input, operatorCase.build)
    let checkpoint = WeightRecipe.checkpoint(for: graph)
    let bytes = try graph.onnx(checkpoint)
    let model = try ONNXModel(bytes: bytes)
    let input = try WeightRecipe.input(shape: [3] + operatorCase.input)
    let before = try Engine(graph, checkpoint, threads: 1)(input)
    let after = try Engine(model.graph, model.checkpoint, threads: 1)(input)
    #expect(before.map(\.name) == after.map(\.name))
    for (a, b) in zip(before, after) {
      // What depends on no picture may have been computed already, but not otherwise.
      #expect(a.tensor.shape == b.tensor.shape, "\(a.name)")
      let largest = a.tensor.floats.reduce(1) { max($0, $1.magnitude) }
      let worst = zip(a.tensor.floats, b.tensor.floats).reduce(0) { max($0, ($1.0 - $1.1).magnitude) }
      // Folding rounds weights once more; sums of them differ by less than this.
      #expect(worst <= 1e-5 * largest, "\(a.name) differs by \(worst / largest)")
    }
    try leave(bytes, input, before, for: operatorCase)
  }

  private func leave(
    _ bytes: [UInt8], _ input: Tensor, _ outputs: [(name: String, tensor: Tensor)], for operatorCase: ONNXOperatorCase
  ) throws {
    guard let folder = ProcessInfo.processInfo.environment["POSE_ONNX_CASES"] else { return }
    let index = Self.cases.firstIndex { $0.testDescription == operatorCase.testDescription } ?? 0
    let stem = URL(filePath: folder).appending(path: "\(index)").path
    try FileBytes.write(bytes, to: stem + ".onnx")
    var archive = NumpyArchive()
    archive["input"] = input
    for output in outputs { archive["output:" + output.name] = output.tensor }
    try FileBytes.write(try archive.bytes(), to: stem + ".npz")
    try FileBytes.write(Array(operatorCase.testDescription.utf8), to: stem + ".txt")
  }

  static let convolutions: [ONNXOperatorCase] = [
    .init("plain convolution", [3, 9, 8]) { x, s in ["y": (s / "c").conv(x, to: 5, kernel: 3)] },
    .init("strided, dilated, grouped convolution with a bias", [6, 11, 12]) { x, s in
      [
        "y": (s / "c").conv(
          x, to: 4, kernel: Size(height: 3, width: 5), stride: 2, padding: Size(height: 2, width: 4), dilation: 2,
          groups: 2, bias: true)
      ]
    },
    .init("norm folded into a convolution", [3, 8, 8]) { x, s in
      ["y": (s / "bn").batchNorm((s / "c").conv(x, to: 6, kernel: 3)).relu()]
    },
    .init("two norms folded into a biased convolution", [3, 8, 8]) { x, s in
      ["y": (s / "b").batchNorm((s / "a").batchNorm((s / "c").conv(x, to: 6, bias: true)))]
    },
    .init("norm after a convolution that is read twice", [3, 8, 8]) { x, s in
      let y = (s / "c").conv(x, to: 6, kernel: 3)
      return ["y": (s / "bn").batchNorm(y) + y]
    },
    .init("norm after no convolution", [3, 5, 4]) { x, s in ["y": (s / "bn").batchNorm(x, epsilon: 1e-3)] },
    .init("one convolution run twice, with two norms", [4, 5, 6]) { x, s in
      let y = (s / "a").batchNorm((s / "c").conv(x, to: 4, kernel: 3))
      return ["y": (s / "b").batchNorm((s / "c").conv(y, to: 4, kernel: 3))]
    },
    .init("transposed convolution", [4, 5, 6]) { x, s in
      ["y": (s / "t").transposedConv(x, to: 6, kernel: 4, stride: 2, padding: 1, bias: true)]
    },
    .init("norm folded into a grouped transposed convolution", [6, 5, 4]) { x, s in
      let y = (s / "t").transposedConv(x, to: 9, kernel: 3, stride: 2, padding: 1, outputPadding: 1, groups: 3)
      return ["y": (s / "bn").batchNorm(y)]
    },
    .init("convolution under the network's own name", [3, 5, 5]) { x, s in
      ["y": s.batchNorm((s / "c").conv(x, to: 2))]
    },
  ]

  static let functions: [ONNXOperatorCase] =
    Unary.allCases.map { function in
      .init("\(function)", [2, 3, 17]) { x, s in
        let x = function == .log || function == .sqrt ? x.unary(.abs) + 0.01 : x * 3
        return ["y": x.unary(function), "module": (s / "act").activation(function, x)]
      }
    }
    + Binary.allCases.map { function in
      .init("\(function)", [2, 3, 5]) { x, s in
        let a = x.unary(.abs) + 0.5
        let table = s.parameter("table", shape: [2, 1, 5], .constant(0)).unary(.abs) + 0.5
        return [
          "number": a.combined(function, 1.5), "values": a.combined(function, a + 0.25),
          "table": a.combined(function, table), "first": table.combined(function, a),
        ]
      }
    }
    + Reduction.allCases.map { reduction in
      .init("\(reduction)", [3, 4, 5]) { x, _ in
        [
          "kept": x.reduced(reduction, axes: [2, 3], keepsAxes: true), "dropped": x.reduced(reduction, axes: [1]),
          "last": x.reduced(reduction, axes: [-1]), "none": x.reduced(reduction, axes: [], keepsAxes: true),
        ]
      }
    } + [
      .init("softmax", [3, 4, 5]) { x, _ in
        ["a": x.softmax(axis: 1), "b": x.softmax(axis: 2), "c": x.softmax(axis: -1)]
      },
      .init("values of fewer axes that broadcast", [3, 4, 5]) { x, s in
        // The batch must not come to lie beside another axis.
        let few = x.reduced(.mean, axes: [1, 2])
        return ["batched": few + x, "table": few + s.parameter("t", shape: [1, 4, 5], .constant(0))]
      },
      .init("dropout", [2, 3, 4]) { x, s in
        ["y": (s / "d").dropout(x + 1, rate: 0.5).detached(), "x": (s / "e").dropout(x, rate: 0.1)]
      },
      .init("detach", [2, 3, 4]) { x, _ in ["y": (x + 1).detached() * 2] },
    ]

  static let pools: [ONNXOperatorCase] = [Pooling.Kind.max, .average].flatMap { kind in
    [(3, 2, 1, false), (3, 2, 1, true), (2, 2, 0, true), (3, 2, 0, true), (4, 3, 2, true), (5, 1, 2, false)].flatMap {
      (kernel: Size, stride: Size, padding: Size, roundsUp: Bool) in
      [true, false].map { counts in
        let pooling = Pooling(
          kind, kernel: kernel, stride: stride, padding: padding, roundsUp: roundsUp, countsPadding: counts)
        return ONNXOperatorCase("\(pooling)", [2, 8, 11]) { x, _ in ["y": x.pool(pooling)] }
      }
    }
  }

  static let resizes: [ONNXOperatorCase] = [(4, 6), (8, 12), (12, 6), (7, 5), (3, 9), (1, 1), (2, 3), (13, 17), (4, 5)]
    .map {
      (height: Int, width: Int) in
      .init("resize to \(height) x \(width)", [2, 4, 6]) { x, s in
        let size = Size(height: height, width: width)
        return [
          "nearest": x.resized(to: size, .nearest), "edges": x.resized(to: size, .bilinear(alignCorners: false)),
          "corners": x.resized(to: size, .bilinear(alignCorners: true)),
          "bins": (s / "pool").adaptiveAveragePool(x, to: size),
        ]
      }
    }

  static let moves: [ONNXOperatorCase] = [
    .init("moves", [4, 5, 6]) { x, s in
      [
        "slice": x.slice(axis: 2, 1..<5, step: 3), "gather": x.gathered(axis: 1, indices: [3, 0, 0, 2]),
        "transpose": x.transposed([0, 2, 3, 1]), "reshape": x.reshaped(to: [1, 20, 6]),
        "pad": x.padded(before: [0, 1, 0, 2], after: [0, 0, 3, 1], value: -1.5),
        "concat": s.concat([x, x + 1, x.slice(axis: 1, 0..<2)], axis: 1),
      ]
    },
    .init("channel shuffle", [6, 3, 5]) { x, _ in ["y": (x * 2).channelShuffle(groups: 3)] },
    .init("split", [7, 3, 2]) { x, s in
      let parts = x.split(axis: 1, sizes: [2, 4, 1])
      return ["y": s.concat([parts[2], parts[0], parts[1]])]
    },
    .init("a table joined to every image", [3, 5]) { x, s in
      ["y": s.concat([s.parameter("token", shape: [1, 1, 5], .constant(0)), x], axis: 1)]
    },
    .init("outputs that are inputs, tables and each other", [2, 3, 4]) { x, s in
      let y = x.relu()
      return ["x": x, "table": s.parameter("t", shape: [1, 2], .constant(0)), "y": y, "again": y]
    },
    .init("samples at positions", [3, 7, 6]) { x, s in
      let table = s.parameter("positions", shape: [1, 4, 5, 2], .constant(0)) * 7
      return [
        "fixed": x.sampled(at: table, alignCorners: false), "corners": x.sampled(at: table, alignCorners: true),
        "own": x.sampled(at: x.slice(axis: 1, 0..<2).transposed([0, 2, 3, 1]), alignCorners: false),
      ]
    },
  ]

  static let products: [ONNXOperatorCase] = [
    .init("dense layer of a row", [7]) { x, s in ["y": (s / "fc").linear(x, to: 5)] },
    .init("dense layers of many rows", [4, 7]) { x, s in
      ["y": (s / "fc").linear(x, to: 5), "plain": (s / "fc2").linear(x, to: 3, bias: false)]
    },
    .init("layer norm", [4, 9]) { x, s in ["y": (s / "norm").layerNorm(x, epsilon: 1e-6)] },
    .init("attention", [6, 8]) { x, s in
      func heads(_ name: String) -> Value {
        (s / name).linear(x, to: 8).reshaped(to: [1, 6, 2, 4]).transposed([0, 2, 1, 3])
      }
      let scores = (heads("q").matmul(heads("k").transposed([0, 1, 3, 2])) * 0.5).softmax(axis: -1)
      return ["y": scores.matmul(heads("v")).transposed([0, 2, 1, 3]).reshaped(to: [1, 6, 8])]
    },
    .init("products with tables", [2, 3, 4]) { x, s in
      [
        "right": x.matmul(s.parameter("a.weight", shape: [4, 5], .constant(0))),
        "left": s.parameter("b.weight", shape: [6, 3], .constant(0)).matmul(x),
        "many": x.matmul(s.parameter("c.weight", shape: [2, 4, 5], .constant(0))),
      ]
    },
  ]
}
