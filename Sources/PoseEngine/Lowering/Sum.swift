import CPoseKernels
import PoseGraph

extension PlanBuilder {
  /// A sum of planes, of which the first may be scaled and the others upsampled, and perhaps a function of the sum.
  mutating func sum(_ instruction: Program.Instruction, and function: Program.Instruction? = nil) -> PlaneRun {
    let hasScales = instruction.scaling == .planes
    let isPicture = shape(instruction.output).count == 4
    let (all, size) = (shape(instruction.output), program.planes(of: instruction.output).size)
    let (height, width) = isPicture ? (all[2], all[3]) : (1, size)
    let terms = (hasScales ? instruction.inputs.dropLast() : instruction.inputs[...]).dropFirst().map { value in
      let (shape, planes) = (shape(value), planes(value))
      return (planes: planes, height: isPicture ? shape[2] : 1, width: isPicture ? shape[3] : size)
    }
    var results = [(planes: planes(instruction.output), function: instruction.activation.kernel)]
    if let result = function, case .unary(let function) = result.operation {
      results.append((planes(result.output), Optional(function).kernel))
    }
    let number: Address? = if case .number(let scale) = instruction.scaling { store([scale]) } else { nil }
    let scales = hasScales ? instruction.inputs.last.map { planes($0) } : nil
    let scale = number ?? scales?.first
    let (x, table) = (planes(instruction.inputs[0]), kernels.table)
    return { [results] memory, planes in
      let first = planes.lowerBound
      withUnsafeTemporaryAllocation(of: pose_term.self, capacity: Int(POSE_TERMS)) { termBuffer in
        for (index, term) in terms.enumerated() {
          termBuffer[index] = pose_term(
            x: memory[term.planes], planes: memory.table(term.planes, from: first), height: term.height,
            width: term.width)
        }
        withUnsafeTemporaryAllocation(of: pose_result.self, capacity: Int(POSE_RESULTS)) { resultBuffer in
          for (index, result) in results.enumerated() {
            resultBuffer[index] = pose_result(
              out: memory[result.planes], planes: memory.table(result.planes, from: first), f: result.function)
          }
          table.sum(
            memory[x], memory.table(x, from: first), scale.map { UnsafePointer(memory[$0]) },
            scales.map { memory.table($0, from: first) }, termBuffer.baseAddress, terms.count, resultBuffer.baseAddress,
            results.count, planes.count, height, width)
        }
      }
    }
  }
}
