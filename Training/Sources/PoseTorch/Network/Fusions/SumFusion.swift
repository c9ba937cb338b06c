import CTorch
import PoseGraph

/// A sum of images, each times a factor and perhaps upsampled, and perhaps the ReLU of it.
struct ImageSum {
  var terms: [(value: Graph.ValueID, factor: Double)] = []
  let output: Graph.ValueID
  let relu: Bool
  /// The nodes that it stands for besides the last addition.
  var nodes: [Int] = []

  fileprivate mutating func add(_ value: Graph.ValueID) {
    if let present = terms.firstIndex(where: { $0.value == value }) {
      terms[present].factor += 1
    } else {
      terms.append((value, 1))
    }
  }
}

extension StepFusion {
  /// An n-ary sum, with the upsampling of its terms and the ReLU that alone reads it.
  static let sum = StepFusion(name: "sum") { planner, index in
    guard let sum = planner.sums[index] else { return nil }
    let node = planner.graph.nodes[index]
    return PlannedStep(
      path: node.path, inputs: sum.terms.map(\.value), output: sum.output,
      run: sumStep(sum, size: Array(planner.graph.shape(of: node.output).dropFirst(2))))
  }
}

extension Graph {
  /// Sums of several images, by the node of the last addition. Partial sums and upsampled images that nothing else reads
  /// become terms of the whole.
  func sums(_ dataflow: Dataflow) -> [Int: ImageSum] {
    func isSum(_ node: Node) -> Bool {
      node.operation == .binary(.add) && shape(of: node.output).count == 4
        && node.inputs.allSatisfy { shape(of: $0) == shape(of: node.output) }
    }
    var sums: [Int: ImageSum] = [:]
    for (index, node) in nodes.enumerated() where isSum(node) {
      let next = dataflow.onlyReader(of: node.output)
      if let next, isSum(nodes[next]) { continue }
      let rectifier = next.flatMap { nodes[$0].operation == .unary(.relu) ? $0 : nil }
      var sum = ImageSum(output: rectifier.map { nodes[$0].output } ?? node.output, relu: rectifier != nil)
      sum.nodes = rectifier.map { [$0] } ?? []
      // First terms first, as they are written.
      var open = [node.output]
      while let value = open.popLast() {
        guard let maker = dataflow.producer(of: value),
          value == node.output || dataflow.onlyReader(of: value) != nil
        else {
          sum.add(value)
          continue
        }
        let isInside = value != node.output
        if isSum(nodes[maker]) {
          open += nodes[maker].inputs.reversed()
          if isInside { sum.nodes.append(maker) }
        } else if let coarse = dataflow.nearestUpsampleSource(maker) {
          sum.add(coarse)
          sum.nodes.append(maker)
        } else {
          sum.add(value)
        }
      }
      sums[index] = sum
    }
    return sums
  }
}

func sumStep(_ sum: ImageSum, size: [Int]) -> Step {
  let factors = sum.terms.map(\.factor)
  return { inputs, _, _ throws(LibTorchError) in
    let own = try withHandles(inputs) { handles throws(LibTorchError) -> TorchTensor? in
      guard torch_can_sum(handles, inputs.count, size[0], size[1]) else { return nil }
      return try TorchTensor(
        taking: torch_sum_images(handles, factors, inputs.count, size[0], size[1], sum.relu), "sum")
    }
    if let own { return own }
    var result: TorchTensor?
    for (input, factor) in zip(inputs, factors) {
      let image =
        Array(input.shape.suffix(2)) == size ? input : try ATen.upsample_nearest2d(input, size: size, scales: nil)
      if let sum = result {
        result = try ATen.add(sum, image, alpha: factor)
      } else {
        result = factor == 1 ? image : try ATen.mulScalar(image, b: factor)
      }
    }
    guard let result else { throw LibTorchError(operation: "sum", reason: "there is nothing") }
    return sum.relu ? try inputs.count > 1 ? ATen.reluInPlace(result) : ATen.relu(result) : result
  }
}
