import CPoseKernels
import PoseGraph

// Operators over contiguous rows; the compiler moved their axes last.
extension PlanBuilder {
  func softmax(_ instruction: Program.Instruction) -> CompiledGroup.Run {
    let (length, rows) = rows(of: instruction.output)
    let (x, out, table) = (address(instruction.inputs[0]), address(instruction.output), kernels.table)
    return { memory, part, parts in
      for row in share(rows, part, parts) {
        table.softmax(memory[x] + row * length, memory[out] + row * length, length)
      }
    }
  }

  mutating func layerNorm(_ instruction: Program.Instruction, epsilon: Float) -> CompiledGroup.Run {
    let (length, rows) = rows(of: instruction.output)
    let (weight, bias) = (store(instruction.weights[0]), store(instruction.weights[1]))
    let (x, out, table) = (address(instruction.inputs[0]), address(instruction.output), kernels.table)
    return { memory, part, parts in
      for row in share(rows, part, parts) {
        table.layer_norm(
          memory[x] + row * length, memory[weight], memory[bias], epsilon, memory[out] + row * length, length)
      }
    }
  }

  func reduce(_ instruction: Program.Instruction, _ reduction: Reduction) -> CompiledGroup.Run {
    let rows = count(instruction.output)
    let length = rows > 0 ? count(instruction.inputs[0]) / rows : 0
    let (x, out) = (address(instruction.inputs[0]), address(instruction.output))
    let (table, kernel) = (kernels.table, reduction.kernel)
    return { memory, part, parts in
      for row in share(rows, part, parts) { memory[out][row] = table.reduce(memory[x] + row * length, length, kernel) }
    }
  }

  private func rows(of value: Graph.ValueID) -> (length: Int, rows: Int) {
    let length = shape(value).last ?? 1
    return (length, length > 0 ? count(value) / length : 0)
  }
}
