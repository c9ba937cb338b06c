import CPoseKernels
import PoseGraph

/// How a 3 x 3 convolution is made of fewer multiplications.
struct WinogradTiling: Sendable, Hashable {
  /// Outputs of a tile in each direction: 4 or 2.
  let tile: Int
  /// Rows of tiles, and tiles in a row.
  let rows: Int
  let across: Int

  var positions: Int { (tile + 2) * (tile + 2) }
  var count: Int { rows * across }

  /// The fastest tiling; nil if the convolution is as fast without one.
  init?(_ convolution: Convolution, channels: Int, output: [Int]) {
    guard convolution.kernel == 3, convolution.stride == 1, convolution.padding == 1, convolution.dilation == 1,
      convolution.groups == 1
    else { return nil }
    let (height, width) = (output[2], output[3])
    let pairs = Double(channels * output[1])
    // In vectors of 16 multiply-adds. Reading a weight takes half as long, so few pixels cannot use many positions.
    func products(_ positions: Int, columns: Int) -> Double {
      pairs * Double(positions) * (Double((columns + 15) / 16) + 0.5)
    }
    var (best, least) = (nil as WinogradTiling?, products(9, columns: height * width))
    for tile in [4, 2] {
      let tiling = WinogradTiling(tile: tile, rows: (height + tile - 1) / tile, across: (width + tile - 1) / tile)
      let vectors = tiling.rows * ((tiling.across + 15) / 16)
      let moves = Double((channels + output[1]) * vectors * tiling.positions * 5)
      let cost = products(tiling.positions, columns: tiling.count) + moves
      if cost < least { (best, least) = (tiling, cost) }
    }
    guard let best else { return nil }
    self = best
  }

  private init(tile: Int, rows: Int, across: Int) {
    self.tile = tile
    self.rows = rows
    self.across = across
  }
}

extension PlanBuilder {
  mutating func winogradConvolution(_ instruction: Program.Instruction, _ tiling: WinogradTiling) -> CompiledGroup.Run {
    let (input, output) = (shape(instruction.inputs[0]), shape(instruction.output))
    let (rows, depth, height, width) = (output[1], input[1], output[2], output[3])
    let products = (0..<tiling.positions).map { position in
      let weights = [Float](unsafeUninitializedCapacity: rows * depth) { weights, count in
        pose_winograd_weights(instruction.weights[0], rows * depth, tiling.tile, position, weights.baseAddress)
        count = rows * depth
      }
      return product(weights[...], rows: rows, depth: depth)
    }
    let bias = store(instruction.weights.count > 1 ? instruction.weights[1] : [], if: instruction.weights.count > 1)
    let (x, out) = (planes(instruction.inputs[0]), planes(instruction.output))
    let residual = instruction.inputs.count > 1 ? planes(instruction.inputs[1]) : nil
    let (table, activation) = (kernels.table, instruction.activation.kernel)

    // Rows of tiles whose inputs stay in L2, and fill the products' vectors where there are enough.
    let fitting = max(196_608 / (tiling.positions * depth * tiling.across), 1)
    let full = (48 + tiling.across - 1) / tiling.across
    let band = min(fitting, full, tiling.rows)
    let bands = (tiling.rows + band - 1) / band
    let columns = (band * tiling.across + 15) / 16 * 16
    let pitch = columns + 16
    // A line more, so that a tile's positions do not fall on the same lines of a cache.
    let (inputStep, resultStep) = (depth * pitch + 16, rows * pitch + 16)
    let inputTable = store(table: (0..<depth).map { Int32(truncatingIfNeeded: $0 * pitch) })
    let resultTable = store(table: (0..<rows).map { Int32(truncatingIfNeeded: $0 * pitch) })
    needScratch(tiling.positions * (inputStep + resultStep) + (products.first?.scratchCount ?? 0))
    return { memory, part, parts in
      let inputs = memory.scratch
      let results = inputs + tiling.positions * inputStep
      let scratch = results + tiling.positions * resultStep
      // Workers without a band of their own share its output channels.
      let splits = (parts + bands - 1) / bands
      for unit in share(bands * splits, part, parts) {
        let y = unit / splits * band
        let mine = share(rows, unit: products[0].panel, unit % splits, splits)
        guard !mine.isEmpty else { continue }
        let lines = min(band, tiling.rows - y)
        table.winograd_input(
          memory[x], memory.table(x), depth, height, width, y, lines, inputs, pitch, inputStep, tiling.tile)
        for position in products.indices {
          products[position](
            memory, bias: nil, Product.Rows(start: inputs + position * inputStep, table: memory.tables + inputTable),
            residual: nil,
            Product.Rows(start: results + position * resultStep, table: memory.tables + resultTable), rows: mine,
            columns: 0..<(lines * tiling.across + 15) / 16 * 16, POSE_IDENTITY, scratch: scratch)
        }
        table.winograd_output(
          results + mine.lowerBound * pitch, pitch, resultStep,
          bias.map { UnsafePointer(memory[$0] + mine.lowerBound) }, residual.map { UnsafePointer(memory[$0]) },
          residual.map { memory.table($0, from: mine.lowerBound) }, memory[out],
          memory.table(out, from: mine.lowerBound), mine.count, height, width, y, lines, activation, tiling.tile)
      }
    }
  }
}
