import CTorch
import PoseGraph

/// A product of an image and gates, of which each stands for a block of pixels.
struct GatedImage {
  let image: Graph.ValueID
  let gates: Graph.ValueID
  /// The node that would upsample the gates.
  let upsampling: Int?
}

extension StepFusion {
  /// A product with gates, without upsampling them first.
  static let gate = StepFusion(name: "gate") { planner, index in
    guard let gate = planner.gates[index] else { return nil }
    let (graph, node) = (planner.graph, planner.graph.nodes[index])
    let broadcasts = graph.shape(of: gate.gates).dropFirst(2) == [1, 1]
    let size = broadcasts ? nil : Array(graph.shape(of: gate.image).dropFirst(2))
    return PlannedStep(
      path: node.path, inputs: [gate.image, gate.gates], output: node.output, run: gateStep(upsampledTo: size))
  }
}

extension Graph {
  /// Products of images and gates, by the product's node.
  func gates(_ dataflow: Dataflow) -> [Int: GatedImage] {
    var gates: [Int: GatedImage] = [:]
    for (index, node) in nodes.enumerated() where node.operation == .unary(.sigmoid) || node.operation.isNearest {
      guard let product = dataflow.onlyReader(of: node.output), nodes[product].operation == .binary(.multiply),
        nodes[product].inputs[1] == node.output, shape(of: nodes[product].inputs[0]).count == 4
      else { continue }
      let image = nodes[product].inputs[0]
      if node.operation.isNearest {
        gates[product] = GatedImage(image: image, gates: node.inputs[0], upsampling: index)
      } else if shape(of: node.output).dropFirst(2) == [1, 1] {
        gates[product] = GatedImage(image: image, gates: node.output, upsampling: nil)
      }
    }
    return gates
  }
}

/// An image times gates, which are upsampled first if they do not divide it evenly.
private func gateStep(upsampledTo size: [Int]?) -> Step {
  { inputs, _, _ throws(LibTorchError) in
    let (image, gates) = (inputs[0], inputs[1])
    defer { withExtendedLifetime((image, gates)) {} }
    if torch_can_gate(image.handle, gates.handle) {
      return try TorchTensor(taking: torch_gate(image.handle, gates.handle), "gate")
    }
    return try ATen.mul(image, size == nil ? gates : ATen.upsample_nearest2d(gates, size: size, scales: nil))
  }
}

extension Operation {
  fileprivate var isNearest: Bool { if case .resize(let resize) = self { resize.mode == .nearest } else { false } }
}
