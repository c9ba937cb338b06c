import PoseCodecs
import PoseConfiguration
import PoseExperiments
import PoseGraph
import PoseTorch

/// Which of a network's outputs and of a recipe's targets a loss reads, found by their ports' names.
struct PortMatching {
  /// Indices of the graph's outputs, in the loss's order.
  let outputs: [Int]
  /// Indices of the target's ports, in the loss's order.
  let targets: [Int]

  /// - Throws: `TrainingError` where a port is missing or has a shape that the loss does not read.
  init(
    _ loss: any Loss, targets ports: [TargetPort], graph: Graph, of configuration: ModelConfiguration
  ) throws(TrainingError) {
    let given = graph.outputs.map { (name: $0.name, shape: Array(graph.shape(of: $0.value).dropFirst())) }
    func list(_ ports: [(name: String, shape: [Int])]) -> String {
      ports.map { "\($0.name) \($0.shape)" }.joined(separator: ", ")
    }
    var (outputs, targets): ([Int], [Int]) = ([], [])
    for port in loss.ports {
      let output = given.firstIndex { $0.name == port.output }
      let target = ports.firstIndex { $0.name == port.target }
      guard let output, let target, port.reads(given[output].shape, for: ports[target].shape) else {
        throw .configuration(
          name: configuration.name,
          reason:
            "its loss \(type(of: loss)) reads \(port.output) (\(port.shape)) for the target \(port.target), but the "
            + "network's outputs are \(list(given)) and the targets \(list(ports.map { ($0.name, $0.shape) })). "
            + "Choose another train.loss.name, or the codec that goes with the head")
      }
      outputs.append(output)
      if !targets.contains(target) { targets.append(target) }
    }
    (self.outputs, self.targets) = (outputs, targets)
  }

  /// Checks that the labels' loss can be learned beside a teacher's.
  func checkForTeacher(of configuration: ModelConfiguration) throws(TrainingError) {
    guard outputs.count == 1 else {
      throw .configuration(
        name: configuration.name,
        reason: "a teacher is for networks with one output, and the loss reads \(outputs.count)")
    }
  }
}

/// A loss that gets the outputs and targets that it reads, whatever others there are.
struct MatchedLoss: Loss {
  let loss: any Loss
  let matching: PortMatching

  var ports: [LossPort] { loss.ports }
  var parameters: [TrainableNetwork.NamedParameter] { loss.parameters }

  func inEpoch(_ epoch: Int) -> any Loss { MatchedLoss(loss: loss.inEpoch(epoch), matching: matching) }

  func callAsFunction(
    _ outputs: [TorchTensor], _ targets: [TorchTensor], weights: TorchTensor?
  ) throws(LibTorchError) -> TorchTensor {
    try loss(matching.outputs.map { outputs[$0] }, matching.targets.map { targets[$0] }, weights: weights)
  }
}
