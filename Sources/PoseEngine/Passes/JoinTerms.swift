import CPoseKernels
import PoseGraph

extension Program {
  /// Makes one step of sums of sums, where nobody else reads what is in between, and of what the first term is
  /// multiplied by. All terms are planes, as large as the sum or smaller by whole factors.
  func joiningTerms() -> Program {
    var program = self
    let readers = readers
    var steps: [Step?] = []
    var producers: [Graph.ValueID: Int] = [:]
    for var step in self.steps {
      if step.operation == .binary(.add), planewise(step) != nil {
        let isEven = shapes[step.inputs[0]] == shapes[step.inputs[1]]
        for operands in isEven ? [step.inputs, step.inputs.reversed()] : [step.inputs] {
          guard readers[operands[0]] == 1, let index = producers[operands[0]], let producer = steps[index],
            let joined = joined(producer, with: operands[1]), planewise(joined) != nil
          else { continue }
          steps[index] = nil
          (step.inputs, step.scaling) = (joined.inputs, joined.scaling)
          break
        }
      }
      producers[step.output] = steps.count
      steps.append(step)
    }
    program.steps = steps.compactMap(\.self)
    return program
  }

  /// The sum of what a step makes and of a term; nil where that takes another step.
  private func joined(_ step: Step, with term: Graph.ValueID) -> Step? {
    guard step.activation == nil else { return nil }
    var sum = step
    sum.operation = .binary(.add)
    switch step.operation {
    case .scalar(.multiply, let number):
      sum.inputs.append(term)
      sum.scaling = .number(number)
    case .binary(.multiply) where planes(of: step.inputs[1]).size == 1:
      sum.inputs.insert(term, at: 1)
      sum.scaling = .planes
    case .binary(.add):
      let terms = step.scaling == .planes ? step.inputs.count - 1 : step.inputs.count
      guard terms <= POSE_TERMS else { return nil }
      sum.inputs.insert(term, at: terms)
    default: return nil
    }
    return sum
  }
}
