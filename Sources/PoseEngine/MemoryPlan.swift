import PoseGraph

/// The place in memory of every value of a program while it runs.
struct MemoryPlan: Sendable {
  /// By value, for values that are not views of others.
  var places: [Place]
  /// The size of the arena in floats.
  var arenaCount = 0
  /// The size of the memory of each worker, in floats.
  var workerCount = 0
  /// The size of the planes that a worker has in hand, in floats.
  var tileCount = 0

  struct Place: Sendable, Hashable {
    var space: Space
    var offset: Int
  }

  enum Space: Sendable, Hashable {
    case arena
    /// Memory of which each worker has its own.
    case worker
    /// The planes that a worker has in hand, which no other worker reads.
    case tile
    /// The caller's memory.
    case input(Int)
    case output(Int)
    /// Memory that is filled when the program is compiled.
    case constant
  }
}

extension Program {
  /// Gives each value a place. Places in the arena are used again, plane by plane, once their last reader has run.
  func planMemory(_ views: Views, _ schedule: Schedule, constants: Set<Graph.ValueID>) -> MemoryPlan {
    var planner = MemoryPlanner(self, views, schedule)
    for constant in constants { planner.plan.places[constant] = .init(space: .constant, offset: 0) }
    for (index, port) in inputs.enumerated() {
      planner.plan.places[port.value] = .init(space: .input(index), offset: 0)
    }
    planner.placePrivate()
    planner.placeOutputs()
    planner.placeArena()
    return planner.plan
  }

  /// The number of planes of a group that a worker takes at a time: as many as fit in a small L1 cache with their results.
  func tile(of fusedGroup: Schedule.FusedGroup) -> Int {
    let values = fusedGroup.instructions.flatMap { instructions[$0].inputs + instructions[$0].results }
    let largest = values.map { planes(of: $0).size }.max() ?? 1
    guard case .planes(let count) = fusedGroup.kind else { return 1 }
    return max(min(3072 / max(largest, 1), count), 1)
  }
}

extension Program {
  /// Whether an instruction can write its output over its first operand, number by number.
  fileprivate func overwrites(_ value: Graph.ValueID, _ index: Int) -> Bool {
    let instruction = instructions[index]
    guard instruction.inputs.first == value, planewise(instruction) != nil, !instruction.isAddChain,
      instruction.fusion == .none, shapes[value] == shapes[instruction.output]
    else { return false }
    switch instruction.operation {
    case .binary, .unary, .scalar, .batchNorm: return true
    default: return false
    }
  }
}

private struct MemoryPlanner {
  let program: Program
  let views: Views
  let schedule: Schedule
  var plan: MemoryPlan
  private var isPlaced: [Bool]
  /// The instructions that read each root, and whether a root is read as a part of another value.
  private var readers: [[Int]]
  private var isViewed: [Bool]
  private let stages: [Int: Int]

  init(_ program: Program, _ views: Views, _ schedule: Schedule) {
    self.program = program
    self.views = views
    self.schedule = schedule
    let count = program.shapes.count
    plan = MemoryPlan(places: Array(repeating: .init(space: .arena, offset: 0), count: count))
    isPlaced = Array(repeating: false, count: count)
    readers = Array(repeating: [], count: count)
    isViewed = Array(repeating: false, count: count)
    stages = schedule.levelOfInstruction
    for (index, instruction) in program.instructions.enumerated() where stages[index] != nil {
      for input in instruction.inputs {
        for root in Set(views.planes[input].map(\.root)) {
          readers[root].append(index)
          if root != input { isViewed[root] = true }
        }
      }
    }
    for port in program.outputs { for plane in views.planes[port.value] { isViewed[plane.root] = true } }
  }

  /// Values that only the instructions of one group read stay with the worker that makes them.
  mutating func placePrivate() {
    for fusedGroup in schedule.stages.joined() {
      switch fusedGroup.kind {
      case .replicated: placeReplicated(fusedGroup)
      case .planes: placeChunk(fusedGroup)
      case .shared: continue
      }
    }
  }

  private mutating func placeReplicated(_ fusedGroup: Schedule.FusedGroup) {
    for index in fusedGroup.instructions {
      for value in program.instructions[index].results {
        place(value, .worker, at: plan.workerCount)
        plan.workerCount += roundedToLines(Tensor.count(of: program.shapes[value]) ?? 0)
      }
    }
  }

  private mutating func placeChunk(_ fusedGroup: Schedule.FusedGroup) {
    let workers = Set(fusedGroup.instructions)
    var allocator = ArenaAllocator()
    var live: [(value: Graph.ValueID, last: Int, offset: Int, count: Int)] = []
    let tile = program.tile(of: fusedGroup)
    for index in fusedGroup.instructions {
      live.removeAll { entry in
        guard entry.last < index else { return false }
        allocator.free(offset: entry.offset, count: entry.count)
        return true
      }
      for value in program.instructions[index].results {
        guard !isViewed[value], let last = readers[value].max(), workers.isSuperset(of: readers[value]) else {
          continue
        }
        let count = tile * views.strides[value]
        if let entry = live.firstIndex(where: {
          $0.last == index && $0.count == count && program.overwrites($0.value, index)
        }) {
          place(value, .tile, at: live[entry].offset)
          live[entry] = (value, last, live[entry].offset, count)
        } else {
          let offset = allocator.allocate(count)
          live.append((value, last, offset, count))
          place(value, .tile, at: offset)
        }
      }
    }
    plan.tileCount = max(plan.tileCount, allocator.peak)
  }

  /// Outputs of the network are made in the caller's memory unless they must lie beside other values.
  mutating func placeOutputs() {
    // Planes that are joined with others' must lie in the same space.
    let joined = Set(
      views.planes.filter { planes in planes.contains { $0.root != planes[0].root } }.joined().map(\.root))
    for (index, port) in program.outputs.enumerated()
    where views.planes[port.value].first?.root == port.value && program.isWhole(port.value, views)
      && plan.places[port.value].space == .arena && !isPlaced[port.value] && !joined.contains(port.value)
    {
      place(port.value, .output(index), at: 0)
    }
  }

  mutating func placeArena() {
    var allocator = ArenaAllocator()
    var blocks: [Block] = []
    for (stage, fusedGroups) in schedule.stages.enumerated() {
      for index in blocks.indices { blocks[index].free(before: stage, to: &allocator) }
      blocks.removeAll(where: \.isEmpty)
      for index in fusedGroups.flatMap(\.instructions) {
        for value in program.instructions[index].results {
          guard plan.places[value].space == .arena, !isPlaced[value] else { continue }
          let (count, size) = (program.planes(of: value).count, views.strides[value])
          let last = lastReads(of: value, made: stage)
          if let block = blocks.firstIndex(where: { isReplaced($0, by: index, at: stage) }) {
            place(value, .arena, at: blocks[block].offset)
            blocks[block] = Block(value: value, offset: blocks[block].offset, size: size, last: last)
          } else {
            let offset = allocator.allocate(count * size)
            place(value, .arena, at: offset)
            blocks.append(Block(value: value, offset: offset, size: size, last: last))
          }
        }
      }
    }
    plan.arenaCount = allocator.peak
  }

  /// Whether an instruction may write its output over a block: it is the last that reads it.
  private func isReplaced(_ block: Block, by index: Int, at stage: Int) -> Bool {
    program.overwrites(block.value, index) && block.size == views.strides[program.instructions[index].output]
      && block.last.allSatisfy { $0 == stage } && readers[block.value].filter { stages[$0] == stage } == [index]
  }

  private mutating func place(_ value: Graph.ValueID, _ space: MemoryPlan.Space, at offset: Int) {
    plan.places[value] = .init(space: space, offset: offset)
    isPlaced[value] = true
  }

  /// The last stage that reads each plane of a root.
  private func lastReads(of root: Graph.ValueID, made stage: Int) -> [Int] {
    let (count, size) = (program.planes(of: root).count, views.strides[root])
    var last = Array(repeating: stage, count: count)
    func read(_ value: Graph.ValueID, at stage: Int) {
      let length = program.planes(of: value).size
      for plane in views.planes[value] where plane.root == root && length > 0 && size > 0 {
        for own in plane.offset / size...(plane.offset + length - 1) / size { last[own] = max(last[own], stage) }
      }
    }
    for index in readers[root] {
      for input in program.instructions[index].inputs { read(input, at: stages[index] ?? stage) }
    }
    for port in program.outputs { read(port.value, at: schedule.stages.count) }
    return last
  }
}

/// A value in the arena, whose planes are freed as they are done with.
private struct Block {
  let value: Graph.ValueID
  let offset: Int
  let size: Int
  /// By plane; -1 once it is free.
  var last: [Int]

  var isEmpty: Bool { last.allSatisfy { $0 < 0 } }

  mutating func free(before stage: Int, to allocator: inout ArenaAllocator) {
    guard size % lineFloats == 0 else {
      // Planes that share cache lines go together.
      guard last.allSatisfy({ $0 < stage }), !isEmpty else { return }
      allocator.free(offset: offset, count: last.count * size)
      last = last.map { _ in -1 }
      return
    }
    for plane in last.indices where last[plane] >= 0 && last[plane] < stage {
      allocator.free(offset: offset + plane * size, count: size)
      last[plane] = -1
    }
  }
}

private let lineFloats = 16
private func roundedToLines(_ count: Int) -> Int { (count + lineFloats - 1) / lineFloats * lineFloats }

/// Best fit over a line of floats, in whole cache lines.
private struct ArenaAllocator {
  private(set) var peak = 0
  private var gaps: [Range<Int>] = []

  mutating func allocate(_ count: Int) -> Int {
    let count = roundedToLines(count)
    if let index = gaps.indices.filter({ gaps[$0].count >= count }).min(by: { gaps[$0].count < gaps[$1].count }) {
      let start = gaps[index].lowerBound
      gaps[index] = start + count..<gaps[index].upperBound
      if gaps[index].isEmpty { gaps.remove(at: index) }
      return start
    }
    // Grow from a gap at the end, if there is one.
    var start = peak
    if let index = gaps.indices.last, gaps[index].upperBound == peak {
      start = gaps[index].lowerBound
      gaps.remove(at: index)
    }
    peak = start + count
    return start
  }

  mutating func free(offset: Int, count: Int) {
    let count = roundedToLines(count)
    guard count > 0 else { return }
    var gap = offset..<offset + count
    if let index = gaps.firstIndex(where: { $0.upperBound == gap.lowerBound }) {
      gap = gaps.remove(at: index).lowerBound..<gap.upperBound
    }
    if let index = gaps.firstIndex(where: { $0.lowerBound == gap.upperBound }) {
      gap = gap.lowerBound..<gaps.remove(at: index).upperBound
    }
    gaps.insert(gap, at: gaps.firstIndex { $0.lowerBound > gap.lowerBound } ?? gaps.endIndex)
  }

}
