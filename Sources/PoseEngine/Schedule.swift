import PoseGraph

/// The order in which a program's instructions run, and which of them run in parallel.
struct Schedule: Sendable {
  /// Units of a level do not depend on each other. All workers wait at a barrier between levels.
  var levels: [[Unit]]

  /// Instructions that run together, by index.
  struct Unit: Sendable {
    var instructions: [Int]
    var kind: Kind
  }

  enum Kind: Sendable, Hashable {
    /// One instruction, which divides its work among the workers.
    case shared
    /// Instructions that work plane by plane: a worker takes a few planes through all of them while the data is in cache.
    case planes(Int)
    /// An instruction so cheap that every worker runs all of it in its own memory, which costs less than a barrier.
    case replicated
  }

  /// The level in which each instruction runs.
  var levelOfInstruction: [Int: Int] {
    var result: [Int: Int] = [:]
    for (level, units) in levels.enumerated() {
      for unit in units { for index in unit.instructions { result[index] = level } }
    }
    return result
  }
}

extension Program {
  /// Groups and orders the instructions that compute something, leaving views out.
  func scheduled(_ views: Views) -> Schedule {
    var scheduler = Scheduler(self, views)
    for index in instructions.indices where isWork(instructions[index], views) { scheduler.add(index) }
    return scheduler.schedule()
  }

  /// Whether an instruction writes memory.
  func isWork(_ instruction: Instruction, _ views: Views) -> Bool {
    instruction.operation != .parameter && instruction.operation != .input
      && views.planes[instruction.results[0]].first?.root == instruction.results[0]
  }
}

private struct Scheduler {
  private let program: Program
  private let views: Views
  private var units: [Schedule.Unit] = []
  /// The units that each unit reads from.
  private var sources: [Set<Int>] = []
  /// The unit that makes each root.
  private var makers: [Graph.ValueID: Int] = [:]
  /// Roots that are read through views, or are outputs of the network.
  private let viewed: Set<Graph.ValueID>

  init(_ program: Program, _ views: Views) {
    self.program = program
    self.views = views
    var viewed = Set(program.outputs.map(\.value))
    for (value, planes) in views.planes.enumerated() {
      for plane in planes where plane.root != value { viewed.insert(plane.root) }
    }
    self.viewed = viewed
  }

  mutating func add(_ index: Int) {
    let instruction = program.instructions[index]
    let needed = Set(instruction.inputs.flatMap { Set(views.planes[$0].map(\.root)) }.compactMap { self.makers[$0] })
    let isPrivate = program.isSmall(instruction) && !instruction.results.contains(where: viewed.contains)
    guard let planes = program.planewise(instruction), !isPrivate else {
      return append(index, isPrivate ? .replicated : .shared, needed)
    }
    // The unit that made an operand plane by plane, unless another of the operands comes after it.
    let makers = instruction.inputs.compactMap { isOwnMemory($0) ? self.makers[$0] : nil }
    let unit = makers.sorted(by: >).first { unit in
      units[unit].kind == .planes(planes) && !needed.contains { $0 != unit && reaches($0, unit) }
    }
    guard let unit else { return append(index, .planes(planes), needed) }
    units[unit].instructions.append(index)
    sources[unit].formUnion(needed.subtracting([unit]))
    for result in instruction.results { self.makers[result] = unit }
  }

  private mutating func append(_ index: Int, _ kind: Schedule.Kind, _ needed: Set<Int>) {
    for result in program.instructions[index].results { makers[result] = units.count }
    units.append(Schedule.Unit(instructions: [index], kind: kind))
    sources.append(needed)
  }

  private func isOwnMemory(_ value: Graph.ValueID) -> Bool { views.planes[value].first?.root == value }

  /// Whether a unit depends on another one, directly or through others.
  private func reaches(_ unit: Int, _ target: Int) -> Bool {
    var (open, seen) = ([unit], Set([unit]))
    let start = units[target].instructions[0]
    while let next = open.popLast() {
      if next == target { return true }
      // What ended before the target began cannot need it.
      guard let last = units[next].instructions.last, last > start else { continue }
      for source in sources[next] where seen.insert(source).inserted { open.append(source) }
    }
    return false
  }

  func schedule() -> Schedule {
    var levels: [Int?] = Array(repeating: nil, count: units.count)
    func level(of unit: Int) -> Int {
      if let level = levels[unit] { return level }
      let level = sources[unit].map { level(of: $0) + (units[$0].kind == .replicated ? 0 : 1) }.max() ?? 0
      levels[unit] = level
      return level
    }
    let count = (units.indices.map { level(of: $0) }.max() ?? -1) + 1
    var schedule = Schedule(levels: Array(repeating: [], count: count))
    // Replicated units come first, in the program's order.
    for unit in units.indices.sorted(by: { units[$0].instructions[0] < units[$1].instructions[0] })
    where units[unit].kind == .replicated {
      schedule.levels[level(of: unit)].append(units[unit])
    }
    for unit in units.indices where units[unit].kind != .replicated {
      schedule.levels[level(of: unit)].append(units[unit])
    }
    return schedule
  }
}

extension Program {
  /// Whether an instruction is so cheap that it costs less to run on every worker than to share out.
  fileprivate func isSmall(_ instruction: Instruction) -> Bool {
    let outputs = Tensor.count(of: shapes[instruction.output]) ?? 0
    guard outputs <= 1024 else { return false }
    switch instruction.operation {
    case .convolution(let convolution):
      return convolution.isPointwise && planes(of: instruction.output).size == 1 && instruction.inputs.count == 1
        && (instruction.weights.first?.count ?? 0) <= 16384
    case .linear:
      return (instruction.weights.first?.count ?? 0) <= 16384
        && outputs * (shapes[instruction.inputs[0]].last ?? 0) <= 16384
    case .unary, .binary, .scalar: return planewise(instruction) == nil || planes(of: instruction.output).size == 1
    default: return false
    }
  }
}
