import CPoseKernels
import PoseGraph

/// Turns the steps of a program into closures, one operator family a file in `Steps`.
struct PlanBuilder {
  let program: Program
  let views: Views
  let memory: MemoryPlan
  let kernels: Kernels
  let precision: Precision
  private(set) var constants: [Float] = []
  var constantOffsets: [Graph.ValueID: Int] = [:]
  private(set) var tables: [Int32] = []
  private var knownTables: [[Int32]: Int] = [:]
  private(set) var scratchCount = 0

  init(program: Program, views: Views, memory: MemoryPlan, kernels: Kernels, precision: Precision) {
    self.program = program
    self.views = views
    self.memory = memory
    self.kernels = kernels
    self.precision = precision
  }

  /// Keeps floats with the plan, from a cache line on.
  mutating func store(_ scalars: [Float]) -> Address {
    let address = Address(base: Address.constantBase, offset: constants.count)
    constants += scalars
    constants += Array(repeating: 0, count: (16 - constants.count % 16) % 16)
    return address
  }

  mutating func store(_ scalars: [Float], if exists: Bool) -> Address? { exists ? store(scalars) : nil }

  /// Keeps a table with the plan; equal ones are kept once.
  mutating func store(table: [Int32]) -> Int {
    if let known = knownTables[table] { return known }
    let start = tables.count
    tables += table
    knownTables[table] = start
    return start
  }

  /// Asks for scratch memory for each member.
  mutating func needScratch(_ count: Int) { scratchCount = max(scratchCount, count) }

  /// Where a value starts that lies as a whole.
  func address(_ value: Graph.ValueID) -> Address {
    guard let first = views.planes[value].first else { return Address(base: Address.arenaBase, offset: 0) }
    return address(first)
  }

  func address(_ plane: Views.Plane) -> Address {
    let place = memory.places[plane.root]
    let offset = place.offset + plane.offset
    return switch place.space {
    case .arena: Address(base: Address.arenaBase, offset: offset)
    case .chunk: Address(base: Address.chunkBase, offset: offset)
    case .member: Address(base: Address.memberBase, offset: offset)
    case .constant: Address(base: Address.constantBase, offset: (constantOffsets[plane.root] ?? 0) + offset)
    case .input(let index): Address(base: Address.inputBase + index, offset: offset)
    case .output(let index): Address(base: Address.inputBase + program.inputs.count + index, offset: offset)
    }
  }

  /// Where the planes of a value lie.
  mutating func planes(_ value: Graph.ValueID) -> PlaneAddress {
    let first = address(value)
    let offsets = views.planes[value].map { Int32(truncatingIfNeeded: address($0).offset - first.offset) }
    return PlaneAddress(first: first, table: store(table: offsets), isChunk: first.base == Address.chunkBase)
  }

  func outputAddress(_ index: Int) -> Address {
    Address(base: Address.inputBase + program.inputs.count + index, offset: 0)
  }

  func shape(_ value: Graph.ValueID) -> [Int] { program.shapes[value] }
  func count(_ value: Graph.ValueID) -> Int { Tensor.count(of: shape(value)) ?? 0 }

  /// The closure of a unit.
  ///
  /// - Throws: ``EngineError`` where no kernel can do a step.
  mutating func lower(_ unit: Schedule.Unit) throws(EngineError) -> PlannedStep {
    switch unit.kind {
    case .shared:
      return PlannedStep(run: try lower(program.steps[unit.steps[0]]), steps: unit.steps)
    case .replicated:
      let run = try lower(program.steps[unit.steps[0]])
      return PlannedStep(run: { memory, _, _ in run(memory, 0, 1) }, steps: unit.steps)
    case .planes(let count):
      var (runs, runCount): (PlaneRun?, Int) = (nil, 0)
      var left = program.joined(unit).map { $0.map { program.steps[$0] } }[...]
      while let steps = left.first {
        let gated = gatedConvolution(left.prefix(3))
        left.removeFirst(gated?.count ?? 1)
        guard let run = gated.map({ planewise($0) }) ?? planewise(steps) else { continue }
        runCount += 1
        guard let before = runs else {
          runs = run
          continue
        }
        runs = { memory, planes in
          before(memory, planes)
          run(memory, planes)
        }
      }
      // One kernel alone has nothing in hand that should stay in the cache.
      let chunk = runCount == 1 ? count : program.chunk(of: unit)
      guard let run = runs else { return PlannedStep(run: { _, _, _ in }, steps: unit.steps) }
      return PlannedStep(
        run: { memory, part, parts in
          let mine = share(count, part, parts)
          var first = mine.lowerBound
          while first < mine.upperBound {
            let planes = first..<min(first + chunk, mine.upperBound)
            run(memory, planes)
            first = planes.upperBound
          }
        }, steps: unit.steps)
    }
  }

  /// A closure that makes some planes of a step's output.
  typealias PlaneRun = @Sendable (_ memory: borrowing RunMemory, _ planes: Range<Int>) -> Void

  /// As below, of steps that one kernel does together.
  private mutating func planewise(_ steps: [Program.Step]) -> PlaneRun? {
    if steps.count == 1 { return planewise(steps[0]) }
    return steps[0].isJoinedSum ? sum(steps[0], and: steps[1]) : filters(steps)
  }

  private mutating func planewise(_ step: Program.Step) -> PlaneRun? {
    switch step.operation {
    case .convolution(let convolution): depthwise(step, convolution)
    case .batchNorm: channelAffine(step)
    case .unary(let function): unaryPlanes(step, function)
    case .scalar(let function, let number): scalarPlanes(step, function, number)
    case .binary(let function): step.isJoinedSum ? sum(step) : combine(step, function)
    case .pool(let pooling): pool(step, pooling)
    case .adaptiveAveragePool: adaptiveAveragePool(step)
    case .resize(let resize): self.resize(step, resize)
    default: nil
    }
  }

  private mutating func lower(_ step: Program.Step) throws(EngineError) -> PlannedStep.Run {
    if let count = program.planewise(step), let run = planewise(step) {
      return { memory, part, parts in run(memory, share(count, part, parts)) }
    }
    switch step.operation {
    case .convolution(let convolution): return self.convolution(step, convolution)
    case .transposedConvolution(let convolution, _): return transposedConvolution(step, convolution)
    case .linear: return linear(step)
    case .matmul: return try matmul(step)
    case .layerNorm(let epsilon): return layerNorm(step, epsilon: epsilon)
    case .softmax: return softmax(step)
    case .reduce(let reduction, _, _): return reduce(step, reduction)
    case .unary(let function): return unary(step, function)
    case .binary(let function): return try binary(step, function)
    case .scalar(let function, let number): return scalar(step, function, number)
    case .gridSample(let alignCorners): return gridSample(step, alignCorners: alignCorners)
    case .concat(let axis): return try concat(step, axis: axis)
    case .slice, .reshape, .transpose, .pad, .gather: return try move(step)
    case .input, .parameter, .constant, .dropout, .detach, .batchNorm, .pool, .adaptiveAveragePool, .resize:
      throw .unsupported(
        path: step.path, reason: "\(step.operation.name) of \(shape(step.inputs.first ?? step.output))")
    }
  }
}

/// The part of `count` units that one of `parts` members does.
@inline(__always)
func share(_ count: Int, _ part: Int, _ parts: Int) -> Range<Int> { count * part / parts..<count * (part + 1) / parts }

/// As ``share(_:_:_:)``, with borders at multiples of `unit`.
@inline(__always)
func share(_ count: Int, unit: Int, _ part: Int, _ parts: Int) -> Range<Int> {
  let units = share((count + unit - 1) / unit, part, parts)
  return min(units.lowerBound * unit, count)..<min(units.upperBound * unit, count)
}
