import PoseGraph

/// The losses of contextual instance decoupling (Wang and Zhang, CVPR 2022): focal losses of everybody's heatmaps and of each
/// person's own, and the contrast of the features at people's centers.
///
/// Follows `loss` of MMPose's `CIDHead`. The part that makes a person's own heatmaps runs at labelled people alone: it is a
/// part of the network. Weights of joints are not read.
public struct CIDLoss: Loss {
  public let ports: [LossPort]
  /// The weight of everybody's heatmaps.
  public var coupledWeight = 1.0
  /// The weight of each person's own heatmaps.
  public var decoupledWeight = 4.0
  /// The weight of the features' contrast.
  public var contrastWeight = 1.0
  /// What similarities of features are divided by before they are compared.
  public var temperature = 0.05
  /// The most people of a batch whose own heatmaps are made (`max_train_instances`).
  public var mostPeople = 200
  private let decoupler: HeatmapDecoupler

  /// - Parameter network: CID's, with the part that looks at one person.
  /// - Throws: ``LibTorchError`` where it is another one.
  public init(_ network: TrainableNetwork) throws(LibTorchError) {
    func channels(_ name: String) -> Int? {
      network.graph.outputs.first { $0.name == name }.map { network.graph.shape(of: $0.value)[1] }
    }
    guard let person = network.parts.first, let maps = channels("heatmaps"), let features = channels("features"),
      let shared = channels("shared_features")
    else { throw LibTorchError(operation: "CID's loss", reason: "\(network.graph.name) is not CID") }
    decoupler = try HeatmapDecoupler(person)
    ports = [
      LossPort("heatmaps"), LossPort("heatmaps", for: "mask", .maps(channels: maps)),
      LossPort("features", for: "instances", .maps(channels: features)),
      LossPort("shared_features", for: "columns", .maps(channels: shared)),
      LossPort("shared_features", for: "rows", .maps(channels: shared)),
    ]
  }

  public func callAsFunction(
    _ outputs: [TorchTensor], _ targets: [TorchTensor], weights: TorchTensor?
  ) throws(LibTorchError) -> TorchTensor {
    try terms(outputs, targets).map(\.value).sum()
  }

  /// The weighted parts of the loss.
  func terms(_ outputs: [TorchTensor], _ targets: [TorchTensor]) throws(LibTorchError) -> [LossTerm] {
    guard outputs.count == ports.count, targets.count == ports.count, targets[2].shape.count == 3 else {
      throw LibTorchError(
        operation: "CID's loss",
        reason: "takes \(ports.count) outputs and targets, not \(outputs.count) and \(targets.count)")
    }
    let coupled = try LossTerm("heatmaps", focal(outputs[0], targets[0], mask: targets[1]), weight: coupledWeight)
    let people = try CenteredPerson.all(in: targets[2])
    if people.isEmpty { return [coupled, try .nothing(of: outputs[2...3] + decoupler.weights)] }
    let maps = outputs[2].shape
    let features = try outputs[2].vectors(
      at: people.map { (group: $0.picture, pixel: $0.pixel) }, channels: maps[1], area: maps[2] * maps[3])
    let contrast = try LossTerm("contrast", contrast(of: people, features), weight: contrastWeight)
    let chosen = (0..<min(people.count, mostPeople)).map { $0 * people.count / min(people.count, mostPeople) }
    let own = try ATen.index_select(features, axis: 0, TorchTensor(indices: chosen, device: features.device))
    let decoupled = try focalOfOwn(
      chosen.map { people[$0] }, features: own, shared: outputs[3], columns: targets[3], rows: targets[4])
    return [coupled, try LossTerm("own heatmaps", decoupled, weight: decoupledWeight), contrast]
  }

  /// The focal loss of each person's own heatmaps.
  private func focalOfOwn(
    _ people: [CenteredPerson], features: TorchTensor, shared: TorchTensor, columns: TorchTensor, rows: TorchTensor
  ) throws(LibTorchError) -> TorchTensor {
    let found = try decoupler(people, features: features, shared: shared)
    let chosen = try TorchTensor(indices: people.map(\.row), device: columns.device)
    let joints = columns.shape[2]
    func factors(_ all: TorchTensor, _ shape: [Int]) throws(LibTorchError) -> TorchTensor {
      let flat = try ATen.reshape(all, shape: [-1, joints, all.shape[3]])
      return try ATen.reshape(ATen.index_select(flat, axis: 0, chosen), shape: [people.count, joints] + shape)
    }
    let target = try ATen.mul(factors(columns, [1, -1]), factors(rows, [-1, 1]))
    let mask = try TorchTensor.numbers(
      people.flatMap(\.weights), [people.count, joints, 1, 1], like: columns)
    return try focal(found, target, mask: mask)
  }

  /// How hard it is to tell people of one picture apart by their features: the cross entropy of finding each among all by the
  /// cosine of the angle between them (InfoNCE; van den Oord et al., 2018).
  private func contrast(of people: [CenteredPerson], _ features: TorchTensor) throws(LibTorchError) -> TorchTensor {
    let squares = try ATen.sumAxes(ATen.mul(features, features), axes: [1], keepsAxes: true, type: nil)
    let directions = try ATen.div(features, ATen.sqrt(squares.atLeast(1e-24)))
    let cosines = try ATen.matmul(directions, ATen.permute(directions, order: [1, 0]))
    let others = people.flatMap { person in people.map { $0.picture == person.picture ? Float(0) : -1e9 } }
    let logits = try ATen.add(
      TorchTensor.numbers(others, [people.count, people.count], like: features), cosines, alpha: 1 / temperature)
    let own = try ATen.sumAxes(ATen.mul(directions, directions), axes: [1], keepsAxes: false, type: nil)
    let entropies = try ATen.sub(
      ATen.logsumexp(logits, axes: [1], keepsAxes: false), own, alpha: 1 / temperature)
    return try ATen.mean(entropies, type: nil)
  }
}
