import CPoseKernels
import PoseGraph

extension PlanBuilder {
  /// A sum of planes and of smaller ones that are enlarged, of which the first may be scaled; and a function of the sum.
  mutating func sum(_ step: Program.Step, and rectified: Program.Step? = nil) -> PlaneRun {
    let hasScales = step.scaling == .planes
    let width = area(step.output).width
    // The smallest first, as the kernel adds them up, so that pieces of rows are added up as the whole is.
    let terms = (hasScales ? step.inputs.dropLast() : step.inputs[...]).dropFirst()
      .map { (planes: planes($0), area: area($0), factor: area(step.output).height / max(area($0).height, 1)) }
      .sorted { $0.area.height < $1.area.height }
    let height = area(step.output).height
    let factor = terms.map(\.factor).filter { $0 < height }.max() ?? 1
    var results = [(planes: planes(step.output), function: step.activation.kernel, rows: rows(step.output))]
    if let rectified, case .unary(let function) = rectified.operation {
      results.append((planes(rectified.output), Optional(function).kernel, rows(rectified.output)))
    }
    let number: Address? = if case .number(let scale) = step.scaling { store([scale]) } else { nil }
    let scales = hasScales ? step.inputs.last.map { planes($0) } : nil
    let scale = number ?? scales?.first
    let (x, table) = (planes(step.inputs[0]), kernels.table)
    return { [results] memory, planes, bands in
      let first = planes.lowerBound
      withUnsafeTemporaryAllocation(of: pose_term.self, capacity: Int(POSE_TERMS)) { termBuffer in
        withUnsafeTemporaryAllocation(of: pose_result.self, capacity: Int(POSE_RESULTS)) { resultBuffer in
          forPieces(results[0].rows(bands), results[results.count - 1].rows(bands), of: factor, height: height) {
            piece in
            let start = piece.lowerBound * width
            for (index, term) in terms.enumerated() {
              termBuffer[index] = pose_term(
                x: memory[term.planes] + piece.lowerBound / term.factor * term.area.width,
                planes: memory.table(term.planes, from: first), height: max(piece.count / term.factor, 1),
                width: term.area.width)
            }
            var count = 0
            for result in results where result.rows(bands).contains(piece.lowerBound) {
              resultBuffer[count] = pose_result(
                out: memory[result.planes] + start, planes: memory.table(result.planes, from: first),
                f: result.function)
              count += 1
            }
            table.sum(
              memory[x] + start, memory.table(x, from: first), scale.map { UnsafePointer(memory[$0]) },
              scales.map { memory.table($0, from: first) }, termBuffer.baseAddress, terms.count,
              resultBuffer.baseAddress, count, planes.count, piece.count, width)
          }
        }
      }
    }
  }
}
