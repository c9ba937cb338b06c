import PoseCore
import PoseEngine
import Testing

@testable import PoseGraph

/// Folding, fusing, views and aliases leave every output what the graph says.
struct CompilerTests {
  @Test(
    "networks with shared, aliased and folded values",
    arguments: aliases + batchNorms + fusions + sums + terms + planes + constants)
  func equalsReference(_ operatorCase: OperatorCase) throws { try operatorCase.check() }

  static let aliases = [
    OperatorCase("an output that is the input", [2, 3, 4]) { x, _ in ["x": x, "again": x] },
    OperatorCase("outputs that are views of the input", [4, 3, 4]) { x, _ in
      [
        "reshaped": x.reshaped(to: [1, 12, 4]), "slice": x.slice(axis: 1, 1..<3),
        "transposed": x.slice(axis: 1, 2..<3).transposed([0, 2, 1, 3]), "x": x,
      ]
    },
    OperatorCase("two outputs of the same value", [2, 3, 4]) { x, _ in
      let y = x * 2
      return ["a": y, "b": y, "c": y.reshaped(to: [1, 24])]
    },
    OperatorCase("the same value concatenated twice", [2, 3, 4]) { x, scope in
      let y = x * 2
      return ["y": scope.concat([y, y]), "z": scope.concat([x, y, x, y]), "wide": scope.concat([y, y], axis: 3)]
    },
    OperatorCase("an output that is part of a concatenation", [2, 3, 4]) { x, scope in
      let (y, z) = (x * 2, x + 1)
      return ["joined": scope.concat([y, z]), "y": y, "more": scope.concat([z, x * 3]) * 2]
    },
    OperatorCase("a part of two concatenations", [2, 3, 4]) { x, scope in
      let (y, z) = (x * 2, x + 1)
      let (a, b) = (scope.concat([y, z]), scope.concat([z, y]))
      return ["y": a * b, "last": scope.concat([a, b])]
    },
    OperatorCase("views of the parts of a concatenation, read later", [4, 3, 5]) { x, scope in
      let y = x * 2
      let half = y.slice(axis: 1, 2..<4)
      let joined = scope.concat([y, x + 1, half])
      return ["y": joined * 1.5, "half": half + 1, "shuffled": joined.channelShuffle(groups: 2) + 0.5]
    },
    OperatorCase("a concatenation of one, and of views", [4, 3, 5]) { x, scope in
      let y = x * 2
      let parts = y.split(axis: 1, into: 2)
      return [
        "one": scope.concat([y]) + 1, "swapped": scope.concat([parts[1], parts[0]]),
        "back": scope.concat(parts).relu(),
      ]
    },
    OperatorCase("a nested concatenation", [2, 3, 5]) { x, scope in
      let inner = scope.concat([x * 2, x + 1])
      let outer = scope.concat([inner, x - 1])
      return ["y": outer.sigmoid(), "inner": inner * inner]
    },
    OperatorCase("split, processed, joined and shuffled", [8, 6, 7]) { x, scope in
      var y = (scope / "stem").conv(x, to: 8, kernel: 3)
      for index in 0..<4 {
        let parts = y.split(axis: 1, into: 2)
        let right = (scope / "block\(index)").conv(parts[1], to: 4, kernel: 3, groups: 4, bias: true).relu()
        y = scope.concat([parts[0], right]).channelShuffle(groups: 2)
      }
      return ["y": y, "sum": y + x]
    },
    OperatorCase("many values of many lives", [5, 4, 6]) { x, scope in
      var values = [x]
      for index in 0..<20 {
        let (a, b) = (values[index / 2], values[index * 2 / 3])
        values.append(index % 3 == 0 ? a * 0.5 + b : (a.relu() - b).unary(.tanh))
      }
      return ["last": values[20], "middle": values[9], "joined": scope.concat(Array(values.suffix(7)))]
    },
  ]

  static let batchNorms = [
    OperatorCase("a batch norm after a convolution with bias", [3, 5, 6]) { x, scope in
      ["y": (scope / "bn").batchNorm((scope / "conv").conv(x, to: 7, kernel: 3, bias: true)).relu()]
    },
    OperatorCase("batch norms after depthwise and grouped convolutions", [6, 5, 6]) { x, scope in
      let y = (scope / "bn1").batchNorm((scope / "dw").conv(x, to: 6, kernel: 3, groups: 6))
      return ["y": (scope / "bn2").batchNorm((scope / "g").conv(y, to: 9, groups: 3)).unary(.hardSwish)]
    },
    OperatorCase("batch norms after other layers", [3, 5, 6]) { x, scope in
      let up = (scope / "up").transposedConv(x, to: 4, kernel: 4, stride: 2, padding: 1)
      let flat = (scope / "fc").linear(x.reshaped(to: [1, 90]), to: 8)
      return ["up": (scope / "bn1").batchNorm(up).relu(), "flat": (scope / "bn2").batchNorm(flat).relu()]
    },
    OperatorCase("two readers of the convolution before a batch norm", [3, 5, 6]) { x, scope in
      let y = (scope / "conv").conv(x, to: 4, kernel: 3)
      return ["y": (scope / "bn").batchNorm(y) + y, "z": (scope / "bn2").batchNorm(y)]
    },
    OperatorCase("a batch norm whose convolution is an output", [3, 5, 6]) { x, scope in
      let y = (scope / "conv").conv(x, to: 4)
      return ["normed": (scope / "bn").batchNorm(y), "y": y]
    },
    OperatorCase("two batch norms in a row, and an activation between", [3, 5, 6]) { x, scope in
      let y = (scope / "bn1").batchNorm((scope / "conv").conv(x, to: 4))
      let z = (scope / "bn3").batchNorm((scope / "conv2").conv(x, to: 4).relu())
      return ["y": (scope / "bn2").batchNorm(y), "z": z]
    },
    OperatorCase("convolutions that share weights but no batch norm", [3, 5, 6]) { x, scope in
      let shared = scope / "conv"
      return [
        "a": (scope / "bn1").batchNorm(shared.conv(x, to: 4)), "b": (scope / "bn2").batchNorm(shared.conv(x, to: 4)),
      ]
    },
  ]

  static let fusions = [
    OperatorCase("two readers before an activation", [3, 5, 6]) { x, scope in
      let y = (scope / "conv").conv(x, to: 4)
      return ["y": y.relu() + y, "z": y.sigmoid()]
    },
    OperatorCase("an activation whose argument is an output", [3, 5, 6]) { x, _ in
      let y = x + 1
      return ["y": y, "rectified": y.relu()]
    },
    OperatorCase("activations in a row", [3, 5, 6]) { x, scope in
      ["y": (scope / "conv").conv(x, to: 4).relu().sigmoid().unary(.tanh)]
    },
    OperatorCase("an activation of the input, of a view, of a pool", [4, 5, 6]) { x, scope in
      let view = (x * 2).reshaped(to: [1, 2, 10, 6]).relu()
      let part = (scope / "conv").conv(x, to: 4).slice(axis: 1, 1..<3).relu()
      return ["x": x.relu(), "view": view, "part": part, "pool": x.pool(Pooling(.max, kernel: 2, stride: 2)).relu()]
    },
    OperatorCase("a convolution and activation made where they are joined", [3, 5, 6]) { x, scope in
      let a = (scope / "a").conv(x, to: 4, kernel: 3).relu()
      let b = (scope / "bn").batchNorm((scope / "b").conv(x, to: 5, kernel: 3)).unary(.silu)
      return ["y": scope.concat([a, b])]
    },
  ]

  static let sums = [
    OperatorCase("sums of 1x1 convolutions, of their results, of others", [4, 6, 7]) { x, scope in
      let (a, b, c) = ((scope / "a").conv(x, to: 5), (scope / "b").conv(x.relu(), to: 5), (scope / "c").conv(x, to: 5))
      let d = (scope / "d").conv(x, to: 5, kernel: 3, bias: true)
      return ["two": (a + b).relu(), "all": ((c + (x.slice(axis: 1, 0..<1) + d)) + x.slice(axis: 1, 3..<4)).sigmoid()]
    },
    OperatorCase("three convolutions and a residual", [4, 6, 7]) { x, scope in
      let terms = (0..<3).map { (scope / $0).conv($0 == 1 ? x.relu() : x * Float($0 + 1), to: 4, bias: $0 != 2) }
      return ["y": (((terms[0] + terms[1]) + x) + terms[2]).relu(), "z": x + 1]
    },
    OperatorCase("convolutions of other numbers of channels", [4, 6, 7]) { x, scope in
      let y = (scope / "wide").conv(x, to: 9).relu()
      return ["y": (scope / "a").conv(x, to: 3) + (scope / "b").conv(y, to: 3)]
    },
    OperatorCase("a value added to itself", [4, 6, 7]) { x, scope in
      let (a, b) = ((scope / "a").conv(x, to: 4), (scope / "b").conv(x, to: 4))
      return ["conv": a + a, "input": x + x, "both": (b + b) + x, "thrice": (x.relu() + x.relu()) + x.relu()]
    },
    OperatorCase("a sum whose term is an output, or read twice", [4, 6, 7]) { x, scope in
      let (a, b) = ((scope / "a").conv(x, to: 4), (scope / "b").conv(x, to: 4))
      return ["a": a, "sum": a + x, "twice": (b + x) * b]
    },
    OperatorCase("a residual around two 3x3 convolutions", [6, 9, 20]) { x, scope in
      let y = (scope / "bn1").batchNorm((scope / "a").conv(x, to: 6, kernel: 3)).relu()
      return ["y": ((scope / "bn2").batchNorm((scope / "b").conv(y, to: 6, kernel: 3)) + x).relu()]
    },
    OperatorCase("pictures enlarged and added, from either side", [3, 8, 12]) { x, scope in
      let small = (scope / "low").conv(x, to: 3, kernel: 3, stride: 2)
      let tiny = (scope / "lower").conv(small, to: 3, kernel: 3, stride: 2)
      let (a, b) = (small.resized(to: x.size, .nearest), tiny.resized(to: x.size, .nearest))
      return ["sum": ((x + x) + a + b).relu(), "less": a - x, "more": x - b, "times": b * x, "alone": a]
    },
  ]

  static let terms = [
    OperatorCase("sums of more terms than one step takes", [3, 16, 24]) { x, scope in
      let smaller = (0..<5).map { index in
        (scope / index).conv(x.pool(Pooling(.max, kernel: 4, stride: 4)), to: 3).sigmoid()
      }
      let sum = smaller.reduce(x * 2) { $0 + $1.resized(to: x.size, .nearest) }
      return ["sum": sum, "rectified": sum.relu(), "squashed": (sum + x).sigmoid()]
    },
    OperatorCase("sums whose first term is scaled by planes, by a number, by both", [4, 8, 12]) { x, scope in
      let gate = x.adaptiveAveragePool(to: 1).sigmoid()
      let low = x.pool(Pooling(.average, kernel: 2, stride: 2))
      let big = low.resized(to: x.size, .nearest)
      return [
        "planes": x * gate + big, "number": big + x * 3, "both": ((x * gate) * 2 + big).relu(),
        "same": x * x + big, "constant": x * 0.5 + gate, "twice": (x * gate + big) + x * gate,
      ]
    },
    OperatorCase("convolutions that share what they read", [4, 12, 24]) { x, scope in
      let sum = x * 2 + x.pool(Pooling(.max, kernel: 2, stride: 2)).resized(to: x.size, .nearest)
      let halves = (0..<5).map { (scope / $0).conv(sum, to: 4, kernel: 3, stride: 2, groups: 4, bias: $0 % 2 == 0) }
      let whole = (scope / "whole").conv(sum, to: 4, kernel: 3, groups: 4)
      return ["halves": halves.dropFirst().reduce(halves[0].relu()) { $0 * $1 }, "whole": whole, "sum": sum.relu()]
    },
    OperatorCase("a sum, made larger than zero, of planes in hand", [3, 8, 24]) { x, _ in
      let low = x.pool(Pooling(.max, kernel: 2, stride: 2)).resized(to: x.size, .nearest)
      let (sum, other) = (x.sigmoid() * 2 + low, x.unary(.tanh))
      return ["y": (sum.relu() * sum.sigmoid() + other).pool(Pooling(.max, kernel: 2, stride: 2)), "x": low]
    },
    OperatorCase("sums of tokens", [6, 10]) { x, _ in ["y": (x * 2 + x.relu()) + x.sigmoid()] },
  ]

  static let planes = [
    OperatorCase("a gate of means over a depthwise convolution", [6, 9, 10]) { x, scope in
      let y = (scope / "dw").conv(x, to: 6, kernel: 3, groups: 6)
      let means = y.adaptiveAveragePool(to: 1)
      let gate = (scope / "b").conv((scope / "a").conv(means, to: 3, bias: true).relu(), to: 6).sigmoid()
      return ["y": (y * gate).relu()]
    },
    OperatorCase("enlarged gates, 3x3 convolutions and means", [5, 8, 12]) { x, scope in
      let (fine, coarse) = (x.relu(), x.adaptiveAveragePool(to: Size(height: 4, width: 3)).sigmoid())
      let gated = fine * coarse.resized(to: x.size, .nearest)
      let a = (scope / "a").conv(gated, to: 5, kernel: 3, groups: 5, bias: true)
      let b = (scope / "b").conv(x * x.sigmoid(), to: 5, kernel: 3, groups: 5).relu()
      let c = (scope / "c").conv(b, to: 5, kernel: 3, groups: 5).sigmoid()
      let whole = x * x.adaptiveAveragePool(to: 1)
      let d = (scope / "d").conv(whole, to: 5, kernel: 3, groups: 5)
      return [
        "a": a * a.adaptiveAveragePool(to: 1), "b": b + b.adaptiveAveragePool(to: 1), "c": c.adaptiveAveragePool(to: 1),
        "d": d.adaptiveAveragePool(to: 1) + d, "whole": whole,
        "e": (scope / "e").conv(d * coarse.resized(to: x.size, .nearest), to: 5, kernel: 3, groups: 5),
      ]
    },
    OperatorCase("the same computed twice", [4, 6, 7]) { x, scope in
      let shared = scope / "conv"
      return ["y": shared.conv(x, to: 4).relu() * shared.conv(x, to: 4).relu(), "z": x.sigmoid() + x.sigmoid()]
    },
    OperatorCase("chains of planes that meet again", [4, 8, 8]) { x, scope in
      let a = (x * 2).relu()
      let mixed = (scope / "mix").conv(a, to: 4)
      let b = a.sigmoid() + mixed
      let c = (a * mixed.unary(.tanh)).pool(Pooling(.max, kernel: 3, stride: 1, padding: 1))
      return ["y": (b + c).relu(), "a": a.adaptiveAveragePool(to: 2)]
    },
    OperatorCase("shuffles of shuffles, in planes of whole pages", [4, 32, 32]) { x, scope in
      var y = (scope / "in").conv(x, to: 8).relu()
      for index in 0..<3 {
        let halves = y.split(axis: 1, into: 2)
        let right = (scope / "dw\(index)").conv(halves[1], to: 4, kernel: 3, groups: 4)
        y = scope.concat([halves[0], right.relu()]).channelShuffle(groups: 2)
      }
      return [
        "y": y, "rows": y.reshaped(to: [1, 8, 1024]).softmax(axis: 2), "halves": y.split(axis: 1, into: 2)[1] * 3,
      ]
    },
    OperatorCase("convolutions of strides, dilations and narrow pictures", [5, 11, 13]) { x, scope in
      [
        "two": (scope / "two").conv(x, to: 7, kernel: 3, stride: 2, padding: 1, bias: true).relu(),
        "three": (scope / "three").conv(x, to: 9, kernel: 5, stride: 3, padding: 2),
        "groups": (scope / "groups").conv(x.slice(axis: 1, 1..<5), to: 6, kernel: 3, groups: 2),
      ]
    },
  ]

  static let constants = [
    OperatorCase("a gathered position bias", [2, 6, 6]) { x, scope in
      let table = scope.parameter("relative_position_bias_table", shape: [7, 2], .constant(0))
      let indices = (0..<36).map { $0 * 5 % 7 }
      let bias = table.gathered(axis: 0, indices: indices).reshaped(to: [6, 6, 2]).transposed([2, 0, 1])
      return ["y": (x + bias.reshaped(to: [1, 2, 6, 6])).softmax(axis: 3)]
    },
    OperatorCase("parameters that pass through many operators", [2, 3, 4]) { x, scope in
      let a = scope.parameter("a", shape: [1, 2, 3, 4], .constant(0))
      let b = (scope / "conv").conv(scope.concat([a, a.relu()]), to: 2, kernel: 3)
      let scale = b.reduced(.mean, axes: [2, 3], keepsAxes: true).sigmoid().softmax(axis: 1)
      return ["y": x * scale + b, "z": x.matmul(b.transposed([0, 1, 3, 2]))]
    },
    OperatorCase("outputs made of parameters alone", [2, 3, 4]) { x, scope in
      let a = scope.parameter("a", shape: [1, 2, 3], .constant(0))
      let b = scope.parameter("b", shape: [4, 3], .constant(0))
      return [
        "x": x + 1, "a": a, "b": b, "half": b.slice(axis: 0, 1..<3), "twice": a * 2,
        "scalar": scope.parameter("s", shape: [], .constant(0)),
      ]
    },
    OperatorCase("constants of the same numbers in other shapes", [2, 3, 3]) { x, scope in
      let numbers: [Float] = [1, -2, 3]
      let (rows, columns) = (scope.constant(numbers, shape: [3, 1]), scope.constant(numbers, shape: [1, 3]))
      return ["rows": x * rows, "columns": x * columns, "twice": (x + columns) * (columns * 2 + rows)]
    },
    OperatorCase("a parameter as part of a concatenation", [2, 3, 4]) { x, scope in
      let token = scope.parameter("cls_token", shape: [1, 1, 3, 4], .constant(0))
      return ["y": scope.concat([token, x]), "z": scope.concat([token * 2, x * 2]).relu()]
    },
  ]
}
