import CPoseKernels
import PoseGraph

extension PlanBuilder {
  /// A sum of planes and of smaller ones that are enlarged, of which the first may be scaled.
  mutating func sum(_ step: Program.Step) -> PlaneRun {
    let hasPlanes = step.scaling == .planes
    let values = hasPlanes ? step.inputs.dropLast() : step.inputs[...]
    let size = program.planes(of: step.output).size
    let isPicture = shape(step.output).count == 4
    let (height, width) = isPicture ? (shape(step.output)[2], shape(step.output)[3]) : (1, size)
    let terms = values.dropFirst().map { value in
      (
        planes: planes(value), height: isPicture ? shape(value)[2] : 1, width: isPicture ? shape(value)[3] : size
      )
    }
    let number: Address? = if case .number(let scale) = step.scaling { store([scale]) } else { nil }
    let scales = hasPlanes ? step.inputs.last.map { planes($0) } : nil
    let (x, out) = (planes(step.inputs[0]), planes(step.output))
    let (table, activation) = (kernels.table, step.activation.kernel)
    return { memory, planes in
      let first = planes.lowerBound
      withUnsafeTemporaryAllocation(of: pose_term.self, capacity: Int(POSE_TERMS)) { buffer in
        for (index, term) in terms.enumerated() {
          buffer.initializeElement(
            at: index,
            to: pose_term(
              x: memory[term.planes], planes: memory.table(term.planes, from: first), height: term.height,
              width: term.width))
        }
        table.sum(
          memory[x], memory.table(x, from: first), number.map { UnsafePointer(memory[$0]) }
            ?? scales.map { UnsafePointer(memory[$0]) }, scales.map { memory.table($0, from: first) },
          buffer.baseAddress, terms.count, memory[out], memory.table(out, from: first), planes.count, height, width,
          activation)
      }
    }
  }
}
