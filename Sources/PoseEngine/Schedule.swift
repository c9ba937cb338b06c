import PoseGraph

/// The order in which a program's instructions run, and which of them run in parallel.
struct Schedule: Sendable {
  /// Units of a stage do not depend on each other. All workers wait at a barrier between stages.
  var stages: [[FusedGroup]]

  /// Instructions that run together, by index.
  struct FusedGroup: Sendable {
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

  /// The stage in which each instruction runs.
  var levelOfInstruction: [Int: Int] {
    var result: [Int: Int] = [:]
    for (stage, fusedGroups) in stages.enumerated() {
      for fusedGroup in fusedGroups { for index in fusedGroup.instructions { result[index] = stage } }
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
  private var fusedGroups: [Schedule.FusedGroup] = []
  /// The groups that each group reads from.
  private var sources: [Set<Int>] = []
  /// The group that makes each root.
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
    // The group that made an operand plane by plane, unless another of the operands comes after it.
    let makers = instruction.inputs.compactMap { isOwnMemory($0) ? self.makers[$0] : nil }
    let fusedGroup = makers.sorted(by: >).first { fusedGroup in
      fusedGroups[fusedGroup].kind == .planes(planes)
        && !needed.contains { $0 != fusedGroup && reaches($0, fusedGroup) }
    }
    guard let fusedGroup else { return append(index, .planes(planes), needed) }
    fusedGroups[fusedGroup].instructions.append(index)
    sources[fusedGroup].formUnion(needed.subtracting([fusedGroup]))
    for result in instruction.results { self.makers[result] = fusedGroup }
  }

  private mutating func append(_ index: Int, _ kind: Schedule.Kind, _ needed: Set<Int>) {
    for result in program.instructions[index].results { makers[result] = fusedGroups.count }
    fusedGroups.append(Schedule.FusedGroup(instructions: [index], kind: kind))
    sources.append(needed)
  }

  private func isOwnMemory(_ value: Graph.ValueID) -> Bool { views.planes[value].first?.root == value }

  /// Whether a group depends on another one, directly or through others.
  private func reaches(_ fusedGroup: Int, _ target: Int) -> Bool {
    var (open, seen) = ([fusedGroup], Set([fusedGroup]))
    let start = fusedGroups[target].instructions[0]
    while let next = open.popLast() {
      if next == target { return true }
      // What ended before the target began cannot need it.
      guard let last = fusedGroups[next].instructions.last, last > start else { continue }
      for source in sources[next] where seen.insert(source).inserted { open.append(source) }
    }
    return false
  }

  func schedule() -> Schedule {
    var stages: [Int?] = Array(repeating: nil, count: fusedGroups.count)
    func stage(of fusedGroup: Int) -> Int {
      if let stage = stages[fusedGroup] { return stage }
      let stage = sources[fusedGroup].map { stage(of: $0) + (fusedGroups[$0].kind == .replicated ? 0 : 1) }.max() ?? 0
      stages[fusedGroup] = stage
      return stage
    }
    let count = (fusedGroups.indices.map { stage(of: $0) }.max() ?? -1) + 1
    var schedule = Schedule(stages: Array(repeating: [], count: count))
    // Replicated groups come first, in the program's order.
    for fusedGroup in fusedGroups.indices.sorted(by: {
      fusedGroups[$0].instructions[0] < fusedGroups[$1].instructions[0]
    })
    where fusedGroups[fusedGroup].kind == .replicated {
      schedule.stages[stage(of: fusedGroup)].append(fusedGroups[fusedGroup])
    }
    for fusedGroup in fusedGroups.indices where fusedGroups[fusedGroup].kind != .replicated {
      schedule.stages[stage(of: fusedGroup)].append(fusedGroups[fusedGroup])
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
