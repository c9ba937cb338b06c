import PoseGraph

extension Program {
  /// An operator with its weights, and the operators that were fused into it.
  struct Instruction: Sendable, Equatable {
    var operation: Operation
    /// The operator's weights in its own order, float32.
    var weights: [[Float]]
    /// The values that it reads: the operator's, and those that passes added. A convolution may have a second input,
    /// which is added to its result. The second operand of a binary function may be smaller by whole factors; each of
    /// its pixels is then read for a block of the first operand's pixels. A sum may have more such terms, and after
    /// them its ``scaling``.
    var inputs: [Graph.ValueID]
    var output: Graph.ValueID
    /// Applied to each number of the output as it is stored.
    var activation: Unary?
    /// The published module path.
    var path: String
    /// Whether the output needs memory of its own although it could be a view of the input.
    var isCopy = false
    /// The factor on the first term of a sum.
    var scaling = Scaling.none
    /// The operators that the same kernel runs after this one.
    var fusion = Fusion.none
  }
}

extension Program.Instruction {
  enum Scaling: Sendable, Hashable {
    case none
    case number(Float)
    /// The last input, which holds a number for each plane.
    case planes
  }

  /// What one kernel computes besides the instruction that it begins with. All of it reads only that instruction's
  /// inputs and its own intermediate results.
  indirect enum Fusion: Sendable, Equatable {
    case none
    /// After a depthwise convolution: others with the same input and window.
    case depthwise([Program.Instruction])
    /// After a sum: a unary function of it, stored besides it.
    case function(Program.Instruction)
    /// After a product of an image and gates: the depthwise 3x3 convolution that alone reads it, and perhaps the mean
    /// of each plane of that. The product itself is not stored.
    case convolution(Program.Instruction, means: Program.Instruction?)
    /// After a depthwise 3x3 convolution: the mean of each plane.
    case means(Program.Instruction)
  }

  /// All fused instructions in the order in which they compute, this one first.
  var parts: [Program.Instruction] {
    var own = self
    own.fusion = .none
    switch fusion {
    case .none: return [self]
    case .depthwise(let others): return [own] + others
    case .function(let function): return [own, function]
    case .convolution(let convolution, let means): return [own, convolution] + (means.map { [$0] } ?? [])
    case .means(let means): return [own, means]
    }
  }

  /// The values that are stored.
  var results: [Graph.ValueID] {
    switch fusion {
    case .none: [output]
    case .depthwise(let others): [output] + others.map(\.output)
    case .function(let function): [output, function.output]
    case .convolution(let convolution, let means): [convolution.output] + (means.map { [$0.output] } ?? [])
    case .means(let means): [output, means.output]
    }
  }

  /// Whether this is a sum of other than two unscaled terms.
  var isAddChain: Bool { operation == .binary(.add) && (inputs.count > 2 || scaling != .none) }

  /// The operators' names, for tables.
  var label: String {
    if fusion != .none { return parts.map(\.label).joined(separator: "+") }
    let name = isCopy ? "copy" : isAddChain ? "sum" : operation.name
    return name + (activation.map { "." + $0.rawValue } ?? "")
  }
}
