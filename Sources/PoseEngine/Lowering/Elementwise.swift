import CPoseKernels
import PoseGraph

extension PlanBuilder {
  func unary(_ instruction: Program.Instruction, _ function: Unary) -> CompiledGroup.Run {
    let (x, out, count) = (address(instruction.inputs[0]), address(instruction.output), count(instruction.output))
    let (table, kernel) = (kernels.table, Optional(function).kernel)
    return { memory, part, parts in
      let mine = share(count, unit: 16, part, parts)
      table.unary(memory[x] + mine.lowerBound, memory[out] + mine.lowerBound, mine.count, kernel)
    }
  }

  mutating func scalar(_ instruction: Program.Instruction, _ function: Binary, _ number: Float) -> CompiledGroup.Run {
    let (x, out, count) = (address(instruction.inputs[0]), address(instruction.output), count(instruction.output))
    let (table, kernel, activation) = (kernels.table, function.kernel, instruction.activation.kernel)
    let number = store([number])
    return { memory, part, parts in
      let mine = share(count, unit: 16, part, parts)
      table.binary(
        memory[x] + mine.lowerBound, 1, memory[number], 0, memory[out] + mine.lowerBound, mine.count, kernel,
        activation)
    }
  }

  mutating func unaryPlanes(_ instruction: Program.Instruction, _ function: Unary) -> PlaneRun {
    let size = program.planes(of: instruction.output).size
    let (x, out) = (planes(instruction.inputs[0]), planes(instruction.output))
    let (table, kernel) = (kernels.table, Optional(function).kernel)
    return { memory, planes in
      let (from, to) = (memory.table(x, from: planes.lowerBound), memory.table(out, from: planes.lowerBound))
      for plane in 0..<planes.count {
        table.unary(memory[x] + Int(from[plane]), memory[out] + Int(to[plane]), size, kernel)
      }
    }
  }

  mutating func scalarPlanes(_ instruction: Program.Instruction, _ function: Binary, _ number: Float) -> PlaneRun {
    let size = program.planes(of: instruction.output).size
    let (x, out, number) = (planes(instruction.inputs[0]), planes(instruction.output), store([number]))
    let (table, kernel, activation) = (kernels.table, function.kernel, instruction.activation.kernel)
    return { memory, planes in
      let (from, to) = (memory.table(x, from: planes.lowerBound), memory.table(out, from: planes.lowerBound))
      for plane in 0..<planes.count {
        table.binary(
          memory[x] + Int(from[plane]), 1, memory[number], 0, memory[out] + Int(to[plane]), size, kernel, activation)
      }
    }
  }

  /// A batch norm that found no convolution: one multiply-add a number.
  mutating func channelAffine(_ instruction: Program.Instruction) -> PlaneRun {
    let size = program.planes(of: instruction.output).size
    let (scale, shift) = (store(instruction.weights[0]), store(instruction.weights[1]))
    let (x, out) = (planes(instruction.inputs[0]), planes(instruction.output))
    let (table, activation) = (kernels.table, instruction.activation.kernel)
    return { memory, planes in
      let (from, to) = (memory.table(x, from: planes.lowerBound), memory.table(out, from: planes.lowerBound))
      for plane in 0..<planes.count {
        let channel = planes.lowerBound + plane
        table.affine(
          memory[x] + Int(from[plane]), memory[scale][channel], memory[shift][channel], memory[out] + Int(to[plane]),
          size, activation)
      }
    }
  }

  /// A function of two values plane by plane; the second one's planes may be smaller.
  mutating func binaryPlanes(_ instruction: Program.Instruction, _ function: Binary) -> PlaneRun {
    let (a, b, out) = (planes(instruction.inputs[0]), planes(instruction.inputs[1]), planes(instruction.output))
    let (table, kernel, activation) = (kernels.table, function.kernel, instruction.activation.kernel)
    let size = program.planes(of: instruction.output).size
    let (large, small) = (shape(instruction.inputs[0]), shape(instruction.inputs[1]))
    let isUpsampled = large != small
    let (height, width) = isUpsampled ? (large[2], large[3]) : (1, size)
    let (bHeight, bWidth) = isUpsampled ? (small[2], small[3]) : (1, size)
    return { memory, planes in
      let first = planes.lowerBound
      table.binary_broadcast(
        memory[a], memory.table(a, from: first), memory[b], memory.table(b, from: first), memory[out],
        memory.table(out, from: first), planes.count, height, width, bHeight, bWidth, kernel, activation)
    }
  }

  mutating func binary(_ instruction: Program.Instruction, _ function: Binary) throws(EngineError) -> CompiledGroup.Run
  {
    let loop = try BroadcastLoop(
      shape(instruction.inputs[0]), shape(instruction.inputs[1]), to: shape(instruction.output)
    ) { count throws(EngineError) in try keep(count, of: (a: Int, b: Int).self) }
    let (a, b, out) = (address(instruction.inputs[0]), address(instruction.inputs[1]), address(instruction.output))
    let (table, kernel, activation) = (kernels.table, function.kernel, instruction.activation.kernel)
    let (inner, rows) = (loop.inner, loop.rows)
    if rows.count == 1 {
      let count = inner.count
      return { memory, part, parts in
        let mine = share(count, unit: 16, part, parts)
        table.binary(
          memory[a] + mine.lowerBound * inner.a, inner.a, memory[b] + mine.lowerBound * inner.b, inner.b,
          memory[out] + mine.lowerBound, mine.count, kernel, activation)
      }
    }
    return { memory, part, parts in
      for row in share(rows.count, part, parts) {
        table.binary(
          memory[a] + rows[row].a, inner.a, memory[b] + rows[row].b, inner.b, memory[out] + row * inner.count,
          inner.count, kernel, activation)
      }
    }
  }
}

/// Two shapes that broadcast, as rows in which each operand either advances with the output or stays where it is.
private struct BroadcastLoop {
  /// Floats in a row and the operands' strides, 0 or 1.
  var inner: (count: Int, a: Int, b: Int)
  /// Where each row starts in the operands.
  var rows: [(a: Int, b: Int)]

  /// - Parameter willKeep: called with the number of rows before they are made.
  init(
    _ a: [Int], _ b: [Int], to output: [Int], willKeep: (Int) throws(EngineError) -> Void
  ) throws(EngineError) {
    let pad = { (shape: [Int]) in Array(repeating: 1, count: output.count - shape.count) + shape }
    let (a, b) = (pad(a), pad(b))
    inner = (1, 1, 1)
    var axis = output.count
    // Axes join the row from the last on, as long as each operand keeps to what it does.
    var (stepA, stepB): (Int?, Int?) = (nil, nil)
    while axis > 0 {
      let extent = output[axis - 1]
      if extent != 1 {
        let (nextA, nextB) = (a[axis - 1] == 1 ? 0 : 1, b[axis - 1] == 1 ? 0 : 1)
        guard stepA == nil || (stepA == nextA && stepB == nextB) else { break }
        (stepA, stepB) = (nextA, nextB)
        inner.count *= extent
      }
      axis -= 1
    }
    (inner.a, inner.b) = (stepA ?? 1, stepB ?? 1)
    try willKeep(output.prefix(axis).reduce(1, *))
    rows = [(0, 0)]
    var strides = (a: a.dropFirst(axis).reduce(1, *), b: b.dropFirst(axis).reduce(1, *))
    for outer in (0..<axis).reversed() {
      let (extentA, extentB) = (a[outer], b[outer])
      let (strideA, strideB) = strides
      rows = (0..<output[outer]).flatMap { index in
        rows.map { ($0.a + (extentA == 1 ? 0 : index * strideA), $0.b + (extentB == 1 ? 0 : index * strideB)) }
      }
      strides = (strides.a * extentA, strides.b * extentB)
    }
  }
}
