import PoseGraph

/// What one fused step of a network costs.
public struct StepProfile: Sendable {
  /// The operators that run as one, in their order.
  public var name: String
  /// The published module path of the last one.
  public var path: String
  /// The fastest of all runs.
  public var seconds: Double
  public var multiplyAdds: Int
  /// Of what the step reads and writes, weights included, each counted once.
  public var bytes: Int
}

extension Engine {
  /// Times each fused step on one thread.
  ///
  /// - Parameters:
  ///   - image: the input's floats, `C x H x W`.
  ///   - runs: how often to run; each step's fastest time counts.
  /// - Throws: ``EngineError`` where the count of floats is another.
  public func profile(_ image: UnsafeBufferPointer<Float>, runs: Int) throws -> [StepProfile] {
    let expected = graph.inputs.first.map { graph.shape(of: $0.value) } ?? []
    guard image.count == Tensor.count(of: expected) else {
      throw EngineError.wrongInput(expected: expected, actual: [image.count], type: .float32)
    }
    let context = RunContext(plan)
    context.setInput(image)
    var best = Array(repeating: Duration.seconds(Int64.max / 2), count: plan.steps.count)
    let clock = ContinuousClock()
    for _ in 0..<max(runs, 1) {
      let memory = context.memory(of: 0)
      for (index, step) in plan.steps.enumerated() {
        let start = clock.now
        step.run(memory, 0, 1)
        best[index] = min(best[index], clock.now - start)
      }
    }
    return zip(plan.steps, best).map { step, time in
      let steps = step.steps.map { plan.program.steps[$0] }
      return StepProfile(
        name: steps.map(\.label).joined(separator: "+"), path: steps.last?.path ?? "",
        seconds: Double(time.components.seconds) + Double(time.components.attoseconds) * 1e-18,
        multiplyAdds: steps.map(plan.program.multiplyAdds).reduce(0, +), bytes: plan.program.bytes(of: steps))
    }
  }
}

extension Program.Step {
  fileprivate var label: String {
    let name = isCopy ? "copy" : isJoinedSum ? "sum" : operation.name
    return name + (activation.map { "." + $0.rawValue } ?? "")
  }
}

extension Program {
  fileprivate func multiplyAdds(of step: Step) -> Int {
    let outputs = Tensor.count(of: shapes[step.output]) ?? 0
    switch step.operation {
    case .convolution:
      let channels = shapes[step.output][1]
      return channels > 0 ? outputs / channels * step.weights[0].count : 0
    case .transposedConvolution:
      let input = shapes[step.inputs[0]]
      return input[1] > 0 ? (Tensor.count(of: input) ?? 0) / input[1] * step.weights[0].count : 0
    case .linear, .matmul: return outputs * (shapes[step.inputs[0]].last ?? 0)
    default: return 0
    }
  }

  fileprivate func bytes(of steps: [Step]) -> Int {
    let made = Set(steps.map(\.output))
    let readLater = Set(self.steps.filter { !made.contains($0.output) }.flatMap(\.inputs) + outputs.map(\.value))
    let read = Set(steps.flatMap(\.inputs)).subtracting(made)
    let values = read.union(made.filter { readLater.contains($0) })
    let floats = values.map { Tensor.count(of: shapes[$0]) ?? 0 }.reduce(0, +)
    return 4 * (floats + steps.flatMap(\.weights).map(\.count).reduce(0, +))
  }
}
