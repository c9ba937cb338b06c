import PoseGraph

/// Where every value of a program lives while it runs.
struct MemoryPlan: Sendable {
  /// By value.
  var places: [Place]
  /// Floats that the arena holds.
  var arenaCount: Int

  /// A run of floats.
  struct Place: Sendable, Hashable {
    var space: Space
    var offset: Int
  }

  enum Space: Sendable, Hashable {
    case arena
    /// Memory of the caller.
    case input(Int)
    case output(Int)
    /// Computed or loaded when the program was compiled.
    case constant(Graph.ValueID)
  }
}

extension Program {
  /// Gives each value a place: reshapes and leading slices are views, parts of a concatenation are made where they are
  /// joined, and arena places are used again once their last reader has run.
  ///
  /// - Parameter constants: values that are known already.
  func planMemory(constants: Set<Graph.ValueID>) -> MemoryPlan {
    let roots = viewRoots(constants: constants)
    // From where to where each root is needed, in steps.
    var first = Array(repeating: Int.max, count: shapes.count)
    var last = Array(repeating: -1, count: shapes.count)
    for (index, step) in steps.enumerated() {
      let output = roots[step.output].value
      first[output] = min(first[output], index)
      for value in step.inputs + [step.output] { last[roots[value].value] = max(last[roots[value].value], index) }
    }

    var spaces: [Graph.ValueID: MemoryPlan.Space] = [:]
    for constant in constants { spaces[constant] = .constant(constant) }
    for (index, port) in inputs.enumerated() { spaces[port.value] = .input(index) }
    for (index, port) in outputs.enumerated()
    where spaces[roots[port.value].value] == nil && roots[port.value] == Root(port.value, 0) {
      spaces[port.value] = .output(index)
    }

    var allocator = ArenaAllocator()
    var offsets = Array(repeating: 0, count: shapes.count)
    var live: [(last: Int, offset: Int, count: Int)] = []
    for (index, step) in steps.enumerated() {
      live.removeAll { entry in
        guard entry.last < index else { return false }
        allocator.free(offset: entry.offset, count: entry.count)
        return true
      }
      let root = roots[step.output].value
      guard spaces[root] == nil, first[root] == index else { continue }
      let count = Tensor.count(of: shapes[root]) ?? 0
      offsets[root] = allocator.allocate(count)
      live.append((last[root], offsets[root], count))
      spaces[root] = .arena
    }
    let places = shapes.indices.map { value in
      let root = roots[value]
      return MemoryPlan.Place(space: spaces[root.value] ?? .arena, offset: offsets[root.value] + root.offset)
    }
    return MemoryPlan(places: places, arenaCount: allocator.peak)
  }

  /// A value as part of another's memory.
  private struct Root: Hashable {
    var value: Graph.ValueID
    var offset: Int

    init(_ value: Graph.ValueID, _ offset: Int) { (self.value, self.offset) = (value, offset) }
  }

  private func viewRoots(constants: Set<Graph.ValueID>) -> [Root] {
    var parents = shapes.indices.map { Root($0, 0) }
    func root(of value: Graph.ValueID) -> Root {
      var root = Root(value, 0)
      while parents[root.value].value != root.value {
        root = Root(parents[root.value].value, root.offset + parents[root.value].offset)
      }
      return root
    }
    let fixed = constants.union(inputs.map(\.value)).union(outputs.map(\.value))
    for step in steps where !constants.contains(step.output) {
      if let offset = viewOffset(of: step), !outputs.contains(where: { $0.value == step.output }) {
        parents[step.output] = Root(step.inputs[0], offset)
      } else if case .concat(let axis) = step.operation, shapes[step.output].prefix(axis).allSatisfy({ $0 == 1 }) {
        // The parts become views of the whole where they are their own memory still, and nobody else's.
        var offset = 0
        for input in step.inputs {
          if parents[input].value == input, !fixed.contains(input) {
            parents[input] = Root(step.output, offset)
          }
          offset += Tensor.count(of: shapes[input]) ?? 0
        }
      }
    }
    return shapes.indices.map(root)
  }

  /// How far into its input the step's output starts, where the output is a run of the input's memory.
  func viewOffset(of step: Step) -> Int? {
    guard step.activation == nil else { return nil }
    switch step.operation {
    case .reshape: return 0
    case .slice(let axis, let start, _, 1) where shapes[step.inputs[0]].prefix(axis).allSatisfy { $0 == 1 }:
      return start * shapes[step.inputs[0]].dropFirst(axis + 1).reduce(1, *)
    case .transpose(let order):
      // Moving axes of extent 1 moves no memory.
      let shape = shapes[step.inputs[0]]
      return order.filter { shape[$0] != 1 } == shape.indices.filter { shape[$0] != 1 } ? 0 : nil
    default: return nil
    }
  }
}

/// Best fit over a line of floats, in whole cache lines.
private struct ArenaAllocator {
  private(set) var peak = 0
  private var gaps: [Range<Int>] = []

  mutating func allocate(_ count: Int) -> Int {
    let count = rounded(count)
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
    let count = rounded(count)
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

  private func rounded(_ count: Int) -> Int { (count + 15) / 16 * 16 }
}
