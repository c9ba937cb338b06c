import PoseGraph

/// A slow interpreter of graphs in double precision: every operator as its definition reads, with no kernel, no fusion
/// and no plan. What the engine computes is checked against it.
struct ReferenceExecutor {
  let graph: Graph
  let checkpoint: Checkpoint

  /// The outputs of one image, `1 x ...`.
  func callAsFunction(_ image: [Float]) -> [Grid] {
    var values: [Graph.ValueID: Grid] = [:]
    for node in graph.nodes {
      let inputs = node.inputs.compactMap { values[$0] }
      let weights = node.parameters.map { id in
        Grid(graph.parameters[id].shape, (checkpoint[graph.parameters[id].name]?.floats ?? []).map(Double.init))
      }
      let shape = graph.shape(of: node.output)
      values[node.output] =
        node.operation == .input
        ? Grid(shape, image.map(Double.init)) : Self.evaluate(node.operation, inputs, weights, shape)
    }
    return graph.outputs.compactMap { values[$0.value] }
  }

  static func evaluate(_ operation: Operation, _ inputs: [Grid], _ weights: [Grid], _ shape: [Int]) -> Grid {
    let x = inputs.first ?? Grid([], [0])
    switch operation {
    case .input, .dropout, .detach: return x
    case .parameter: return weights[0]
    case .constant(let shape, let scalars): return Grid(shape, scalars.map(Double.init))
    case .convolution(let c):
      let joined = Grid(Convolution.weightShape(weights[0].shape), weights[0].values)
      return convolution(c, x, [joined] + weights.dropFirst(), shape)
    case .transposedConvolution(let c, _): return transposedConvolution(c, x, weights, shape)
    case .linear:
      return Grid(shape) { i in
        let bias = weights.count > 1 ? weights[1][i.suffix(1)] : 0
        return (0..<x.shape[x.shape.count - 1]).reduce(bias) {
          $0 + x[i.dropLast() + [$1]] * weights[0][[i.last!, $1]]
        }
      }
    case .batchNorm(let epsilon, _, _):
      return Grid(shape) { i in
        let c = [i[1]]
        return (x[i] - weights[2][c]) / (weights[3][c] + Double(epsilon)).squareRoot() * weights[0][c] + weights[1][c]
      }
    case .layerNorm(let epsilon):
      return Grid(shape) { i in
        let row = (0..<shape.last!).map { x[i.dropLast() + [$0]] }
        let mean = row.reduce(0, +) / Double(row.count)
        let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(row.count)
        let c = [i.last!]
        return (x[i] - mean) / (variance + Double(epsilon)).squareRoot() * weights[0][c] + weights[1][c]
      }
    case .unary(let function): return Grid(shape) { value(of: function, x[$0]) }
    case .binary(let function):
      return Grid(shape) { value(of: function, x[broadcast: $0], inputs[1][broadcast: $0]) }
    case .scalar(let function, let number): return Grid(shape) { value(of: function, x[$0], Double(number)) }
    case .matmul:
      let (a, b) = (x, inputs[1])
      return Grid(shape) { i in
        (0..<a.shape.last!).reduce(0) {
          $0 + a[broadcast: i.dropLast() + [$1]] * b[broadcast: i.dropLast(2) + [$1, i.last!]]
        }
      }
    case .softmax(let axis):
      return Grid(shape) { i in
        let row = (0..<shape[axis]).map { x[replacing(i, axis, $0)] }
        let top = row.max()!
        return exponential(x[i] - top) / row.reduce(0) { $0 + exponential($1 - top) }
      }
    case .pool(let pooling): return pool(pooling, x, shape)
    case .adaptiveAveragePool(let height, let width):
      return Grid(shape) { i in
        let ys = i[2] * x.shape[2] / height..<((i[2] + 1) * x.shape[2] + height - 1) / height
        let xs = i[3] * x.shape[3] / width..<((i[3] + 1) * x.shape[3] + width - 1) / width
        let sum = ys.reduce(0) { sum, y in xs.reduce(sum) { $0 + x[[i[0], i[1], y, $1]] } }
        return sum / Double(ys.count * xs.count)
      }
    case .resize(let resize): return Grid(shape) { resized(resize, x, $0) }
    case .reduce(let reduction, let axes, let keepsAxes):
      return Grid(shape) { i in
        var kept = i[...]
        let start = x.shape.indices.map { axes.contains($0) ? 0 : keepsAxes ? i[$0] : kept.removeFirst() }
        var row: [Double] = []
        Grid.forEachIndex(axes.map { x.shape[$0] }) { offsets in
          var at = start
          for (axis, offset) in zip(axes, offsets) { at[axis] = offset }
          row.append(x[at])
        }
        return switch reduction {
        case .sum: row.reduce(0, +)
        case .mean: row.reduce(0, +) / Double(row.count)
        case .max: row.max()!
        case .min: row.min()!
        }
      }
    case .concat(let axis):
      return Grid(shape) { i in
        var (at, part) = (i[axis], 0)
        while at >= inputs[part].shape[axis] {
          at -= inputs[part].shape[axis]
          part += 1
        }
        return inputs[part][replacing(i, axis, at)]
      }
    case .slice(let axis, let start, _, let step):
      return Grid(shape) { x[replacing($0, axis, start + $0[axis] * step)] }
    case .reshape: return Grid(shape, x.values)
    case .transpose(let order):
      return Grid(shape) { i in x[order.indices.map { axis in i[order.firstIndex(of: axis)!] }] }
    case .pad(let before, _, let value):
      return Grid(shape) { i in
        let at = zip(i, before).map { $0 - $1 }
        return zip(at, x.shape).allSatisfy { $0 >= 0 && $0 < $1 } ? x[at] : Double(value)
      }
    case .gather(let axis, let indices): return Grid(shape) { x[replacing($0, axis, indices[$0[axis]])] }
    case .gridSample(let alignCorners):
      return Grid(shape) { i in
        let (height, width) = (Double(x.shape[2]), Double(x.shape[3]))
        let (px, py) = (inputs[1][[i[0], i[2], i[3], 0]], inputs[1][[i[0], i[2], i[3], 1]])
        let column = alignCorners ? (px + 1) / 2 * (width - 1) : ((px + 1) * width - 1) / 2
        let row = alignCorners ? (py + 1) / 2 * (height - 1) : ((py + 1) * height - 1) / 2
        return bilinear(x, i, row, column)
      }
    }
  }

  private static func convolution(_ c: Convolution, _ x: Grid, _ weights: [Grid], _ shape: [Int]) -> Grid {
    let (inputs, outputs) = (x.shape[1] / c.groups, shape[1] / c.groups)
    return Grid(shape) { i in
      var sum = weights.count > 1 ? weights[1][[i[1]]] : 0
      for channel in 0..<inputs {
        for ky in 0..<c.kernel.height {
          for kx in 0..<c.kernel.width {
            let row = i[2] * c.stride.height - c.padding.height + ky * c.dilation.height
            let column = i[3] * c.stride.width - c.padding.width + kx * c.dilation.width
            let pixel = x.pixel([i[0], i[1] / outputs * inputs + channel, row, column])
            sum += weights[0][[i[1], channel, ky, kx]] * pixel
          }
        }
      }
      return sum
    }
  }

  private static func transposedConvolution(_ c: Convolution, _ x: Grid, _ weights: [Grid], _ shape: [Int]) -> Grid {
    let (inputs, outputs) = (x.shape[1] / c.groups, shape[1] / c.groups)
    var result = Grid(shape) { weights.count > 1 ? weights[1][[$0[1]]] : 0 }
    Grid.forEachIndex(x.shape) { i in
      for channel in 0..<outputs {
        for ky in 0..<c.kernel.height {
          for kx in 0..<c.kernel.width {
            let row = i[2] * c.stride.height - c.padding.height + ky * c.dilation.height
            let column = i[3] * c.stride.width - c.padding.width + kx * c.dilation.width
            guard row >= 0, row < shape[2], column >= 0, column < shape[3] else { continue }
            result[[i[0], i[1] / inputs * outputs + channel, row, column]] +=
              x[i] * weights[0][[i[1], channel, ky, kx]]
          }
        }
      }
    }
    return result
  }

  private static func pool(_ pooling: Pooling, _ x: Grid, _ shape: [Int]) -> Grid {
    Grid(shape) { i in
      let top = i[2] * pooling.stride.height - pooling.padding.height
      let left = i[3] * pooling.stride.width - pooling.padding.width
      var (inside, counted): ([Double], Double) = ([], 0)
      for row in top..<top + pooling.kernel.height {
        for column in left..<left + pooling.kernel.width {
          // Beyond the padding there is nothing: a rounded-up window is cut there.
          if row >= x.shape[2] + pooling.padding.height || column >= x.shape[3] + pooling.padding.width { continue }
          counted += 1
          if row >= 0, row < x.shape[2], column >= 0, column < x.shape[3] {
            inside.append(x[[i[0], i[1], row, column]])
          }
        }
      }
      if pooling.kind == .max { return inside.max()! }
      return inside.reduce(0, +) / (pooling.countsPadding ? counted : Double(inside.count))
    }
  }

  private static func resized(_ resize: Resize, _ x: Grid, _ i: [Int]) -> Double {
    func position(_ index: Int, _ input: Int, _ output: Int, alignCorners: Bool) -> Double {
      if alignCorners { return output > 1 ? Double(index * (input - 1)) / Double(output - 1) : 0 }
      // The nearest pixel stands in for what lies outside.
      return min(max((Double(index) + 0.5) * Double(input) / Double(output) - 0.5, 0), Double(input - 1))
    }
    let (height, width) = (x.shape[2], x.shape[3])
    switch resize.mode {
    case .nearest: return x[[i[0], i[1], i[2] * height / resize.size.height, i[3] * width / resize.size.width]]
    case .bilinear(let alignCorners):
      return bilinear(
        x, i, position(i[2], height, resize.size.height, alignCorners: alignCorners),
        position(i[3], width, resize.size.width, alignCorners: alignCorners))
    }
  }

  private static func bilinear(_ x: Grid, _ i: [Int], _ row: Double, _ column: Double) -> Double {
    let (top, left) = (Int(row.rounded(.down)), Int(column.rounded(.down)))
    let (fy, fx) = (row - Double(top), column - Double(left))
    func pixel(_ row: Int, _ column: Int) -> Double { x.pixel([i[0], i[1], row, column]) }
    return (pixel(top, left) * (1 - fx) + pixel(top, left + 1) * fx) * (1 - fy)
      + (pixel(top + 1, left) * (1 - fx) + pixel(top + 1, left + 1) * fx) * fy
  }

  private static func replacing(_ index: [Int], _ axis: Int, _ value: Int) -> [Int] {
    var index = index
    index[axis] = value
    return index
  }
}

/// Numbers by their indices.
struct Grid {
  let shape: [Int]
  private(set) var values: [Double]

  init(_ shape: [Int], _ values: [Double]) { (self.shape, self.values) = (shape, values) }

  init(_ shape: [Int], _ value: ([Int]) -> Double) {
    self.shape = shape
    values = []
    Self.forEachIndex(shape) { values.append(value($0)) }
  }

  subscript(index: some Collection<Int>) -> Double {
    get { values[offset(index)] }
    set { values[offset(index)] = newValue }
  }

  /// The value that a larger shape's index reads, NumPy's rule.
  subscript(broadcast index: [Int]) -> Double {
    self[zip(index.suffix(shape.count), shape).map { $1 == 1 ? 0 : $0 }]
  }

  /// Zero outside.
  func pixel(_ index: [Int]) -> Double {
    zip(index, shape).allSatisfy { $0 >= 0 && $0 < $1 } ? self[index] : 0
  }

  private func offset(_ index: some Collection<Int>) -> Int { zip(index, shape).reduce(0) { $0 * $1.1 + $1.0 } }

  static func forEachIndex(_ shape: [Int], _ body: ([Int]) -> Void) {
    guard !shape.contains(0) else { return }
    var index = Array(repeating: 0, count: shape.count)
    while true {
      body(index)
      var axis = shape.count - 1
      while axis >= 0 {
        index[axis] += 1
        if index[axis] < shape[axis] { break }
        index[axis] = 0
        axis -= 1
      }
      if axis < 0 { return }
    }
  }
}
