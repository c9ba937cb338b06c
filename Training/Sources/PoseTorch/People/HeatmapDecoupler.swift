import PoseGraph

/// CID's second part in training: heatmaps of a person's own joints, from the features of the person's center and those that
/// all people share.
struct HeatmapDecoupler {
  private let network: TrainableNetwork
  private let output: Int

  /// - Parameter network: of the part that looks at one person.
  init(_ network: TrainableNetwork) throws(LibTorchError) {
    guard let output = network.graph.outputs.firstIndex(where: { $0.name == "heatmaps" }) else {
      throw LibTorchError(operation: "CID's loss", reason: "\(network.graph.name) does not give heatmaps")
    }
    (self.network, self.output) = (network, output)
  }

  /// The weights that learn.
  var weights: [TorchTensor] { network.parameters.filter(\.isTrainable).map(\.tensor) }

  /// The heatmaps of some people, `M x K x H x W`.
  ///
  /// - Parameters:
  ///   - people: who they are.
  ///   - features: of their centers, `M x C`.
  ///   - shared: of the whole batch, `N x S x H x W`.
  func callAsFunction(
    _ people: [CenteredPerson], features: TorchTensor, shared: TorchTensor
  ) throws(LibTorchError) -> TorchTensor {
    let width = shared.shape[3]
    let places = people.flatMap { [Float($0.pixel % width), Float($0.pixel / width)] }
    let pictures = try TorchTensor(indices: people.map(\.picture), device: shared.device)
    let own = try ATen.index_select(
      ATen.reshape(shared, shape: [shared.shape[0], -1]), axis: 0, pictures)
    let input = try ATen.cat(
      [features, TorchTensor.numbers(places, [people.count, 2], like: features), own], axis: 1)
    return try network(input, isTraining: true)[output]
  }
}

/// A person of a batch whose features are read at a pixel.
struct CenteredPerson {
  /// The number of the picture.
  let picture: Int
  /// The person's row over the whole batch.
  let row: Int
  /// The pixel of the maps.
  let pixel: Int
  /// How much each joint counts.
  let weights: [Float]

  /// Those of rows of pixels and weights, `N x P x (1 + K)`, of which some have no pixel.
  static func all(in rows: TorchTensor) throws(LibTorchError) -> [CenteredPerson] {
    let (shape, numbers) = (rows.shape, try rows.floats())
    return (0..<shape[0] * shape[1]).compactMap { row in
      let numbers = numbers[row * shape[2]..<(row + 1) * shape[2]]
      guard let pixel = numbers.first, pixel >= 0 else { return nil }
      return CenteredPerson(
        picture: row / shape[1], row: row, pixel: Int(pixel), weights: Array(numbers.dropFirst()))
    }
  }
}
