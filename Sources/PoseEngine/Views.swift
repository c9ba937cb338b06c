import PoseGraph

/// The memory that each value refers to: its own, or planes of other values.
///
/// A value `1 x C x ...` is `C` planes. The results of slices, concats, channel shuffles and reshapes need no memory of
/// their own if everything that reads them can find their planes one by one.
struct Views: Sendable {
  /// By value: the start of each of its planes.
  var planes: [[Plane]]
  /// By value: the floats from one of its own planes to the next, if it is not a view.
  var strides: [Int]

  /// A run of floats in the memory of a value that is not a view.
  struct Plane: Sendable, Hashable {
    var root: Graph.ValueID
    var offset: Int
  }
}

extension Views {
  fileprivate mutating func append(_ own: (count: Int, size: Int), isLoose: Bool) {
    // Planes whole pages apart fall on the same few lines of a cache.
    let stride = isLoose && own.size % 1024 == 0 && own.size > 0 ? own.size + 16 : own.size
    let root = planes.count
    strides.append(stride)
    planes.append((0..<own.count).map { Plane(root: root, offset: $0 * stride) })
  }
}

extension Program {
  /// Finds the views, and copies values that are read as a whole but whose planes do not follow each other.
  ///
  /// - Parameter fixed: values whose memory is not the arena, which cannot be joined with others.
  func resolveViews(fixed: Set<Graph.ValueID>) -> (program: Program, views: Views) {
    var program = self
    program.instructions = []
    var views = Views(planes: [], strides: [])
    let loose = looseValues()
    for value in shapes.indices { views.append(planes(of: value), isLoose: loose.contains(value)) }
    func copy(_ value: Graph.ValueID, path: String) -> Graph.ValueID {
      let copied = program.addValue(program.shapes[value])
      views.append(program.planes(of: copied), isLoose: false)
      program.instructions.append(
        Instruction(
          operation: .slice(axis: 1, start: 0, end: program.planes(of: value).count, step: 1), weights: [],
          inputs: [value], output: copied, path: path, isCopy: true))
      return copied
    }
    for instruction in instructions {
      var instruction = instruction
      if fixed.contains(instruction.output) {
        program.instructions.append(instruction)
        continue
      }
      if let planes = program.view(of: instruction, views, fixed) {
        views.planes[instruction.output] = planes
        program.instructions.append(instruction)
        continue
      }
      if !program.takesPlanes(instruction) {
        for index in instruction.inputs.indices where !program.isWhole(instruction.inputs[index], views) {
          instruction.inputs[index] = copy(instruction.inputs[index], path: instruction.path)
        }
        if let planes = program.view(of: instruction, views, fixed) { views.planes[instruction.output] = planes }
      }
      program.instructions.append(instruction)
    }
    for index in outputs.indices where !program.isWhole(outputs[index].value, views) {
      let value = copy(outputs[index].value, path: "")
      program.outputs[index] = Graph.Port(name: outputs[index].name, value: value)
    }
    return (program, views)
  }

  /// Values whose planes need not follow each other.
  private func looseValues() -> Set<Graph.ValueID> {
    var whole = Set(inputs.map(\.value) + outputs.map(\.value))
    var loose: Set<Graph.ValueID> = []
    for instruction in instructions.reversed() {
      let writesPlanes = if case .convolution = instruction.operation { true } else { planewise(instruction) != nil }
      if writesPlanes { loose.formUnion(instruction.results.filter { !whole.contains($0) }) }
      let keepsPlanes =
        switch instruction.operation {
        case .slice(1, _, _, _), .gather(1, _), .concat(1): !whole.contains(instruction.output)
        default: true
        }
      if !takesPlanes(instruction) || !keepsPlanes { whole.formUnion(instruction.inputs) }
    }
    return loose
  }

  /// Whether a value's planes follow each other in one memory.
  func isWhole(_ value: Graph.ValueID, _ views: Views) -> Bool {
    let planes = views.planes[value]
    guard let first = planes.first else { return true }
    let size = self.planes(of: value).size
    return planes.indices.allSatisfy { planes[$0] == Views.Plane(root: first.root, offset: first.offset + $0 * size) }
  }

  /// The planes of an instruction's output if they are planes of its inputs; nil otherwise.
  private func view(of instruction: Instruction, _ views: Views, _ fixed: Set<Graph.ValueID>) -> [Views.Plane]? {
    guard instruction.activation == nil, !instruction.isCopy, let input = instruction.inputs.first else { return nil }
    let shape = shapes[input]
    let source = views.planes[input]
    let hasPlanes = shape.count >= 2 && shape[0] == 1
    switch instruction.operation {
    case .slice(1, let start, let end, let every) where hasPlanes:
      return stride(from: start, to: end, by: every).map { source[$0] }
    case .gather(1, let indices) where hasPlanes:
      return indices.map { source[$0] }
    case .concat(1) where hasPlanes:
      let planes = instruction.inputs.flatMap { views.planes[$0] }
      let isFixed = planes.contains { fixed.contains($0.root) }
      return isFixed && planes.contains { $0.root != planes[0].root } ? nil : planes
    case .slice(let axis, let start, _, 1) where shape.prefix(axis).allSatisfy { $0 == 1 }:
      return whole(instruction, from: start * shape.dropFirst(axis + 1).reduce(1, *), views)
    case .reshape: return whole(instruction, from: 0, views)
    case .transpose(let order):
      // Moving axes of extent 1 moves no memory.
      let isStill = order.filter { shape[$0] != 1 } == shape.indices.filter { shape[$0] != 1 }
      return isStill ? whole(instruction, from: 0, views) : nil
    default: return nil
    }
  }

  /// The output as a run of the input's memory.
  private func whole(_ instruction: Instruction, from offset: Int, _ views: Views) -> [Views.Plane]? {
    guard let first = views.planes[instruction.inputs[0]].first, isWhole(instruction.inputs[0], views) else {
      return nil
    }
    let (count, size) = planes(of: instruction.output)
    return (0..<count).map { Views.Plane(root: first.root, offset: first.offset + offset + $0 * size) }
  }

  /// Whether an instruction finds the planes of its inputs one by one.
  private func takesPlanes(_ instruction: Instruction) -> Bool {
    if planewise(instruction) != nil { return true }
    switch instruction.operation {
    case .convolution, .transposedConvolution: return true
    case .slice(1, _, _, _), .gather(1, _), .concat(1): return shapes[instruction.output].first == 1
    default: return false
    }
  }
}
