import CPoseKernels
import PoseGraph

/// A program ready to run: every step a closure over addresses, every value with its place.
final class Plan: Sendable {
  let program: Program
  let kernels: Kernels
  let memory: MemoryPlan
  let steps: [PlannedStep]
  /// What is copied to the caller after the last step, because it lives elsewhere: from, to and how many floats.
  let copies: [(from: Address, to: Address, count: Int)]
  let constants: FloatBlock
  /// Floats of scratch memory for each member of the team.
  let scratchCount: Int
  let inputCounts: [Int]
  let outputCounts: [Int]

  /// - Throws: ``EngineError`` where no kernel can do a step.
  init(_ program: Program, kernels: Kernels, foldsConstants: Bool = true) throws(EngineError) {
    let program = program.movingAxesLast()
    let known = try program.knownValues(kernels: kernels, foldsConstants: foldsConstants)
    var running = program
    running.steps.removeAll { known[$0.output] != nil }
    running = running.removingDeadSteps()
    let memory = running.planMemory(constants: Set(known.keys))

    var builder = PlanBuilder(program: running, memory: memory, kernels: kernels)
    for (value, scalars) in known.sorted(by: { $0.key < $1.key }) {
      builder.constantOffsets[value] = builder.store(scalars).offset
    }
    var steps: [PlannedStep] = []
    for step in running.steps {
      let run = try builder.lower(step)
      steps += run.map { PlannedStep(run: $0, name: step.operation.name, path: step.path) }
    }
    var copies: [(from: Address, to: Address, count: Int)] = []
    for (index, port) in running.outputs.enumerated() {
      let (from, to) = (builder.address(port.value), builder.outputAddress(index))
      if from != to { copies.append((from, to, Tensor.count(of: running.shapes[port.value]) ?? 0)) }
    }
    self.program = running
    self.kernels = kernels
    self.memory = memory
    self.steps = steps
    self.copies = copies
    constants = FloatBlock(builder.constants)
    scratchCount = builder.scratchCount
    inputCounts = running.inputs.map { Tensor.count(of: running.shapes[$0.value]) ?? 0 }
    outputCounts = running.outputs.map { Tensor.count(of: running.shapes[$0.value]) ?? 0 }
  }
}

/// A closure that does one member's part of a step.
struct PlannedStep: Sendable {
  typealias Run = @Sendable (_ memory: borrowing RunMemory, _ part: Int, _ parts: Int) -> Void

  let run: Run
  let name: String
  let path: String
}

/// Where a value starts: a base that is known when the plan runs, and an offset in floats.
struct Address: Sendable, Hashable {
  var base: Int
  var offset: Int

  static let arenaBase = 0
  static let constantBase = 1
}

/// The bases of one run, and one member's scratch memory.
struct RunMemory: ~Copyable {
  let bases: UnsafePointer<UnsafeMutablePointer<Float>>
  let scratch: UnsafeMutablePointer<Float>

  subscript(address: Address) -> UnsafeMutablePointer<Float> {
    @inline(__always) get { bases[address.base] + address.offset }
  }
}

/// Floats that start at a cache line.
final class FloatBlock: @unchecked Sendable {
  // Written only by its owner: constants never after `init`, a run's memory by one run at a time.
  let start: UnsafeMutablePointer<Float>
  let count: Int

  init(count: Int) {
    self.count = count
    let bytes = max(count, 1) * MemoryLayout<Float>.stride
    let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    start = memory.initializeMemory(as: Float.self, repeating: 0, count: max(count, 1))
  }

  convenience init(_ scalars: [Float]) {
    self.init(count: scalars.count)
    for (index, scalar) in scalars.enumerated() { start[index] = scalar }
  }

  deinit { UnsafeMutableRawPointer(start).deallocate() }
}

extension Program {
  /// What is known before an image comes: parameters, and what is computed from parameters alone.
  fileprivate func knownValues(kernels: Kernels, foldsConstants: Bool) throws(EngineError) -> [Graph.ValueID: [Float]] {
    var known: [Graph.ValueID: [Float]] = [:]
    for step in steps where step.operation == .parameter { known[step.output] = step.weights[0] }
    guard foldsConstants else { return known }
    var derived = Set(known.keys)
    var folded: [Step] = []
    for step in steps where step.operation != .parameter && !step.inputs.isEmpty {
      guard step.inputs.allSatisfy(derived.contains) else { continue }
      derived.insert(step.output)
      folded.append(step)
    }
    guard !folded.isEmpty else { return known }
    let program = Program(
      steps: steps.filter { $0.operation == .parameter } + folded, shapes: shapes, inputs: [],
      outputs: folded.map { .init(name: "", value: $0.output) })
    let context = RunContext(try Plan(program, kernels: kernels, foldsConstants: false))
    context.run(part: 0, of: 1) {}
    for (step, scalars) in zip(folded, context.outputs) { known[step.output] = Array(scalars) }
    return known
  }
}
