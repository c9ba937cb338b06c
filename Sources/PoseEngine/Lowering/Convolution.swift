import CPoseKernels
import PoseGraph

extension PlanBuilder {
  /// A product of weights with pixels, or with the windows around them.
  mutating func convolution(_ instruction: Program.Instruction, _ convolution: Convolution) -> CompiledGroup.Run {
    if convolution.isPointwise { return pointwise(instruction) }
    let (input, output) = (shape(instruction.inputs[0]), shape(instruction.output))
    // Numbers of few bits would lose more in the tiles than the products save.
    if precision.reducedProduct == nil, let tiling = WinogradTiling(convolution, channels: input[1], output: output) {
      return winogradConvolution(instruction, tiling)
    }
    let groups = convolution.groups
    let (rows, channels) = (output[1] / groups, input[1] / groups)
    let taps = convolution.kernel.height * convolution.kernel.width
    let depth = channels * taps
    let products = (0..<groups).map { group in
      product(instruction.weights[0][group * rows * depth..<(group + 1) * rows * depth], rows: rows, depth: depth)
    }
    let bias = store(instruction.weights.count > 1 ? instruction.weights[1] : [], if: instruction.weights.count > 1)
    let (x, out) = (planes(instruction.inputs[0]), planes(instruction.output))
    let residual = instruction.inputs.count > 1 ? planes(instruction.inputs[1]) : nil
    let (table, activation) = (kernels.table, instruction.activation.kernel)

    // A band of output rows at a time, so that its columns stay in L2.
    let window = pose_window(convolution, input: input, output: output)
    let width = output[3]
    // Rows that do not fill the kernels' vectors are multiplied many at a time, side by side.
    let joinsRows = width % 48 != 0 && width < 96
    let most = joinsRows ? max(131072 / max(depth * width, 1), 1) : output[2]
    let band = min(bandRows(window, channels: channels), most)
    let bands = (output[2] + band - 1) / band
    let bandTables = store(bandTablesFor: window, channels: channels, rows: band)
    var bandWindow = window
    let bandCount = (channels * pose_band_count(&bandWindow, band) + 15) / 16 * 16
    let pitch = pose_band_pitch(&bandWindow)
    let columnTable = joinsRows ? store(table: (0..<depth).map { Int32(truncatingIfNeeded: $0 * band * width) }) : 0
    let columnCount = joinsRows ? (depth * band * width + 15) / 16 * 16 : 0
    needScratch(bandCount + columnCount + (products.first?.scratchCount ?? 0))
    return { memory, part, parts in
      var window = window
      // Workers without a band of their own share its output channels.
      let splits = (parts + groups * bands - 1) / (groups * bands)
      for unit in share(groups * bands * splits, part, parts) {
        let (group, y) = (unit / splits / bands, unit / splits % bands * band)
        let mine = share(rows, unit: products[group].panel, unit % splits, splits)
        guard !mine.isEmpty else { continue }
        table.band(
          memory[x], memory.table(x, from: group * channels), channels, &window, y, band, memory.scratch)
        let bias = bias.map { UnsafePointer(memory[$0] + group * rows) }
        let count = min(band, output[2] - y)
        let columns = memory.scratch + bandCount
        if joinsRows {
          pose_band_columns(
            memory.scratch, memory.tables + bandTables, depth, count, pitch, width, columns, band * width)
        }
        for row in 0..<(joinsRows ? 1 : count) {
          let start = (y + row) * width
          products[group](
            memory, bias: bias,
            joinsRows
              ? Product.Rows(start: columns, table: memory.tables + columnTable)
              : Product.Rows(start: memory.scratch + row * pitch, table: memory.tables + bandTables),
            residual: residual.map {
              Product.Rows(start: memory[$0] + start, table: memory.table($0, from: group * rows))
            },
            Product.Rows(start: memory[out] + start, table: memory.table(out, from: group * rows)), rows: mine,
            columns: 0..<(joinsRows ? count * width : width), activation, scratch: columns + columnCount)
        }
      }
    }
  }

  /// Output rows whose band fits into a quarter of a megabyte, a part of any L2 cache.
  private func bandRows(_ window: pose_window, channels: Int) -> Int {
    var window = window
    var rows = 1
    while rows < window.out_height, channels * pose_band_count(&window, rows + 1) <= 65536 { rows += 1 }
    // All bands alike, and as many as two or four workers share out evenly.
    var bands = (window.out_height + rows - 1) / max(rows, 1)
    if bands > 1, window.out_height % 4 == 0 { bands = (bands + 3) / 4 * 4 }
    return bands > 0 ? (window.out_height + bands - 1) / bands : 1
  }

  /// Where each tap of each channel starts in a band.
  private mutating func store(bandTablesFor window: pose_window, channels: Int, rows: Int) -> Int {
    var window = window
    let count = pose_band_count(&window, rows)
    var table: [Int32] = []
    for channel in 0..<channels {
      for ky in 0..<window.kernel_height {
        for kx in 0..<window.kernel_width {
          table.append(Int32(truncatingIfNeeded: channel * count + pose_band_tap(&window, rows, ky, kx)))
        }
      }
    }
    return store(table: table)
  }

  private mutating func pointwise(_ instruction: Program.Instruction) -> CompiledGroup.Run {
    let (rows, depth) = (shape(instruction.output)[1], shape(instruction.inputs[0])[1])
    let pixels = program.planes(of: instruction.output).size
    let bias = store(instruction.weights.count > 1 ? instruction.weights[1] : [], if: instruction.weights.count > 1)
    let (table, activation) = (kernels.table, instruction.activation.kernel)
    if pixels == 1, instruction.inputs.count == 1, program.isWhole(instruction.inputs[0], views) {
      let packed = store(kernels.packDense(instruction.weights[0], rows: rows, columns: depth))
      let (x, out) = (address(instruction.inputs[0]), address(instruction.output))
      return { memory, part, parts in
        let mine = share(rows, unit: POSE_DENSE_PANEL, part, parts)
        guard !mine.isEmpty else { return }
        table.dense(
          memory[packed] + mine.lowerBound * depth, bias.map { UnsafePointer(memory[$0] + mine.lowerBound) }, memory[x],
          memory[out] + mine.lowerBound, depth, mine.count, activation)
      }
    }
    let product = product(instruction.weights[0][...], rows: rows, depth: depth)
    needScratch(product.scratchCount)
    let (x, out) = (planes(instruction.inputs[0]), planes(instruction.output))
    let residual = instruction.inputs.count > 1 ? planes(instruction.inputs[1]) : nil
    return { memory, part, parts in
      let mine = tile(rows: rows, unit: product.panel, columns: pixels, part, parts)
      guard !mine.rows.isEmpty, !mine.columns.isEmpty else { return }
      product(
        memory, bias: bias.map { UnsafePointer(memory[$0]) },
        Product.Rows(start: memory[x], table: memory.table(x)),
        residual: residual.map { Product.Rows(start: memory[$0], table: memory.table($0)) },
        Product.Rows(start: memory[out], table: memory.table(out)), rows: mine.rows, columns: mine.columns, activation,
        scratch: memory.scratch)
    }
  }

  mutating func depthwise(_ instruction: Program.Instruction, _ convolution: Convolution) -> PlaneRun {
    var window = pose_window(convolution, input: shape(instruction.inputs[0]), output: shape(instruction.output))
    needScratch(pose_depthwise_scratch(&window))
    let taps = convolution.kernel.height * convolution.kernel.width
    let weights = store(instruction.weights[0])
    let bias = store(instruction.weights.count > 1 ? instruction.weights[1] : [], if: instruction.weights.count > 1)
    let (x, out) = (planes(instruction.inputs[0]), planes(instruction.output))
    let (table, activation) = (kernels.table, instruction.activation.kernel)
    return { [window] memory, planes in
      var window = window
      table.depthwise(
        memory[weights] + planes.lowerBound * taps, bias.map { UnsafePointer(memory[$0] + planes.lowerBound) },
        memory[x], memory.table(x, from: planes.lowerBound), memory[out], memory.table(out, from: planes.lowerBound),
        planes.count, &window, memory.scratch, activation)
    }
  }

  /// Several depthwise convolutions of the same planes, which are read once.
  mutating func sharedDepthwise(_ instructions: [Program.Instruction], _ convolution: Convolution) -> PlaneRun {
    var window = pose_window(
      convolution, input: shape(instructions[0].inputs[0]), output: shape(instructions[0].output))
    needScratch(pose_depthwise_scratch(&window))
    let taps = convolution.kernel.height * convolution.kernel.width
    let filters = instructions.map { instruction in
      (
        weights: store(instruction.weights[0]),
        bias: store(instruction.weights.count > 1 ? instruction.weights[1] : [], if: instruction.weights.count > 1),
        out: planes(instruction.output), activation: instruction.activation.kernel
      )
    }
    let (x, table) = (planes(instructions[0].inputs[0]), kernels.table)
    return { [window] memory, planes in
      var window = window
      withUnsafeTemporaryAllocation(of: pose_filter.self, capacity: Int(POSE_FILTERS)) { buffer in
        for (index, filter) in filters.enumerated() {
          buffer[index] = pose_filter(
            w: memory[filter.weights] + planes.lowerBound * taps,
            bias: filter.bias.map { UnsafePointer(memory[$0] + planes.lowerBound) }, out: memory[filter.out],
            out_planes: memory.table(filter.out, from: planes.lowerBound), f: filter.activation)
        }
        table.depthwise_multi(
          buffer.baseAddress, filters.count, memory[x], memory.table(x, from: planes.lowerBound), planes.count, &window,
          memory.scratch)
      }
    }
  }

  mutating func transposedConvolution(_ instruction: Program.Instruction, _ convolution: Convolution)
    -> CompiledGroup.Run
  {
    let (input, output) = (shape(instruction.inputs[0]), shape(instruction.output))
    let groups = convolution.groups
    let (channels, rows) = (input[1] / groups, output[1] / groups)
    let taps = convolution.kernel.height * convolution.kernel.width
    let pixels = input[2] * input[3]
    // A few output channels at a time: the products of their taps with all input pixels, added up where they fall.
    let block = min(rows, 8)
    let blocks = (rows + block - 1) / block
    let packed = (0..<groups * blocks).map { unit in
      let (group, first) = (unit / blocks, unit % blocks * block)
      let count = min(block, rows - first) * taps
      let weights = (0..<count).flatMap { row in
        (0..<channels).map { instruction.weights[0][(group * channels + $0) * rows * taps + first * taps + row] }
      }
      return store(kernels.pack(weights[...], rows: count, columns: channels))
    }
    needScratch(block * taps * pixels)
    // The window of the convolution whose transpose this is.
    let window = pose_window(convolution, input: output, output: input)
    let (x, out) = (planes(instruction.inputs[0]), address(instruction.output))
    let productRows = store(table: (0..<block * taps).map { Int32(truncatingIfNeeded: $0 * pixels) })
    let bias = store(instruction.weights.count > 1 ? instruction.weights[1] : [], if: instruction.weights.count > 1)
    let (table, activation) = (kernels.table, instruction.activation.kernel)
    let area = output[2] * output[3]
    return { memory, part, parts in
      var window = window
      for unit in share(groups * blocks, part, parts) {
        let (group, first) = (unit / blocks, unit % blocks * block)
        let count = min(block, rows - first)
        table.gemm(
          memory[packed[unit]], nil, memory[x], memory.table(x, from: group * channels), nil, nil, memory.scratch,
          memory.tables + productRows, channels, 0, count * taps, 0, pixels, POSE_IDENTITY)
        let channel = group * rows + first
        let out = memory[out] + channel * area
        pose_col2im(memory.scratch, count, &window, bias.map { UnsafePointer(memory[$0] + channel) }, out)
        if activation != POSE_IDENTITY { table.unary(out, out, count * area, activation) }
      }
    }
  }
}

/// One worker's tile of a matrix: rows in whole units, columns in whole vectors, all workers' about alike.
@inline(__always)
private func tile(
  rows: Int, unit: Int, columns: Int, _ part: Int, _ parts: Int
) -> (rows: Range<Int>, columns: Range<Int>) {
  guard parts > 1 else { return (0..<rows, 0..<columns) }
  let (panels, blocks) = ((rows + unit - 1) / unit, (columns + 15) / 16)
  var (best, least) = (1, Int.max)
  // As many groups of rows as make the largest tile smallest.
  for groups in 1...parts where parts % groups == 0 {
    let across = parts / groups
    let size = ((panels + groups - 1) / groups) * ((blocks + across - 1) / across)
    if size < least { (best, least) = (groups, size) }
  }
  let across = parts / best
  return (share(rows, unit: unit, part / across, best), share(columns, unit: 16, part % across, across))
}

extension pose_window {
  init(_ convolution: Convolution, input: [Int], output: [Int]) {
    self.init(
      in_height: input[2], in_width: input[3], out_height: output[2], out_width: output[3],
      kernel_height: convolution.kernel.height, kernel_width: convolution.kernel.width,
      stride_height: convolution.stride.height, stride_width: convolution.stride.width,
      pad_height: convolution.padding.height, pad_width: convolution.padding.width,
      dilation_height: convolution.dilation.height, dilation_width: convolution.dilation.width)
  }
}
