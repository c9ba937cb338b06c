import CPoseKernels
import PoseGraph

/// In which order a program runs, and what may run side by side.
struct Schedule: Sendable {
  /// Units of a level need nothing of each other; the team meets between levels.
  var levels: [[Unit]]

  /// Steps that run together.
  struct Unit: Sendable {
    var steps: [Int]
    var kind: Kind
  }

  enum Kind: Sendable, Hashable {
    /// One step, shared out as it sees fit.
    case shared
    /// Steps that take each plane by itself: a member takes a few planes through all of them while they lie in cache.
    case planes(Int)
    /// So little that every member does all of it in memory of its own, which is cheaper than a meeting.
    case replicated
  }

  /// The level in which each step runs.
  var levelOfStep: [Int: Int] {
    var result: [Int: Int] = [:]
    for (level, units) in levels.enumerated() {
      for unit in units { for step in unit.steps { result[step] = level } }
    }
    return result
  }
}

extension Program {
  /// Groups the steps that work, views left out, and orders them.
  func scheduled(_ views: Views) -> Schedule {
    var scheduler = Scheduler(self, views)
    for index in steps.indices where isWork(steps[index], views) { scheduler.add(index) }
    return scheduler.schedule()
  }

  /// Whether a step writes memory.
  func isWork(_ step: Step, _ views: Views) -> Bool {
    step.operation != .parameter && step.operation != .input && views.planes[step.output].first?.root == step.output
  }
}

private struct Scheduler {
  private let program: Program
  private let views: Views
  private var units: [Schedule.Unit] = []
  /// The units that each unit reads from.
  private var sources: [Set<Int>] = []
  /// Which unit makes a root.
  private var makers: [Graph.ValueID: Int] = [:]
  /// The last unit with a convolution of each plane that reads a value in some way.
  private var windows: [Window: Int] = [:]
  /// Roots that are read through views, or leave the network.
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
    let step = program.steps[index]
    let needed = Set(step.inputs.flatMap { Set(views.planes[$0].map(\.root)) }.compactMap { makers[$0] })
    if let planes = program.planewise(step), !program.isSmall(step) || viewed.contains(step.output) {
      // The unit that made the operand plane for plane, unless another of our operands comes after it; or the one with
      // a convolution that reads the same planes in the same way.
      let makers = step.inputs.compactMap { isOwnMemory($0) ? self.makers[$0] : nil }
      let unit = makers.sorted(by: >).first { unit in
        units[unit].kind == .planes(planes) && !needed.contains { $0 != unit && reaches($0, unit) }
      }
      let twin = Window(step)
      if let unit = unit ?? twin.flatMap({ windows[$0] }) {
        units[unit].steps.append(index)
        sources[unit].formUnion(needed.subtracting([unit]))
        self.makers[step.output] = unit
        if let twin { windows[twin] = unit }
        return
      }
      if let twin { windows[twin] = units.count }
      append(index, .planes(planes), needed)
    } else {
      append(index, program.isSmall(step) && !viewed.contains(step.output) ? .replicated : .shared, needed)
    }
  }

  private mutating func append(_ index: Int, _ kind: Schedule.Kind, _ needed: Set<Int>) {
    makers[program.steps[index].output] = units.count
    units.append(Schedule.Unit(steps: [index], kind: kind))
    sources.append(needed)
  }

  private func isOwnMemory(_ value: Graph.ValueID) -> Bool { views.planes[value].first?.root == value }

  /// Whether a unit needs what another makes, through however many others.
  private func reaches(_ unit: Int, _ target: Int) -> Bool {
    var (open, seen) = ([unit], Set([unit]))
    let start = units[target].steps[0]
    while let next = open.popLast() {
      if next == target { return true }
      // What ended before the target began cannot need it.
      guard let last = units[next].steps.last, last > start else { continue }
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
    // In the program's order, what every member does first.
    for unit in units.indices.sorted(by: { units[$0].steps[0] < units[$1].steps[0] })
    where units[unit].kind == .replicated {
      schedule.levels[level(of: unit)].append(units[unit])
    }
    for unit in units.indices where units[unit].kind != .replicated {
      schedule.levels[level(of: unit)].append(units[unit])
    }
    return schedule
  }
}

/// What a convolution reads, and how.
private struct Window: Hashable {
  var input: Graph.ValueID
  var convolution: Convolution

  init?(_ step: Program.Step) {
    guard case .convolution(var convolution) = step.operation, step.inputs.count == 1 else { return nil }
    convolution.hasBias = false
    input = step.inputs[0]
    self.convolution = convolution
  }
}

extension Program {
  /// The steps of a unit in their order, those together that one kernel does: convolutions that read the same planes in
  /// the same way, and a sum as it is and as a function of it.
  func joined(_ unit: Schedule.Unit) -> [[Int]] {
    unit.steps.reduce(into: []) { groups, index in
      if let last = groups.last, joins(steps[index], last) {
        groups[groups.count - 1].append(index)
      } else {
        groups.append([index])
      }
    }
  }

  private func joins(_ step: Step, _ group: [Int]) -> Bool {
    let first = steps[group[0]]
    if let window = Window(step) { return group.count < POSE_FILTERS && Window(first) == window }
    guard case .unary = step.operation else { return false }
    return group.count < POSE_RESULTS && first.isJoinedSum && first.activation == nil && step.inputs == [first.output]
  }

  /// Whether a step is cheaper done by everybody than shared out.
  fileprivate func isSmall(_ step: Step) -> Bool {
    let outputs = Tensor.count(of: shapes[step.output]) ?? 0
    guard outputs <= 1024 else { return false }
    switch step.operation {
    case .convolution(let convolution):
      return convolution.isPointwise && planes(of: step.output).size == 1 && step.inputs.count == 1
        && (step.weights.first?.count ?? 0) <= 16384
    case .linear:
      return (step.weights.first?.count ?? 0) <= 16384 && outputs * (shapes[step.inputs[0]].last ?? 0) <= 16384
    case .unary, .binary, .scalar: return planewise(step) == nil || planes(of: step.output).size == 1
    default: return false
    }
  }
}
