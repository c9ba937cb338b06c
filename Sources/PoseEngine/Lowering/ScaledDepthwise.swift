import CPoseKernels
import PoseGraph

extension PlanBuilder {
  /// The depthwise 3x3 convolution of planes, each times its gates, and the mean of each plane of the result: one sweep
  /// over a plane.
  mutating func scaledDepthwise(
    _ convolution: Program.Instruction, of x: Graph.ValueID, gates: Graph.ValueID?, means: Graph.ValueID?
  ) -> PlaneRun {
    let weights = store(convolution.weights[0])
    let bias = store(convolution.weights.count > 1 ? convolution.weights[1] : [], if: convolution.weights.count > 1)
    let (height, width) = (shape(convolution.output)[2], shape(convolution.output)[3])
    let gateShape = gates.map { shape($0) } ?? [1, 1, 1, 1]
    let (gateHeight, gateWidth) = (gateShape[2], gateShape[3])
    let (x, out) = (planes(x), planes(convolution.output))
    let gates = gates.map { planes($0) }
    let means = means.map { planes($0) }
    let (table, activation) = (kernels.table, convolution.activation.kernel)
    return { memory, planes in
      let first = planes.lowerBound
      table.depthwise3x3_scaled(
        memory[weights] + 9 * first, bias.map { UnsafePointer(memory[$0] + first) }, memory[x],
        memory.table(x, from: first), gates.map { UnsafePointer(memory[$0]) },
        gates.map { memory.table($0, from: first) }, gateHeight, gateWidth, memory[out],
        memory.table(out, from: first), means.map { memory[$0] }, means.map { memory.table($0, from: first) },
        planes.count, height, width, activation)
    }
  }
}
