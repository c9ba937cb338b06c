import CPoseKernels
import PoseGraph

/// A product with gates, the 3x3 convolution of each of its planes, and the means of what that makes: one sweep over a
/// plane. Either the gates or the means may be missing.
struct GatedConvolution {
  var convolution: Program.Step
  var x: Graph.ValueID
  var gates: Graph.ValueID?
  var means: Graph.ValueID?
  /// How many steps it stands for.
  var count: Int
}

extension PlanBuilder {
  /// What the first of these steps of a unit begin, if they follow each other and no other kernel joins them.
  func gatedConvolution(_ joined: ArraySlice<[Program.Step]>) -> GatedConvolution? {
    var steps = Array(joined.prefix { $0.count == 1 }.joined())[...]
    guard var convolution = steps.popFirst() else { return nil }
    var gated = GatedConvolution(convolution: convolution, x: convolution.inputs[0], count: 1)
    if convolution.operation == .binary(.multiply), convolution.activation == nil, let next = steps.popFirst() {
      let product = convolution
      convolution = next
      // Nobody else may need the product.
      guard convolution.inputs[0] == product.output, program.readers[product.output] == 1,
        memory.places[product.output].space == .chunk
      else { return nil }
      gated = GatedConvolution(convolution: convolution, x: product.inputs[0], gates: product.inputs[1], count: 2)
    }
    guard case .convolution(let geometry) = convolution.operation, geometry.isGated3x3,
      program.planewise(convolution) != nil, [nil, .relu].contains(convolution.activation)
    else { return nil }
    if let pool = steps.first, pool.operation.isAdaptiveAverage, pool.inputs[0] == convolution.output,
      program.planes(of: pool.output).size == 1
    {
      gated.means = pool.output
      gated.count += 1
    }
    // A sweep reads what the results of its steps may lie over, were they made one after another.
    let read = [gated.x] + (gated.gates.map { [$0] } ?? [])
    guard gated.count > 1, !read.contains(where: { planes(of: $0, lieIn: .chunk) }) else { return nil }
    return gated
  }

  private func planes(of value: Graph.ValueID, lieIn space: MemoryPlan.Space) -> Bool {
    views.planes[value].contains { memory.places[$0.root].space == space }
  }

  mutating func planewise(_ gated: GatedConvolution) -> PlaneRun {
    let step = gated.convolution
    let weights = store(step.weights[0])
    let bias = store(step.weights.count > 1 ? step.weights[1] : [], if: step.weights.count > 1)
    let (x, out) = (planes(gated.x), planes(step.output))
    let gates = gated.gates.map { planes($0) }
    let means = gated.means.map { planes($0) }
    let (height, width) = (shape(step.output)[2], shape(step.output)[3])
    let gateShape = gated.gates.map { shape($0) } ?? [1, 1, 1, 1]
    let (gateHeight, gateWidth) = (gateShape[2], gateShape[3])
    let (table, activation) = (kernels.table, step.activation.kernel)
    return { memory, planes in
      let first = planes.lowerBound
      table.gated3x3(
        memory[weights] + 9 * first, bias.map { UnsafePointer(memory[$0] + first) }, memory[x],
        memory.table(x, from: first), gates.map { UnsafePointer(memory[$0]) },
        gates.map { memory.table($0, from: first) }, gateHeight, gateWidth, memory[out],
        memory.table(out, from: first), means.map { memory[$0] }, means.map { memory.table($0, from: first) },
        planes.count, height, width, activation)
    }
  }
}

extension Convolution {
  fileprivate var isGated3x3: Bool { kernel == 3 && stride == 1 && padding == 1 && dilation == 1 }
}

extension Operation {
  fileprivate var isAdaptiveAverage: Bool { if case .adaptiveAveragePool = self { true } else { false } }
}
