import CPoseKernels
import PoseGraph

/// Turns the instructions of a program into closures, one operator family a file in `Lowering`.
struct PlanBuilder {
  let program: Program
  let views: Views
  let memory: MemoryPlan
  let kernels: Kernels
  let precision: Precision
  let budget: MemoryBudget
  private(set) var constants: [Float] = []
  var constantOffsets: [Graph.ValueID: Int] = [:]
  private(set) var tables: [Int32] = []
  private var knownTables: [[Int32]: Int] = [:]
  private(set) var scratchCount = 0
  private var keptBytes = 0

  init(
    program: Program, views: Views, memory: MemoryPlan, kernels: Kernels, precision: Precision,
    budget: MemoryBudget
  ) {
    self.program = program
    self.views = views
    self.memory = memory
    self.kernels = kernels
    self.precision = precision
    self.budget = budget
  }

  /// Keeps floats with the plan, starting at a cache line.
  mutating func store(_ scalars: [Float]) -> Address {
    let address = Address(base: Address.constantBase, offset: constants.count)
    constants += scalars
    constants += Array(repeating: 0, count: (16 - constants.count % 16) % 16)
    return address
  }

  mutating func store(_ scalars: [Float], if exists: Bool) -> Address? { exists ? store(scalars) : nil }

  /// Keeps a table with the plan. Equal tables are kept once.
  mutating func store(table: [Int32]) -> Int {
    if let known = knownTables[table] { return known }
    let start = tables.count
    tables += table
    knownTables[table] = start
    return start
  }

  /// Counts elements that a closure keeps for itself, before they are allocated.
  ///
  /// - Throws: ``EngineError`` if all that is kept with the plan exceeds the memory limit.
  mutating func keep<Element>(_ count: Int, of type: Element.Type) throws(EngineError) {
    keptBytes = MemoryBudget.sum(keptBytes, MemoryBudget.bytes(count, of: type))
    try budget.check(adding: constantBytes)
  }

  /// Bytes of packed weights, folded constants, tables, and of what closures keep.
  var constantBytes: Int {
    let constants = MemoryBudget.bytes(constants.count, of: Float.self)
    return MemoryBudget.sum(MemoryBudget.sum(constants, MemoryBudget.bytes(tables.count, of: Int32.self)), keptBytes)
  }

  /// Asks for scratch memory for each worker.
  mutating func needScratch(_ count: Int) { scratchCount = max(scratchCount, count) }

  /// The start of a value whose planes follow each other.
  func address(_ value: Graph.ValueID) -> Address {
    guard let first = views.planes[value].first else { return Address(base: Address.arenaBase, offset: 0) }
    return address(first)
  }

  func address(_ plane: Views.Plane) -> Address {
    let place = memory.places[plane.root]
    let offset = place.offset + plane.offset
    return switch place.space {
    case .arena: Address(base: Address.arenaBase, offset: offset)
    case .tile: Address(base: Address.tileBase, offset: offset)
    case .worker: Address(base: Address.workerBase, offset: offset)
    case .constant: Address(base: Address.constantBase, offset: (constantOffsets[plane.root] ?? 0) + offset)
    case .input(let index): Address(base: Address.inputBase + index, offset: offset)
    case .output(let index): Address(base: Address.inputBase + program.inputs.count + index, offset: offset)
    }
  }

  /// The addresses of the planes of a value.
  mutating func planes(_ value: Graph.ValueID) -> PlaneAddress {
    let first = address(value)
    let offsets = views.planes[value].map { Int32(truncatingIfNeeded: address($0).offset - first.offset) }
    return PlaneAddress(first: first, table: store(table: offsets), isChunk: first.base == Address.tileBase)
  }

  func outputAddress(_ index: Int) -> Address {
    Address(base: Address.inputBase + program.inputs.count + index, offset: 0)
  }

  func shape(_ value: Graph.ValueID) -> [Int] { program.shapes[value] }
  func count(_ value: Graph.ValueID) -> Int { Tensor.count(of: shape(value)) ?? 0 }

  /// The closure of a group.
  ///
  /// - Throws: ``EngineError`` if no kernel can run an instruction, or if the packed weights and tables so far exceed
  ///   the budget.
  mutating func lower(_ fusedGroup: Schedule.FusedGroup) throws(EngineError) -> CompiledGroup.Run {
    let run = try run(fusedGroup)
    try keep(0, of: UInt8.self)
    return run
  }

  private mutating func run(_ fusedGroup: Schedule.FusedGroup) throws(EngineError) -> CompiledGroup.Run {
    switch fusedGroup.kind {
    case .shared: return try lower(program.instructions[fusedGroup.instructions[0]])
    case .replicated:
      let run = try lower(program.instructions[fusedGroup.instructions[0]])
      return { memory, _, _ in run(memory, 0, 1) }
    case .planes(let count):
      let runs = fusedGroup.instructions.compactMap { planeRun(program.instructions[$0]) }
      guard let first = runs.first else { return { _, _, _ in } }
      let run = runs.dropFirst().reduce(first, chain)
      // One kernel alone has nothing in hand that should stay in the cache.
      let tile = runs.count == 1 ? count : program.tile(of: fusedGroup)
      return { memory, part, parts in
        let mine = share(count, part, parts)
        var first = mine.lowerBound
        while first < mine.upperBound {
          let planes = first..<min(first + tile, mine.upperBound)
          run(memory, planes)
          first = planes.upperBound
        }
      }
    }
  }

  /// A closure that makes some planes of an instruction's results.
  typealias PlaneRun = @Sendable (_ memory: borrowing RunMemory, _ planes: Range<Int>) -> Void

  private func chain(_ before: @escaping PlaneRun, _ next: @escaping PlaneRun) -> PlaneRun {
    { memory, planes in
      before(memory, planes)
      next(memory, planes)
    }
  }

  /// The closure of an instruction with a ``PlaneKernel``; nil for others.
  private mutating func planeRun(_ instruction: Program.Instruction) -> PlaneRun? {
    guard let kernel = program.planeKernel(for: instruction) else { return nil }
    switch instruction.fusion {
    case .none: return planeRun(instruction, kernel)
    case .depthwise(let others):
      guard case .depthwise(let convolution) = kernel else { return nil }
      return sharedDepthwise([instruction] + others, convolution)
    case .function(let function): return sum(instruction, and: function)
    case .convolution(let convolution, let means):
      return scaledDepthwise(convolution, of: instruction.inputs[0], gates: instruction.inputs[1], means: means?.output)
    case .means(let means):
      return scaledDepthwise(instruction, of: instruction.inputs[0], gates: nil, means: means.output)
    }
  }

  private mutating func planeRun(_ instruction: Program.Instruction, _ kernel: PlaneKernel) -> PlaneRun {
    switch kernel {
    case .depthwise(let convolution): depthwise(instruction, convolution)
    case .affine: channelAffine(instruction)
    case .unary(let function): unaryPlanes(instruction, function)
    case .scalar(let function, let number): scalarPlanes(instruction, function, number)
    case .binary(let function): binaryPlanes(instruction, function)
    case .sum: sum(instruction)
    case .pool(let pooling): pool(instruction, pooling)
    case .adaptiveAveragePool: adaptiveAveragePool(instruction)
    case .resize(let resize): self.resize(instruction, resize)
    }
  }

  private mutating func lower(_ instruction: Program.Instruction) throws(EngineError) -> CompiledGroup.Run {
    if let count = program.planewise(instruction), let run = planeRun(instruction) {
      return { memory, part, parts in run(memory, share(count, part, parts)) }
    }
    switch instruction.operation {
    case .convolution(let convolution): return self.convolution(instruction, convolution)
    case .transposedConvolution(let convolution, _): return transposedConvolution(instruction, convolution)
    case .linear: return linear(instruction)
    case .matmul: return try matmul(instruction)
    case .layerNorm(let epsilon): return layerNorm(instruction, epsilon: epsilon)
    case .softmax: return softmax(instruction)
    case .reduce(let reduction, _, _): return reduce(instruction, reduction)
    case .unary(let function): return unary(instruction, function)
    case .binary(let function): return try binary(instruction, function)
    case .scalar(let function, let number): return scalar(instruction, function, number)
    case .gridSample(let alignCorners): return gridSample(instruction, alignCorners: alignCorners)
    case .concat(let axis): return try concat(instruction, axis: axis)
    case .slice, .reshape, .transpose, .pad, .gather: return try move(instruction)
    case .input, .parameter, .constant, .dropout, .detach, .batchNorm, .pool, .adaptiveAveragePool, .resize:
      throw .unsupported(
        path: instruction.path,
        reason: "\(instruction.operation.name) of \(shape(instruction.inputs.first ?? instruction.output))")
    }
  }
}

/// The part of `count` groups that worker `part` of `parts` takes.
@inline(__always)
func share(_ count: Int, _ part: Int, _ parts: Int) -> Range<Int> { count * part / parts..<count * (part + 1) / parts }

/// The same as ``share(_:_:_:)`` with borders at multiples of `unit`.
@inline(__always)
func share(_ count: Int, unit: Int, _ part: Int, _ parts: Int) -> Range<Int> {
  let units = share((count + unit - 1) / unit, part, parts)
  return min(units.lowerBound * unit, count)..<min(units.upperBound * unit, count)
}
