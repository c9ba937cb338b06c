import PoseGraph

extension Program {
  /// Fuses additions into the convolutions that make their terms: a sum of two 1x1 convolutions becomes one convolution
  /// of their concatenated inputs, and any other term is added as a convolution stores its result.
  func fuseResidualAdds() -> Program {
    var fusion = ResidualFusion(program: self)
    for instruction in instructions { fusion.rewrite(instruction) }
    return fusion.program(self).removeDeadInstructions()
  }
}

private struct ResidualFusion {
  private var values: Program
  private let dataflow: Dataflow
  private var instructions: [Program.Instruction?] = []
  /// Where each value is made.
  private var producers: [Graph.ValueID: Int] = [:]

  init(program: Program) {
    values = program
    dataflow = program.dataflow
  }

  func program(_ original: Program) -> Program {
    Program(
      instructions: instructions.compactMap(\.self), shapes: values.shapes, inputs: original.inputs,
      outputs: original.outputs)
  }

  mutating func rewrite(_ instruction: Program.Instruction) {
    if case .binary(.add) = instruction.operation, instruction.activation == nil, let fused = fused(instruction) {
      add(fused)
    } else {
      add(instruction)
    }
  }

  private mutating func add(_ instruction: Program.Instruction) {
    producers[instruction.output] = instructions.count
    instructions.append(instruction)
  }

  /// The instruction that makes the sum instead; nil if no term can take the other one in.
  private mutating func fused(_ sum: Program.Instruction) -> Program.Instruction? {
    let (a, b) = (sum.inputs[0], sum.inputs[1])
    guard values.shapes[a] == values.shapes[b] else { return nil }
    if a == b {
      guard var instruction = convolution(a, readers: 2) else {
        var instruction = sum
        instruction.operation = .scalar(.multiply, 2)
        instruction.inputs = [a]
        return instruction
      }
      guard instruction.inputs.count == 1 else { return nil }
      take(a)
      instruction.weights = instruction.weights.map { $0.map { 2 * $0 } }
      instruction.output = sum.output
      return instruction
    }
    switch (convolution(a, readers: 1), convolution(b, readers: 1)) {
    case (var first?, let second?)
    where first.isPointwise && second.isPointwise && first.inputs.count + second.inputs.count < 4:
      take(a)
      take(b)
      let (m, n) = (values.shapes[first.inputs[0]], values.shapes[second.inputs[0]])
      let joined = values.addValue([m[0], m[1] + n[1], m[2], m[3]])
      add(
        Program.Instruction(
          operation: .concat(axis: 1), weights: [], inputs: [first.inputs[0], second.inputs[0]], output: joined,
          activation: nil, path: first.path))
      first.joinDepth(with: second, channels: values.shapes[sum.output][1])
      first.inputs = [joined] + first.inputs.dropFirst() + second.inputs.dropFirst()
      first.output = sum.output
      return first
    case (let first?, _) where first.inputs.count == 1 && !isUpsampled(b): return add(b, to: first, of: sum)
    case (_, let second?) where second.inputs.count == 1 && !isUpsampled(a): return add(a, to: second, of: sum)
    default: return nil
    }
  }

  private mutating func add(_ term: Graph.ValueID, to instruction: Program.Instruction, of sum: Program.Instruction)
    -> Program.Instruction
  {
    take(instruction.output)
    var instruction = instruction
    instruction.inputs.append(term)
    instruction.output = sum.output
    return instruction
  }

  /// The ungrouped convolution that makes a value for so many readers.
  private func convolution(_ value: Graph.ValueID, readers count: Int) -> Program.Instruction? {
    guard dataflow.readCount(of: value) == count, let index = producers[value], let instruction = instructions[index],
      instruction.activation == nil,
      case .convolution(let convolution) = instruction.operation, convolution.groups == 1
    else { return nil }
    return instruction
  }

  private mutating func take(_ value: Graph.ValueID) {
    if let index = producers[value] { instructions[index] = nil }
  }

  /// Whether a term is better read at its own size, which `fuseNearestUpsample` sees to.
  private func isUpsampled(_ value: Graph.ValueID) -> Bool {
    dataflow.producer(of: value).flatMap(dataflow.nearestUpsampleSource) != nil
  }
}

extension Program.Instruction {
  fileprivate var isPointwise: Bool {
    if case .convolution(let convolution) = operation { convolution.isPointwise } else { false }
  }

  /// Puts another 1x1 convolution's weights beside the instruction's own.
  fileprivate mutating func joinDepth(with other: Program.Instruction, channels: Int) {
    guard case .convolution(var convolution) = operation, channels > 0 else { return }
    let biases = [self, other].compactMap { $0.weights.count > 1 ? $0.weights[1] : nil }
    let (own, theirs) = (weights[0].count / channels, other.weights[0].count / channels)
    var joined: [Float] = []
    for channel in 0..<channels {
      joined += weights[0][channel * own..<(channel + 1) * own]
      joined += other.weights[0][channel * theirs..<(channel + 1) * theirs]
    }
    weights = [joined]
    convolution.hasBias = !biases.isEmpty
    if let first = biases.first { weights.append(biases.dropFirst().reduce(first) { zip($0, $1).map(+) }) }
    operation = .convolution(convolution)
  }
}

extension Convolution {
  /// Whether it takes each pixel by itself, all channels together.
  var isPointwise: Bool { kernel == 1 && stride == 1 && padding == 0 && groups == 1 }
}
