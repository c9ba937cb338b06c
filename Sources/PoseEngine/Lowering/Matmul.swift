import CPoseKernels
import PoseGraph

extension PlanBuilder {
  /// `x` times transposed weights: each worker packs its own rows of `x`.
  mutating func linear(_ instruction: Program.Instruction) -> CompiledGroup.Run {
    let inputs = shape(instruction.inputs[0]).last ?? 0
    let features = shape(instruction.output).last ?? 0
    let rows = inputs > 0 ? count(instruction.inputs[0]) / inputs : 0
    let weights = store((0..<inputs).flatMap { i in (0..<features).map { instruction.weights[0][$0 * inputs + i] } })
    let bias = store(instruction.weights.count > 1 ? instruction.weights[1] : [], if: instruction.weights.count > 1)
    let (x, out) = (address(instruction.inputs[0]), address(instruction.output))
    let (table, activation) = (kernels.table, instruction.activation.kernel)
    let block = 32
    needScratch(pose_packed_count(block, inputs, table.panel))
    let weightRows = store(table: (0..<inputs).map { Int32(truncatingIfNeeded: $0 * features) })
    let outRows = store(table: (0..<block).map { Int32(truncatingIfNeeded: $0 * features) })
    return { memory, part, parts in
      // Many rows are shared out as rows, few as features.
      let sharesRows = rows >= parts * 4
      let mine = sharesRows ? share(rows, part, parts) : 0..<rows
      let columns = sharesRows ? 0..<features : share(features, unit: 16, part, parts)
      guard !columns.isEmpty else { return }
      for first in stride(from: mine.lowerBound, to: mine.upperBound, by: block) {
        let count = min(block, mine.upperBound - first)
        pose_pack(memory[x] + first * inputs, count, inputs, inputs, table.panel, memory.scratch)
        table.gemm(
          memory.scratch, nil, memory[weights], memory.tables + weightRows, nil, nil, memory[out] + first * features,
          memory.tables + outRows, inputs, 0, count, columns.lowerBound, columns.upperBound,
          bias == nil ? activation : POSE_IDENTITY)
        guard let bias else { continue }
        for row in first..<first + count {
          let out = memory[out] + row * features + columns.lowerBound
          table.binary(out, 1, memory[bias] + columns.lowerBound, 1, out, columns.count, POSE_ADD, activation)
        }
      }
    }
  }

  mutating func matmul(_ instruction: Program.Instruction) throws(EngineError) -> CompiledGroup.Run {
    let (a, b, output) = (shape(instruction.inputs[0]), shape(instruction.inputs[1]), shape(instruction.output))
    let (rows, depth, columns) = (output[output.count - 2], a[a.count - 1], output[output.count - 1])
    let batches = output.dropLast(2).reduce(1, *)
    // Where each product of the batch finds its matrices.
    let batch = Array(output.dropLast(2))
    try keep(batches, of: (a: Int, b: Int).self)
    let offsets = (0..<batches).map { index in
      (
        a: offset(of: index, in: batch, shape: a.dropLast(2), unit: rows * depth),
        b: offset(of: index, in: batch, shape: b.dropLast(2), unit: depth * columns)
      )
    }
    let block = 32
    let blocks = (rows + block - 1) / block
    let table = kernels.table
    needScratch(pose_packed_count(block, depth, table.panel))
    let rightRows = store(table: (0..<depth).map { Int32(truncatingIfNeeded: $0 * columns) })
    let outRows = store(table: (0..<block).map { Int32(truncatingIfNeeded: $0 * columns) })
    let (left, right, out) = (
      address(instruction.inputs[0]), address(instruction.inputs[1]), address(instruction.output)
    )
    return { memory, part, parts in
      // Many blocks of rows are shared out as such, few as columns.
      let sharesBlocks = batches * blocks >= parts * 4
      let mine = sharesBlocks ? share(batches * blocks, part, parts) : 0..<batches * blocks
      let ours = sharesBlocks ? 0..<columns : share(columns, unit: 16, part, parts)
      guard !ours.isEmpty else { return }
      for unit in mine {
        let (index, first) = (unit / blocks, unit % blocks * block)
        let count = min(block, rows - first)
        pose_pack(memory[left] + offsets[index].a + first * depth, count, depth, depth, table.panel, memory.scratch)
        table.gemm(
          memory.scratch, nil, memory[right] + offsets[index].b, memory.tables + rightRows, nil, nil,
          memory[out] + (index * rows + first) * columns, memory.tables + outRows, depth, 0, count, ours.lowerBound,
          ours.upperBound, POSE_IDENTITY)
      }
    }
  }

  /// Where the entry that a flat index of a broadcast shape means starts in a smaller shape.
  private func offset(of index: Int, in batch: [Int], shape: ArraySlice<Int>, unit: Int) -> Int {
    var (rest, stride, offset) = (index, unit, 0)
    let shape = Array(shape)
    for axis in batch.indices.reversed() {
      let position = rest % batch[axis]
      rest /= batch[axis]
      let own = axis - (batch.count - shape.count)
      guard own >= 0 else { continue }
      if shape[own] != 1 { offset += position * stride }
      stride *= shape[own]
    }
    return offset
  }
}
