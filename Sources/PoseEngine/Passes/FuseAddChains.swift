import CPoseKernels
import PoseGraph

extension Program {
  /// Fuses chains of additions whose partial sums have no other reader into one sum, together with the product that its
  /// first term is. All terms are planes, as large as the sum or smaller by whole factors.
  func fuseAddChains() -> Program {
    var program = self
    let dataflow = dataflow
    var instructions: [Instruction?] = []
    var producers: [Graph.ValueID: Int] = [:]
    for var instruction in self.instructions {
      if instruction.operation == .binary(.add), planewise(instruction) != nil {
        let isEven = shapes[instruction.inputs[0]] == shapes[instruction.inputs[1]]
        for operands in isEven ? [instruction.inputs, instruction.inputs.reversed()] : [instruction.inputs] {
          guard dataflow.readCount(of: operands[0]) == 1, let index = producers[operands[0]],
            let producer = instructions[index],
            let sum = sum(producer, with: operands[1]), planewise(sum) != nil
          else { continue }
          instructions[index] = nil
          (instruction.inputs, instruction.scaling) = (sum.inputs, sum.scaling)
          break
        }
      }
      producers[instruction.output] = instructions.count
      instructions.append(instruction)
    }
    program.instructions = instructions.compactMap(\.self)
    return program
  }

  /// The sum of an instruction's result and a term; nil if the kernel cannot compute it.
  private func sum(_ instruction: Instruction, with term: Graph.ValueID) -> Instruction? {
    guard instruction.activation == nil else { return nil }
    var sum = instruction
    sum.operation = .binary(.add)
    switch instruction.operation {
    case .scalar(.multiply, let number):
      sum.inputs.append(term)
      sum.scaling = .number(number)
    case .binary(.multiply) where planes(of: instruction.inputs[1]).size == 1:
      sum.inputs.insert(term, at: 1)
      sum.scaling = .planes
    case .binary(.add):
      let terms = instruction.scaling == .planes ? instruction.inputs.count - 1 : instruction.inputs.count
      guard terms <= POSE_TERMS else { return nil }
      sum.inputs.insert(term, at: terms)
    default: return nil
    }
    return sum
  }
}
