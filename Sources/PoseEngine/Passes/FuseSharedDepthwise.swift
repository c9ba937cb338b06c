import CPoseKernels
import PoseGraph

extension Program {
  /// Fuses depthwise convolutions of the same input with the same window, up to as many as the kernel takes, so that
  /// the input is read once.
  func fuseSharedDepthwise() -> Program {
    var program = self
    program.instructions = []
    // The instruction that took each window's first convolution, and how many convolutions it has.
    var open: [Window: (place: Int, count: Int)] = [:]
    for instruction in instructions {
      guard let window = Window(instruction), planewise(instruction) != nil else {
        program.instructions.append(instruction)
        continue
      }
      if let (place, count) = open[window], count < POSE_FILTERS {
        program.instructions[place].append(depthwise: instruction)
        open[window] = (place, count + 1)
      } else {
        open[window] = (program.instructions.count, 1)
        program.instructions.append(instruction)
      }
    }
    return program
  }
}

/// The input of a convolution and how it is read.
private struct Window: Hashable {
  let input: Graph.ValueID
  let convolution: Convolution

  init?(_ instruction: Program.Instruction) {
    guard case .convolution(var convolution) = instruction.operation, instruction.inputs.count == 1,
      instruction.fusion == .none
    else { return nil }
    convolution.hasBias = false
    input = instruction.inputs[0]
    self.convolution = convolution
  }
}

extension Program.Instruction {
  fileprivate mutating func append(depthwise other: Program.Instruction) {
    if case .depthwise(let others) = fusion {
      fusion = .depthwise(others + [other])
    } else {
      fusion = .depthwise([other])
    }
  }
}
