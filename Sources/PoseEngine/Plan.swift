import CPoseKernels
import PoseGraph

/// A program that is ready to run: closures over addresses, and the memory that they refer to.
final class Plan: Sendable {
  let kernels: Kernels
  let fusedGroups: [CompiledGroup]
  /// What runs between two barriers.
  let stages: [CompiledGroup.Run]
  /// What is copied to the caller after the last stage because it lives elsewhere: from, to and the number of floats.
  let copies: [(from: Address, to: Address, count: Int)]
  let constants: AlignedBuffer<Float>
  /// The offsets of values' planes from the first one.
  let tables: AlignedBuffer<Int32>
  /// The size of the memory that all workers share, in floats.
  let arenaCount: Int
  /// The memory of each worker.
  let own: OwnMemory
  let inputCounts: [Int]
  let outputCounts: [Int]
  let memoryUse: MemoryUse

  /// Compiles a program that all passes have run on.
  ///
  /// - Parameters:
  ///   - workers: the most workers of a run, whose memory counts.
  ///   - memoryLimit: the most bytes that the plan and one run of it may take.
  /// - Throws: ``EngineError`` if no kernel can run an instruction, or if the plan takes more memory.
  init(
    _ program: Program, kernels: Kernels, precision: Precision = .float32, workers: Int = 1, memoryLimit: Int
  ) throws(EngineError) {
    let parameters = program.instructions.filter { $0.operation == .parameter }
    var running = program
    running.instructions.removeAll { $0.operation == .parameter }
    let constants = Set(parameters.map(\.output))
    let views: Views
    (running, views) = running.resolveViews(fixed: constants.union(running.inputs.map(\.value)))
    let schedule = running.scheduled(views)
    let memory = running.planMemory(views, schedule, constants: constants)
    outputCounts = running.outputs.map { Tensor.count(of: running.shapes[$0.value]) ?? 0 }
    var budget = MemoryBudget(limit: memoryLimit)
    try budget.add(memory, outputs: outputCounts, workers: workers)
    // Tables hold 32-bit offsets.
    guard max(memory.arenaCount, memory.tileCount) <= Int32.max else {
      throw .unsupported(
        path: running.instructions.last?.path ?? "", reason: "the network needs more than 8 GB of memory")
    }

    var builder = PlanBuilder(
      program: running, views: views, memory: memory, kernels: kernels, precision: precision, budget: budget)
    for parameter in parameters {
      try budget.check(
        adding: MemoryBudget.sum(builder.constantBytes, MemoryBudget.bytes(parameter.weights[0].count, of: Float.self)))
      builder.constantOffsets[parameter.output] = builder.store(parameter.weights[0]).offset
    }
    let dataflow = running.dataflow
    var stages: [[CompiledGroup]] = []
    for fusedGroups in schedule.stages {
      var stage: [CompiledGroup] = []
      for fusedGroup in fusedGroups {
        let run = try builder.lower(fusedGroup)
        stage.append(CompiledGroup(run: run, cost: running.cost(of: fusedGroup, dataflow)))
      }
      stages.append(stage)
    }
    var copies: [(from: Address, to: Address, count: Int)] = []
    for (index, port) in running.outputs.enumerated() {
      let (from, to) = (builder.address(port.value), builder.outputAddress(index))
      if from != to { copies.append((from, to, outputCounts[index])) }
    }
    own = OwnMemory(scratch: builder.scratchCount, tile: memory.tileCount, worker: memory.workerCount)
    memoryUse = try budget.use(of: builder, own, workers: workers)
    self.kernels = kernels
    fusedGroups = Array(stages.joined())
    self.stages = stages.map { sequence($0.map(\.run)[...]) }
    self.copies = copies
    self.constants = AlignedBuffer(builder.constants)
    tables = AlignedBuffer(builder.tables)
    arenaCount = memory.arenaCount
    inputCounts = running.inputs.map { Tensor.count(of: running.shapes[$0.value]) ?? 0 }
  }
}

/// The instructions of a group as one closure.
struct CompiledGroup: Sendable {
  /// Does one worker's part of `parts`.
  typealias Run = @Sendable (_ memory: borrowing RunMemory, _ part: Int, _ parts: Int) -> Void

  let run: Run
  let cost: UnitCost
}

/// Chains closures into one. A closure that calls the closures that it captured neither retains nor releases them, as a
/// loop over an array would.
private func sequence(_ runs: ArraySlice<CompiledGroup.Run>) -> CompiledGroup.Run {
  guard let first = runs.first else { return { _, _, _ in } }
  if runs.count == 1 { return first }
  let middle = runs.startIndex + runs.count / 2
  let (left, right) = (sequence(runs[..<middle]), sequence(runs[middle...]))
  return { memory, part, parts in
    left(memory, part, parts)
    right(memory, part, parts)
  }
}

/// The start of a value: a base that is known when the plan runs, and an offset in floats.
struct Address: Sendable, Hashable {
  var base: Int
  var offset: Int

  static let arenaBase = 0
  static let constantBase = 1
  /// Bases of which each worker has its own.
  static let scratchBase = 2
  static let tileBase = 3
  static let workerBase = 4
  /// The first of the inputs; outputs follow.
  static let inputBase = 5

  func advanced(by count: Int) -> Address { Address(base: base, offset: offset + count) }
}

/// The planes of a value: the address of the first one, and a table of the others' offsets from it.
struct PlaneAddress: Sendable, Hashable {
  var first: Address
  var table: Int
  /// Whether only the planes in hand are there, from the first on.
  var isChunk: Bool
}

/// The sizes of the parts of one worker's memory, in floats.
struct OwnMemory: Sendable {
  var scratch: Int
  var tile: Int
  var worker: Int

  /// Parts start at whole cache lines.
  var tileStart: Int { (scratch + 15) / 16 * 16 }
  var workerStart: Int { tileStart + (tile + 15) / 16 * 16 }
  var count: Int { workerStart + (worker + 15) / 16 * 16 }
}

/// The addresses that one worker of one run uses.
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
