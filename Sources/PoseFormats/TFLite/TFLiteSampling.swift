import PoseCore
import PoseGraph

// Pooling and resizing, of which TensorFlow Lite knows fewer forms than PyTorch. All of them have their channels last.
extension TFLiteGraphWriter {
  mutating func pool(_ node: Graph.Node, _ pooling: Pooling) throws(TFLiteError) -> TFLiteValue {
    let (input, output) = (extents(node.inputs[0]), extents(node.output))
    let window = TFLiteWindow(input, output, kernel: pooling.kernel, stride: pooling.stride, padding: pooling.padding)
    let x = try value(node.inputs[0], in: TFLiteLayout.channelsLast)
    let shape = TFLiteLayout.channelsLast.map { output[$0] }
    let operation: TFLiteOperator = pooling.kind == .max ? .maxPool : .averagePool
    let options = { (padding: TFLitePadding) in
      TFLiteOptions.pool(padding, kernel: window.reach, stride: window.stride)
    }
    // TensorFlow Lite's own padding never counts in an average.
    let counts = pooling.kind == .average && pooling.countsPadding && window.before != [0, 0]
    if let padding = window.padding, !counts {
      let result = emit(operation, [tensor(x)], shape, options(padding))
      return TFLiteValue(tensor: result, shape: shape, order: TFLiteLayout.channelsLast)
    }
    let border = padded(x, window, pooling.kind == .max ? -Float.greatestFiniteMagnitude : 0)
    var result = emit(operation, [border], shape, options(.valid))
    if pooling.kind == .average, let factors = averageFactors(window, pooling) {
      let table = table("factors", [1, shape[1], shape[2], 1], factors)
      result = binary(.multiply, result, table, shape)
    }
    return TFLiteValue(tensor: result, shape: shape, order: TFLiteLayout.channelsLast)
  }

  /// What averages over whole windows are multiplied by, where windows reach over the border and then average fewer pixels; nil
  /// if none does.
  private func averageFactors(_ window: TFLiteWindow, _ pooling: Pooling) -> [Float]? {
    let factors = (0..<2).map { axis in
      (0..<window.output[axis]).map { place in
        let start = place * window.stride[axis] - window.before[axis]
        let padding = pooling.countsPadding ? window.before[axis] : 0
        let range = (start..<start + window.reach[axis]).clamped(to: -padding..<window.input[axis] + padding)
        return Float(window.reach[axis]) / Float(range.count)
      }
    }
    let table = factors[0].flatMap { row in factors[1].map { row * $0 } }
    return table.allSatisfy { $0 == 1 } ? nil : table
  }

  mutating func adaptiveAveragePool(_ node: Graph.Node) throws(TFLiteError) -> TFLiteValue {
    let (input, output) = (extents(node.inputs[0]), extents(node.output))
    if input == output { return try value(node.inputs[0]) }
    if output.suffix(2) == [1, 1] {
      let x = try value(node.inputs[0], in: TFLiteLayout.channelsLast)
      let shape = [output[0], 1, 1, output[1]]
      let result = emit(.mean, [tensor(x), constant([1, 2])], shape, .reduction(keepsAxes: true))
      return TFLiteValue(tensor: result, shape: shape, order: TFLiteLayout.channelsLast)
    }
    if input[2] % output[2] == 0, input[3] % output[3] == 0 {
      let window = Size(height: input[2] / output[2], width: input[3] / output[3])
      return try pool(node, Pooling(.average, kernel: window, stride: window))
    }
    // Bins of different sizes are averaged by linear layers: one of the columns, and one of the rows.
    var x = try value(node.inputs[0], in: [0, 1, 2, 3])
    for axis in [3, 2] {
      x = try ordered(x, TFLiteLayout.order(x.order, last: axis))
      let matrix = table(
        axis == 3 ? "columns" : "rows", [output[axis], input[axis]],
        averagingMatrix(from: input[axis], to: output[axis]))
      let source = tensor(x)
      x.shape[3] = output[axis]
      x.tensor = emit(
        .fullyConnected, [source, matrix], x.shape, .fullyConnected(keepsAxes: true, .none), version: 6)
    }
    return x
  }

  mutating func resize(_ node: Graph.Node, _ resize: Resize) throws(TFLiteError) -> TFLiteValue {
    let (input, output) = (extents(node.inputs[0]), extents(node.output))
    if input == output { return try value(node.inputs[0]) }
    var x = try value(node.inputs[0], in: TFLiteLayout.channelsLast)
    let shape = TFLiteLayout.channelsLast.map { output[$0] }
    let size = constant(Array(output.suffix(2)))
    switch resize.mode {
    case .bilinear(let alignCorners):
      let result = emit(
        .resizeBilinear, [tensor(x), size], shape, .resizeBilinear(alignCorners: alignCorners),
        version: alignCorners ? 1 : 3)
      return TFLiteValue(tensor: result, shape: shape, order: TFLiteLayout.channelsLast)
    case .nearest:
      let isExact = (2...3).allSatisfy { axis in
        // As TensorFlow Lite's kernel calculates it, in float32.
        let scale = Float(input[axis]) / Float(output[axis])
        return (0..<output[axis]).allSatisfy { Int(Float($0) * scale) == $0 * input[axis] / output[axis] }
      }
      if isExact {
        let result = emit(.resizeNearest, [tensor(x), size], shape, .resizeNearest)
        return TFLiteValue(tensor: result, shape: shape, order: TFLiteLayout.channelsLast)
      }
      for axis in 2...3 where input[axis] != output[axis] {
        x = gather(x, axis: axis, (0..<output[axis]).map { $0 * input[axis] / output[axis] })
      }
      return x
    }
  }

  // MARK: Samples

  /// Bilinear samples by the four pixels around each position, which are rows of the flattened picture. A border of zeros
  /// around the picture stands for all that lies outside.
  mutating func gridSample(_ node: Graph.Node, alignCorners: Bool) throws(TFLiteError) -> TFLiteValue {
    let (input, output) = (extents(node.inputs[0]), extents(node.output))
    let image = try repeated(node.inputs[0], TFLiteLayout.channelsLast, like: node)
    let positions = try repeated(node.inputs[1], [0, 1, 2, 3], like: node)
    let shape = TFLiteLayout.channelsLast.map { output[$0] }
    let (rows, columns, channels) = (input[2] + 2, input[3] + 2, input[1])
    let bordered = [shape[0], rows, columns, channels]
    let border = pad(tensor(image), [0, 1, 1, 0], [0, 1, 1, 0], 0, bordered)
    let pixels = tensor(
      TFLiteValue(tensor: border, shape: [shape[0] * rows * columns, channels], order: [0, 1]))
    let across = near(positions, coordinate: 0, extent: input[3], alignCorners)
    let down = near(positions, coordinate: 1, extent: input[2], alignCorners)
    let each: [Int] = shape.dropLast() + [1]
    let images = integers((0..<shape[0]).map { $0 * rows * columns }, [shape[0], 1, 1, 1])
    let width = integers([columns], [])

    func corner(_ down: Int, _ across: Int, _ writer: inout TFLiteGraphWriter) -> Int {
      let options = { (operation: TFLiteOperator) in TFLiteOptions.binary(operation, .none) }
      let row = writer.emit(.multiply, [down, width], each, options(.multiply), .int32)
      let place = writer.emit(.add, [row, across], each, options(.add), .int32)
      let index = writer.emit(.add, [place, images], each, options(.add), .int32)
      let flat = writer.tensor(TFLiteValue(tensor: index, shape: shape.dropLast(), order: [0, 1, 2]))
      return writer.emit(.gather, [pixels, flat], shape, .gather(axis: 0))
    }
    /// Between two tensors, by the weight of the second.
    func between(_ first: Int, _ second: Int, _ weight: Int, _ writer: inout TFLiteGraphWriter) -> Int {
      let rest = writer.binary(.subtract, writer.number(1), weight, each)
      return writer.binary(
        .add, writer.binary(.multiply, first, rest, shape), writer.binary(.multiply, second, weight, shape), shape)
    }
    var lines: [Int] = []
    for line in [down.first, down.second] {
      let (left, right) = (corner(line, across.first, &self), corner(line, across.second, &self))
      lines.append(between(left, right, across.weight, &self))
    }
    let result = between(lines[0], lines[1], down.weight, &self)
    return TFLiteValue(tensor: result, shape: shape, order: TFLiteLayout.channelsLast)
  }

  /// The two pixels around each position, counted with the border, and the weight of the second.
  private mutating func near(
    _ positions: TFLiteValue, coordinate: Int, extent: Int, _ alignCorners: Bool
  ) -> (first: Int, second: Int, weight: Int) {
    let own = slice(positions, axis: 3, start: coordinate, end: coordinate + 1, step: 1)
    let shape = own.shape
    let scale = Float(alignCorners ? extent - 1 : extent) / 2
    let scaled = binary(.multiply, tensor(own), number(scale), shape)
    let place = binary(.add, scaled, number(Float(extent - 1) / 2), shape)
    let floor = emit(.floor, [place], shape)
    let weight = binary(.subtract, place, floor, shape)
    var ends: [Int] = []
    for shift: Float in [1, 2] {
      let moved = binary(.add, floor, number(shift), shape)
      let low = binary(.maximum, moved, number(0), shape)
      let high = binary(.minimum, low, number(Float(extent + 1)), shape)
      ends.append(emit(.cast, [high], shape, .cast(from: .float32, to: .int32), .int32))
    }
    return (ends[0], ends[1], weight)
  }
}
