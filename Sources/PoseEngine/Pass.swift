import PoseGraph

/// A named rewrite of a program: a pure function.
struct Pass: Sendable {
  let name: String
  let run: @Sendable (Program) throws(EngineError) -> Program

  init(_ name: String, _ run: @escaping @Sendable (Program) throws(EngineError) -> Program) {
    (self.name, self.run) = (name, run)
  }

  /// All passes in the order in which they run.
  ///
  /// - Parameter constants: evaluates what does not depend on an image.
  static func pipeline(constants: Pass) -> [Pass] { simplifications + [constants] + fusions }

  /// Passes that need no kernels.
  static let simplifications = [
    Pass("removeDeadInstructions") { program throws(EngineError) in program.removeDeadInstructions() },
    Pass("foldBatchNorms") { program throws(EngineError) in program.foldBatchNorms() },
    Pass("fuseChannelShuffles") { program throws(EngineError) in program.fuseChannelShuffles() },
    Pass("fuseResidualAdds") { program throws(EngineError) in program.fuseResidualAdds() },
    Pass("fuseNearestUpsample") { program throws(EngineError) in program.fuseNearestUpsample() },
    Pass("fuseActivations") { program throws(EngineError) in program.fuseActivations() },
    Pass("fuseAddChains") { program throws(EngineError) in program.fuseAddChains() },
    Pass("eliminateCommonSubexpressions") { program throws(EngineError) in program.eliminateCommonSubexpressions() },
    Pass("canonicalizeReductions") { program throws(EngineError) in program.canonicalizeReductions() },
  ]

  /// Passes that make instructions of several results, for kernels that read a plane once for all of them.
  static let fusions = [
    Pass("fuseSharedDepthwise") { program throws(EngineError) in program.fuseSharedDepthwise() },
    Pass("fuseSumFunctions") { program throws(EngineError) in program.fuseSumFunctions() },
    Pass("fuseScaledDepthwise") { program throws(EngineError) in program.fuseScaledDepthwise() },
  ]
}

/// The effect of a pass on a program.
package struct PassSummary: Sendable, Hashable {
  package let name: String
  /// The number of instructions after the pass; a fused instruction counts once.
  package let instructions: Int
}

extension Program {
  /// Runs passes one after another.
  func applying(_ passes: [Pass]) throws(EngineError) -> (program: Program, summary: [PassSummary]) {
    var (program, summary) = (self, [] as [PassSummary])
    for pass in passes {
      program = try pass.run(program)
      summary.append(PassSummary(name: pass.name, instructions: program.instructions.count))
    }
    return (program, summary)
  }
}
