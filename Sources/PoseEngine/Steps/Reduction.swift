import CPoseKernels
import PoseGraph

// Operators over contiguous rows; the compiler moved their axes last.
extension PlanBuilder {
  func softmax(_ step: Program.Step) -> PlannedStep.Run {
    let (length, rows) = rows(of: step.output)
    let (x, out, table) = (address(step.inputs[0]), address(step.output), kernels.table)
    return { memory, part, parts in
      for row in share(rows, part, parts) {
        table.softmax(memory[x] + row * length, memory[out] + row * length, length)
      }
    }
  }

  mutating func layerNorm(_ step: Program.Step, epsilon: Float) -> PlannedStep.Run {
    let (length, rows) = rows(of: step.output)
    let (weight, bias) = (store(step.weights[0]), store(step.weights[1]))
    let (x, out, table) = (address(step.inputs[0]), address(step.output), kernels.table)
    return { memory, part, parts in
      for row in share(rows, part, parts) {
        table.layer_norm(
          memory[x] + row * length, memory[weight], memory[bias], epsilon, memory[out] + row * length, length)
      }
    }
  }

  func reduce(_ step: Program.Step, _ reduction: Reduction) -> PlannedStep.Run {
    let rows = count(step.output)
    let length = rows > 0 ? count(step.inputs[0]) / rows : 0
    let (x, out) = (address(step.inputs[0]), address(step.output))
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
