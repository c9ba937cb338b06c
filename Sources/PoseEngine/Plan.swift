import CPoseKernels
import PoseGraph

/// A program ready to run: every step a closure over addresses, every value with its place.
final class Plan: Sendable {
  let program: Program
  let kernels: Kernels
  let steps: [PlannedStep]
  /// What runs between two meetings.
  let levels: [PlannedStep.Run]
  /// What is copied to the caller after the last step, because it lives elsewhere: from, to and how many floats.
  let copies: [(from: Address, to: Address, count: Int)]
  let constants: FloatBlock
  /// Where the planes of values lie, from their first ones on.
  let tables: TableBlock
  /// Floats of the memory that all members share.
  let arenaCount: Int
  /// Floats of each member's own memory, and where its parts begin.
  let own: OwnMemory
  let inputCounts: [Int]
  let outputCounts: [Int]

  /// - Throws: ``EngineError`` where no kernel can do a step.
  init(
    _ program: Program, kernels: Kernels, precision: Precision = .float32, foldsConstants: Bool = true
  ) throws(EngineError) {
    let program = program.movingAxesLast()
    let known = try program.knownValues(kernels: kernels, foldsConstants: foldsConstants)
    var running = program
    running.steps.removeAll { known[$0.output] != nil }
    running = running.removingDeadSteps()
    let constants = Set(known.keys)
    let views: Views
    (running, views) = running.resolvingViews(fixed: constants.union(running.inputs.map(\.value)))
    let schedule = running.scheduled(views)
    let memory = running.planMemory(views, schedule, constants: constants)
    // Tables hold 32-bit offsets.
    let largest = running.shapes.map { Tensor.count(of: $0) ?? .max }.max() ?? 0
    guard max(largest, memory.arenaCount, memory.chunkCount) <= Int32.max else {
      throw .unsupported(path: running.steps.last?.path ?? "", reason: "the network needs more than 8 GB of memory")
    }

    var builder = PlanBuilder(program: running, views: views, memory: memory, kernels: kernels, precision: precision)
    for (value, scalars) in known.sorted(by: { $0.key < $1.key }) {
      builder.constantOffsets[value] = builder.store(scalars).offset
    }
    var levels: [[PlannedStep]] = []
    for units in schedule.levels {
      var level: [PlannedStep] = []
      for unit in units { level.append(try builder.lower(unit)) }
      levels.append(level)
    }
    var copies: [(from: Address, to: Address, count: Int)] = []
    for (index, port) in running.outputs.enumerated() {
      let (from, to) = (builder.address(port.value), builder.outputAddress(index))
      if from != to { copies.append((from, to, Tensor.count(of: running.shapes[port.value]) ?? 0)) }
    }
    self.program = running
    self.kernels = kernels
    steps = Array(levels.joined())
    self.levels = levels.map { sequence($0.map(\.run)[...]) }
    self.copies = copies
    self.constants = FloatBlock(builder.constants)
    tables = TableBlock(builder.tables)
    arenaCount = memory.arenaCount
    own = OwnMemory(scratch: builder.scratchCount, chunk: memory.chunkCount, member: memory.memberCount)
    inputCounts = running.inputs.map { Tensor.count(of: running.shapes[$0.value]) ?? 0 }
    outputCounts = running.outputs.map { Tensor.count(of: running.shapes[$0.value]) ?? 0 }
  }
}

/// The steps that run as one, as a closure that does one member's part.
struct PlannedStep: Sendable {
  typealias Run = @Sendable (_ memory: borrowing RunMemory, _ part: Int, _ parts: Int) -> Void

  let run: Run
  /// The steps of the program, by index.
  let steps: [Int]
}

/// Closures one after another as one. A closure that calls what it captured neither retains nor releases, as a loop over
/// an array of them would.
private func sequence(_ runs: ArraySlice<PlannedStep.Run>) -> PlannedStep.Run {
  guard let first = runs.first else { return { _, _, _ in } }
  if runs.count == 1 { return first }
  let middle = runs.startIndex + runs.count / 2
  let (left, right) = (sequence(runs[..<middle]), sequence(runs[middle...]))
  return { memory, part, parts in
    left(memory, part, parts)
    right(memory, part, parts)
  }
}

/// Where a value starts: a base that is known when the plan runs, and an offset in floats.
struct Address: Sendable, Hashable {
  var base: Int
  var offset: Int

  static let arenaBase = 0
  static let constantBase = 1
  /// Bases of which each member has its own.
  static let scratchBase = 2
  static let chunkBase = 3
  static let memberBase = 4
  /// The first of the inputs; outputs follow.
  static let inputBase = 5

  func advanced(by count: Int) -> Address { Address(base: base, offset: offset + count) }
}

/// Where the planes of a value lie: the first one, and a table of how far the others lie from it.
struct PlaneAddress: Sendable, Hashable {
  var first: Address
  var table: Int
  /// Whether only the planes in hand are there, from the first on.
  var isChunk: Bool
}

/// One member's memory, in floats.
struct OwnMemory: Sendable {
  var scratch: Int
  var chunk: Int
  var member: Int

  /// Parts start at whole cache lines.
  var chunkStart: Int { (scratch + 15) / 16 * 16 }
  var memberStart: Int { chunkStart + (chunk + 15) / 16 * 16 }
  var count: Int { memberStart + (member + 15) / 16 * 16 }
}

/// What one member of one run finds its numbers by.
struct RunMemory: ~Copyable {
  let bases: UnsafePointer<UnsafeMutablePointer<Float>>
  let tables: UnsafePointer<Int32>

  subscript(address: Address) -> UnsafeMutablePointer<Float> {
    @inline(__always) get { bases[address.base] + address.offset }
  }

  subscript(planes: PlaneAddress) -> UnsafeMutablePointer<Float> {
    @inline(__always) get { self[planes.first] }
  }

  /// The table from a plane on.
  @inline(__always)
  func table(_ planes: PlaneAddress, from plane: Int = 0) -> UnsafePointer<Int32> {
    tables + planes.table + (planes.isChunk ? 0 : plane)
  }

  var scratch: UnsafeMutablePointer<Float> {
    @inline(__always) get { bases[Address.scratchBase] }
  }
}

/// Tables of plane offsets, kept with a plan.
final class TableBlock: @unchecked Sendable {
  // Never written after `init`.
  let start: UnsafePointer<Int32>

  init(_ tables: [Int32]) {
    let memory = UnsafeMutablePointer<Int32>.allocate(capacity: max(tables.count, 1))
    memory.initialize(repeating: 0, count: max(tables.count, 1))
    for (index, offset) in tables.enumerated() { memory[index] = offset }
    start = UnsafePointer(memory)
  }

  deinit { UnsafeMutablePointer(mutating: start).deallocate() }
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
