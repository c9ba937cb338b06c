import PoseGraph

/// Which memory each value is: its own, or planes of others'.
///
/// A value `1 x C x ...` is `C` planes. Splitting, joining, shuffling and reshaping make no memory of their own where
/// whoever reads the result can find its planes one by one.
struct Views: Sendable {
  /// By value: where each of its planes starts.
  var planes: [[Plane]]
  /// By value: floats from one of its own planes to the next, where it is no view.
  var strides: [Int]

  /// A run of floats in the memory of a value that is nobody's view.
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
  /// How many planes a value has, and their size in floats.
  func planes(of value: Graph.ValueID) -> (count: Int, size: Int) {
    let shape = shapes[value]
    let total = Tensor.count(of: shape) ?? 0
    guard shape.count >= 2, shape[0] == 1, shape[1] > 0 else { return (1, total) }
    return (shape[1], total / shape[1])
  }

  /// Finds the views, and gives memory of its own to what is read as a whole but does not lie as a whole.
  ///
  /// - Parameter fixed: values whose memory is not the arena, which cannot be joined with others.
  func resolvingViews(fixed: Set<Graph.ValueID>) -> (program: Program, views: Views) {
    var program = self
    program.steps = []
    var views = Views(planes: [], strides: [])
    let loose = looseValues()
    for value in shapes.indices { views.append(planes(of: value), isLoose: loose.contains(value)) }
    func copy(_ value: Graph.ValueID, path: String) -> Graph.ValueID {
      let copied = program.addValue(program.shapes[value])
      views.append(program.planes(of: copied), isLoose: false)
      program.steps.append(
        Step(
          operation: .slice(axis: 1, start: 0, end: program.planes(of: value).count, step: 1), weights: [],
          inputs: [value], output: copied, activation: nil, path: path, isCopy: true))
      return copied
    }
    for step in steps {
      var step = step
      if fixed.contains(step.output) {
        program.steps.append(step)
        continue
      }
      if let planes = program.view(of: step, views, fixed) {
        views.planes[step.output] = planes
        program.steps.append(step)
        continue
      }
      if !program.takesPlanes(step) {
        for index in step.inputs.indices where !program.isWhole(step.inputs[index], views) {
          step.inputs[index] = copy(step.inputs[index], path: step.path)
        }
        if let planes = program.view(of: step, views, fixed) { views.planes[step.output] = planes }
      }
      program.steps.append(step)
    }
    for index in outputs.indices where !program.isWhole(outputs[index].value, views) {
      let value = copy(outputs[index].value, path: "")
      program.outputs[index] = Graph.Port(name: outputs[index].name, value: value)
    }
    return (program, views)
  }

  /// Values whose planes nobody needs to follow each other.
  private func looseValues() -> Set<Graph.ValueID> {
    var whole = Set(inputs.map(\.value) + outputs.map(\.value))
    var loose: Set<Graph.ValueID> = []
    for step in steps.reversed() {
      let writesPlanes = if case .convolution = step.operation { true } else { planewise(step) != nil }
      if writesPlanes, !whole.contains(step.output) { loose.insert(step.output) }
      let keepsPlanes =
        switch step.operation {
        case .slice(1, _, _, _), .gather(1, _), .concat(1): !whole.contains(step.output)
        default: true
        }
      if !takesPlanes(step) || !keepsPlanes { whole.formUnion(step.inputs) }
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

  /// The planes of a step's output where they are planes of its inputs.
  private func view(of step: Step, _ views: Views, _ fixed: Set<Graph.ValueID>) -> [Views.Plane]? {
    guard step.activation == nil, !step.isCopy, let input = step.inputs.first else { return nil }
    let shape = shapes[input]
    let source = views.planes[input]
    let hasPlanes = shape.count >= 2 && shape[0] == 1
    switch step.operation {
    case .slice(1, let start, let end, let every) where hasPlanes:
      return stride(from: start, to: end, by: every).map { source[$0] }
    case .gather(1, let indices) where hasPlanes:
      return indices.map { source[$0] }
    case .concat(1) where hasPlanes:
      let planes = step.inputs.flatMap { views.planes[$0] }
      let isFixed = planes.contains { fixed.contains($0.root) }
      return isFixed && planes.contains { $0.root != planes[0].root } ? nil : planes
    case .slice(let axis, let start, _, 1) where shape.prefix(axis).allSatisfy { $0 == 1 }:
      return whole(step, from: start * shape.dropFirst(axis + 1).reduce(1, *), views)
    case .reshape: return whole(step, from: 0, views)
    case .transpose(let order):
      // Moving axes of extent 1 moves no memory.
      let isStill = order.filter { shape[$0] != 1 } == shape.indices.filter { shape[$0] != 1 }
      return isStill ? whole(step, from: 0, views) : nil
    default: return nil
    }
  }

  /// The output as a run of the input's memory.
  private func whole(_ step: Step, from offset: Int, _ views: Views) -> [Views.Plane]? {
    guard let first = views.planes[step.inputs[0]].first, isWhole(step.inputs[0], views) else { return nil }
    let (count, size) = planes(of: step.output)
    return (0..<count).map { Views.Plane(root: first.root, offset: first.offset + offset + $0 * size) }
  }

  /// Whether a step finds the planes of its inputs one by one.
  private func takesPlanes(_ step: Step) -> Bool {
    if planewise(step) != nil { return true }
    switch step.operation {
    case .convolution, .transposedConvolution: return true
    case .slice(1, _, _, _), .gather(1, _), .concat(1): return shapes[step.output].first == 1
    default: return false
    }
  }

  /// How many planes a step makes where each comes from the same planes of the inputs alone; nil where it does not.
  func planewise(_ step: Step) -> Int? {
    let shape = shapes[step.output]
    guard shape.count >= 2, shape[0] == 1, step.inputs.allSatisfy({ shapes[$0].count == shape.count }),
      step.inputs.allSatisfy({ shapes[$0][0] == 1 && shapes[$0][1] == shape[1] })
    else { return nil }
    switch step.operation {
    case .convolution(let convolution):
      let isDepthwise = convolution.groups > 1 && convolution.groups == shape[1] && step.inputs.count == 1
      return isDepthwise && shapes[step.inputs[0]][1] == shape[1] ? shape[1] : nil
    case .binary:
      let fits = step.inputs.dropFirst().allSatisfy { shapes[$0] == shape || enlarges(shapes[$0], to: shape) }
      return shapes[step.inputs[0]] == shape && fits ? shape[1] : nil
    case .batchNorm, .unary, .scalar, .pool, .adaptiveAveragePool, .resize: return shape[1]
    default: return nil
    }
  }
}
