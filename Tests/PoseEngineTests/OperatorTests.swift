import PoseCore
import PoseEngine
import Testing

@testable import PoseGraph

/// Every operator in random shapes equals its definition.
struct OperatorTests {
  @Test(
    "convolutions of any kernel, stride, padding, dilation and groups",
    arguments: SplitMix64.cases(60, seed: 1) { random in
      let groups = random.pick([1, 1, 1, 2, 3])
      let (inputs, outputs) = (groups * random.pick(1...6), groups * random.pick(1...11))
      let kernel = random.pick([Size(1), Size(1), Size(3), Size(5), random.size(1...5)])
      let (stride, dilation) = (random.pick([Size(1), Size(1), Size(2), random.size(1...4)]), random.size(1...3))
      let padding = random.pick([Size(0), Size(height: kernel.height / 2, width: kernel.width / 2), random.size(0...3)])
      let room = Size(height: (kernel.height - 1) * dilation.height, width: (kernel.width - 1) * dilation.width)
      let (bias, activation) = (random.pick([true, false]), random.pick([nil, Unary.relu, .silu]))
      return OperatorCase(
        "conv \(kernel) stride \(stride) padding \(padding) dilation \(dilation) groups \(groups)",
        [inputs, room.height + random.pick(1...12), room.width + random.pick(1...21)]
      ) { x, scope in
        let y = (scope / "conv").conv(
          x, to: outputs, kernel: kernel, stride: stride, padding: padding, dilation: dilation, groups: groups,
          bias: bias)
        return ["y": activation.map(y.unary) ?? y]
      }
    })
  func convolution(_ operatorCase: OperatorCase) throws { try operatorCase.check() }

  @Test("convolutions whose weights come in sets", arguments: [1, 2, 5])
  func convolutionSets(_ sets: Int) throws {
    try OperatorCase("\(sets) sets", [6, 7, 9]) { x, scope in
      let copies = scope.concat(Array(repeating: x, count: sets))
      return [
        "dense": (scope / "dense").conv(x, to: 4, sets: sets, kernel: 3),
        "depthwise": (scope / "depthwise").conv(copies, to: 6, sets: sets, kernel: 3, groups: 6 * sets),
      ]
    }.check()
  }

  @Test(
    "3 x 3 convolutions of many channels, which are made by tiles",
    arguments: SplitMix64.cases(16, seed: 22) { random in
      let (inputs, outputs) = (random.pick(24...70), random.pick([24, 33, 48]))
      let (isResidual, activation) = (random.pick([true, false]), random.pick([nil, Unary.relu, .silu]))
      let input = [inputs, random.pick([4, 8, 15, 24]), random.pick([6, 12, 17, 24, 50])]
      return OperatorCase("dense conv to \(outputs), \(isResidual ? "residual" : "alone")", input) { x, scope in
        var y = (scope / "conv").conv(x, to: outputs, kernel: 3, padding: 1, bias: true)
        if isResidual { y = y + (scope / "beside").conv(x, to: outputs, kernel: 1) }
        return ["y": activation.map(y.unary) ?? y]
      }
    })
  func tiledConvolution(_ operatorCase: OperatorCase) throws { try operatorCase.check() }

  @Test(
    "depthwise convolutions, wide enough for every vector's interior and tail",
    arguments: SplitMix64.cases(40, seed: 2) { random in
      let channels = random.pick(2...7)
      let kernel = random.pick([Size(3), Size(3), Size(5), random.size(1...7)])
      let (stride, dilation) = (random.pick([Size(1), Size(2), random.size(1...3)]), random.pick([Size(1), Size(2)]))
      let padding = random.pick([
        Size(0), Size(height: dilation.height * (kernel.height / 2), width: dilation.width * (kernel.width / 2)),
        random.size(0...8),
      ])
      let room = Size(height: (kernel.height - 1) * dilation.height, width: (kernel.width - 1) * dilation.width)
      return OperatorCase(
        "depthwise \(kernel) stride \(stride) padding \(padding) dilation \(dilation)",
        [channels, room.height + random.pick(1...5), room.width + random.pick([1, 3, 15, 16, 17, 33, 40, 67])]
      ) { x, scope in
        [
          "y": (scope / "conv").conv(
            x, to: channels, kernel: kernel, stride: stride, padding: padding, dilation: dilation, groups: channels,
            bias: true)
        ]
      }
    })
  func depthwise(_ operatorCase: OperatorCase) throws { try operatorCase.check() }

  @Test(
    "transposed convolutions with output padding and groups",
    arguments: SplitMix64.cases(30, seed: 3) { random in
      let groups = random.pick([1, 1, 2, 3])
      let (inputs, outputs) = (groups * random.pick(1...5), groups * random.pick([1, 2, 7, 9, 17]))
      let (kernel, stride) = (random.size(1...4), random.size(1...3))
      let padding = Size(height: random.pick(0...kernel.height / 2), width: random.pick(0...kernel.width / 2))
      let outputPadding = random.pick(0...min(stride.height, stride.width) - 1)
      let (bias, activation) = (random.pick([true, false]), random.pick([nil, Unary.relu]))
      return OperatorCase(
        "transposed conv \(kernel) stride \(stride) padding \(padding)+\(outputPadding) groups \(groups)",
        [inputs, random.pick(2...5), random.pick(2...9)]
      ) { x, scope in
        let y = (scope / "up").transposedConv(
          x, to: outputs, kernel: kernel, stride: stride, padding: padding, outputPadding: outputPadding,
          groups: groups, bias: bias)
        return ["y": activation.map(y.unary) ?? y]
      }
    })
  func transposedConvolution(_ operatorCase: OperatorCase) throws { try operatorCase.check() }

  @Test(
    "dense layers of one row and of many",
    arguments: SplitMix64.cases(30, seed: 4) { random in
      let (rows, inputs) = (random.pick([1, 1, 2, 5, 31, 32, 33, 70]), random.pick([1, 2, 7, 16, 40]))
      let features = random.pick([1, 3, 15, 16, 17, 48, 50])
      let (bias, activation) = (random.pick([true, false]), random.pick([nil, Unary.relu, .gelu]))
      return OperatorCase("linear \(rows) x \(inputs) to \(features)", [rows, inputs]) { x, scope in
        let y = (scope / "fc").linear(x, to: features, bias: bias)
        return ["y": activation.map(y.unary) ?? y]
      }
    })
  func linear(_ operatorCase: OperatorCase) throws { try operatorCase.check() }

  @Test(
    "matrix products that broadcast",
    arguments: SplitMix64.cases(24, seed: 5) { random in
      let (batch, rows) = (random.pick(1...4), random.pick([1, 2, 31, 33, 40]))
      let (depth, columns) = (random.pick([1, 3, 17]), random.pick([1, 5, 16, 50]))
      let other = random.pick([
        [depth, columns], [batch, depth, columns], [1, 1, depth, columns], [1, batch, depth, columns],
        [3, batch, depth, columns].map { $0 == 3 ? 1 : $0 },
      ])
      let isLeft = random.pick([true, false])
      return OperatorCase("matmul by \(other)", isLeft ? [batch, columns, depth] : [batch, rows, depth]) { x, scope in
        let b = scope.parameter("b.weight", shape: other, .constant(0))
        if isLeft {
          // The parameter's transpose on the left.
          let order = Array(0..<other.count - 2) + [other.count - 1, other.count - 2]
          return ["y": b.transposed(order).matmul(x.transposed([0, 1, 3, 2]))]
        }
        return ["y": x.matmul(b)]
      }
    })
  func matmul(_ operatorCase: OperatorCase) throws { try operatorCase.check() }

  @Test("functions of numbers", arguments: Unary.allCases, [1, 15, 37, 130])
  func unary(_ function: Unary, _ width: Int) throws {
    try OperatorCase(function.rawValue, [1, 1, width]) { x, _ in
      // Only positive numbers have logarithms and roots.
      let x = function == .log || function == .sqrt ? x.unary(.abs) + 0.01 : x * 3
      return ["y": x.unary(function)]
    }.check()
  }

  @Test("functions of two values, whatever broadcasts", arguments: Binary.allCases)
  func binary(_ function: Binary) throws {
    var random = SplitMix64(seed: 6)
    for _ in 0..<12 {
      let shape = [random.pick([1, 2, 5]), random.pick([1, 3, 4]), random.pick([1, 2, 17, 40])]
      let full = [1] + shape
      let other = Array(full.map { random.pick([1, $0, $0]) }.dropFirst(random.pick([0, 0, 1, 2, 3])))
      let isFirst = random.pick([true, false])
      try OperatorCase("\(function) with \(other)", shape) { x, scope in
        let y = scope.parameter("table", shape: other, .constant(0))
        // Away from zero for quotients, positive for powers.
        let (a, b) = (x.unary(.abs) + 0.5, y.unary(.abs) + 0.5)
        let plain = isFirst ? y.combined(function, x) : x.combined(function, y)
        return function == .divide || function == .power
          ? ["y": isFirst ? b.combined(function, a) : a.combined(function, b)]
          : ["y": plain, "fused": plain.relu() + 1]
      }.check()
    }
  }

  @Test("functions of a value and a number", arguments: Binary.allCases)
  func scalar(_ function: Binary) throws {
    for width in [1, 16, 53] {
      try OperatorCase("\(function) by a number", [2, 1, width]) { x, _ in
        let y = x.combined(function, 1.5 as Float)
        return function == .power ? ["y": x.unary(.abs).combined(function, 1.5 as Float)] : ["y": y.unary(.silu)]
      }.check()
    }
  }

  @Test(
    "pooling, rounded up or not, with padding counted or not",
    arguments: SplitMix64.cases(40, seed: 7) { random in
      let (kernel, stride) = (random.size(1...4), random.size(1...3))
      let pooling = Pooling(
        random.pick([.max, .average]), kernel: kernel, stride: stride,
        padding: Size(height: random.pick(0...kernel.height / 2), width: random.pick(0...kernel.width / 2)),
        roundsUp: random.pick([true, false]), countsPadding: random.pick([true, false]))
      return OperatorCase("\(pooling)", [random.pick(1...4), random.pick(4...9), random.pick(4...20)]) { x, _ in
        ["y": x.pool(pooling)]
      }
    })
  func pooling(_ operatorCase: OperatorCase) throws { try operatorCase.check() }

  @Test(
    "resizing up and down, and adaptive averages",
    arguments: SplitMix64.cases(30, seed: 8) { random in
      let (size, input) = (random.size(1...14), [random.pick(1...4), random.pick(1...12), random.pick(1...40)])
      return OperatorCase("resize to \(size)", input) { x, _ in
        [
          "nearest": x.resized(to: size, .nearest), "edges": x.resized(to: size, .bilinear(alignCorners: false)),
          "corners": x.resized(to: size, .bilinear(alignCorners: true)), "bins": x.adaptiveAveragePool(to: size),
          "doubled": x.resized(to: Size(height: 2 * input[1], width: 2 * input[2]), .nearest),
        ]
      }
    })
  func resize(_ operatorCase: OperatorCase) throws { try operatorCase.check() }

  @Test("bilinear samples at positions, also outside", arguments: [true, false], [1, 3, 7])
  func gridSample(alignCorners: Bool, side: Int) throws {
    try OperatorCase("grid sample", [3, side, 2 * side]) { x, scope in
      let positions = scope.parameter("positions", shape: [1, 4, 5, 2], .constant(0)) * 7
      let own = x.slice(axis: 1, 0..<2).transposed([0, 2, 3, 1])
      return [
        "fixed": x.sampled(at: positions, alignCorners: alignCorners),
        "own": x.sampled(at: own, alignCorners: alignCorners),
      ]
    }.check()
  }

  @Test("softmax over every axis", arguments: 1..<4, [[3, 4, 5], [1, 17, 1], [33, 1, 2], [2, 3, 40]])
  func softmax(axis: Int, input: [Int]) throws {
    try OperatorCase("softmax over \(axis)", input) { x, _ in ["y": (x * 5).softmax(axis: axis)] }.check()
  }

  @Test(
    "reductions over every set of axes", arguments: Reduction.allCases,
    [[1], [2], [3], [1, 2], [2, 3], [1, 3], [3, 1], [1, 2, 3], []])
  func reduction(_ reduction: Reduction, axes: [Int]) throws {
    for input in [[3, 4, 5], [5, 1, 70], [20, 3, 1]] {
      try OperatorCase("\(reduction) over \(axes)", input) { x, _ in
        [
          "kept": x.reduced(reduction, axes: axes, keepsAxes: true),
          // Axis 0 stays the batch.
          "dropped": x.reduced(reduction, axes: axes),
        ]
      }.check()
    }
  }

  @Test("norms", arguments: [[3, 4, 5], [40, 1, 1], [7, 3, 33]])
  func norms(_ input: [Int]) throws {
    try OperatorCase("norms", input) { x, scope in
      [
        "batch": (scope / "bn").batchNorm(x), "layer": (scope / "ln").layerNorm(x),
        "rectified": (scope / "bn2").batchNorm(x).relu(),
      ]
    }.check()
  }

  @Test(
    "moves: slices, gathers, transposes, paddings, concatenations",
    arguments: SplitMix64.cases(40, seed: 9) { random in
      let shape = (0..<3).map { _ in random.pick(1...6) }
      let (axis, order) = (
        random.pick(1...3), random.pick([[0, 1, 3, 2], [0, 2, 3, 1], [0, 3, 2, 1], [0, 2, 1, 3]])
      )
      let extent = shape[axis - 1]
      let start = random.pick(0...extent - 1)
      let (end, step) = (random.pick(start + 1...extent), random.pick(1...3))
      let indices = (0..<random.pick(1...9)).map { _ in random.pick(0...extent - 1) }
      let (before, after) = (
        [0] + (0..<3).map { _ in random.pick(0...2) }, [0] + (0..<3).map { _ in random.pick(0...2) }
      )
      return OperatorCase("moves on axis \(axis)", shape) { x, scope in
        let y = x + 1
        let part = y.slice(axis: axis, start..<end, step: step)
        return [
          "slice": part, "gather": y.gathered(axis: axis, indices: indices), "transpose": y.transposed(order),
          "pad": y.padded(before: before, after: after, value: -1.5), "concat": scope.concat([y, part, x], axis: axis),
        ]
      }
    })
  func moves(_ operatorCase: OperatorCase) throws { try operatorCase.check() }

  @Test("channel shuffle", arguments: [1, 2, 3, 6])
  func channelShuffle(groups: Int) throws {
    try OperatorCase("shuffle", [6, 3, 5]) { x, _ in ["y": (x * 2).channelShuffle(groups: groups)] }.check()
  }

  @Test("what only training does is the identity")
  func ofTraining() throws {
    try OperatorCase("dropout", [2, 3, 4]) { x, scope in
      ["y": (scope / "drop").dropout(x + 1, rate: 0.5).detached(), "x": (scope / "drop2").dropout(x, rate: 0.1)]
    }.check()
    try OperatorCase("detach", [2, 3, 4]) { x, _ in ["y": (x + 1).detached() * 2, "x": x.detached()] }.check()
  }
}
