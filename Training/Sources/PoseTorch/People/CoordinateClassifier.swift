import PoseGraph

/// RTMO's classifier of coordinates in training: bins over the region of each person, and how likely each joint is in each.
struct CoordinateClassifier {
  /// The numbers of features of a place.
  let featureChannels: Int
  private let network: TrainableNetwork
  private let outputs: [Int]

  private static let names = ["keypoints", "x_hms", "y_hms", "sigmas"]
  /// The numbers that the network takes besides a place's features.
  private static let placeNumbers = 6

  init(_ network: TrainableNetwork) throws(LibTorchError) {
    let graph = network.graph
    outputs = Self.names.compactMap { name in graph.outputs.firstIndex { $0.name == name } }
    let input = graph.inputs.first.map { graph.shape(of: $0.value) } ?? []
    guard outputs.count == Self.names.count, input.count == 2, input[1] > Self.placeNumbers else {
      throw LibTorchError(
        operation: "RTMO's loss", reason: "\(graph.name) does not give \(Self.names.joined(separator: ", "))")
    }
    (self.network, featureChannels) = (network, input[1] - Self.placeNumbers)
  }

  /// The weights that learn.
  var weights: [TorchTensor] { network.parameters.filter(\.isTrainable).map(\.tensor) }

  /// Finds the joints of the people at some places.
  ///
  /// A single place has no statistics, so norms do not keep them.
  func callAsFunction(_ placed: PlacedPeople) throws(LibTorchError) -> ClassifiedPoses {
    let sides = try ATen.split_with_sizes(placed.sides(), sizes: [2, 2], axis: 1)
    let center = try ATen.mulScalar(ATen.add(sides[1], sides[0], alpha: 1), b: 0.5)
    // The bins reach an eighth of the box beyond each of its sides.
    let extent = try ATen.mulScalar(ATen.sub(sides[1], sides[0], alpha: 1), b: 1.25)
    let input = try ATen.cat([placed.others, center, extent, placed.corner], axis: 1)
    let given = try network(input, RunMode(isTraining: true, updatesStatistics: input.shape[0] > 1))
    return ClassifiedPoses(
      positions: given[outputs[0]], columns: given[outputs[1]], rows: given[outputs[2]], sigmas: given[outputs[3]],
      center: center, extent: extent)
  }
}

/// What the classifier gives for the people at some places.
struct ClassifiedPoses {
  /// In pixels of the input, `places x joints x 2`.
  let positions: TorchTensor
  /// How likely a joint is in each bin over the width, `places x joints x bins`.
  let columns: TorchTensor
  /// The same over the height.
  let rows: TorchTensor
  /// How far joints may be away, as a share of the person's size: `places x joints`.
  let sigmas: TorchTensor
  /// The middle and the extent of the region that the bins divide, `places x 2` each.
  let center: TorchTensor
  let extent: TorchTensor

  /// The negative logarithm of how likely the labels are by the bins near them (maximum likelihood for coordinate
  /// classification, Lu et al., 2024).
  func likelihoodLoss(of targets: PersonTargets) throws(LibTorchError) -> TorchTensor {
    let likelihood = try ATen.mul(likelihood(of: targets, axis: 0, columns), likelihood(of: targets, axis: 1, rows))
    let losses = try ATen.neg(ATen.log(ATen.addScalar(likelihood, b: 1e-4, alpha: 1))).withoutNonFinite()
    return try ATen.mean(ATen.mul(losses, targets.isLabelled), type: nil)
  }

  /// Along an axis: the sum of the bins, each times the density of a Laplace distribution around the label.
  private func likelihood(
    of targets: PersonTargets, axis: Int, _ bins: TorchTensor
  ) throws(LibTorchError) -> TorchTensor {
    func column(_ pair: TorchTensor) throws(LibTorchError) -> TorchTensor {
      try ATen.slice(pair, axis: -1, start: axis, end: axis + 1, step: 1)
    }
    let count = bins.shape[2]
    let shares = (0..<count).map { Float(Double($0) / Double(max(count - 1, 1)) - 0.5) }
    let spread = try ATen.mul(column(extent), TorchTensor.numbers(shares, [1, count], like: bins))
    let places = try ATen.unsqueeze(ATen.add(spread, column(center), alpha: 1), axis: 1)
    let distances = try ATen.abs(ATen.sub(column(targets.positions), places, alpha: 1))
    let size = try ATen.unsqueeze(ATen.clamp(ATen.sqrt(targets.areas), least: 1, most: .infinity), axis: 2)
    let sigmas = try ATen.unsqueeze(ATen.clamp(sigmas, least: 1e-3, most: .infinity), axis: 2)
    let scaled = try ATen.div(distances, ATen.mul(size, sigmas))
    let densities = try ATen.div(ATen.exp(ATen.mulScalar(scaled, b: -0.5)), sigmas)
    return try ATen.sumAxes(ATen.mul(bins, densities), axes: [-1], keepsAxes: false, type: nil)
  }
}

extension TorchTensor {
  /// The same numbers, with 0 for those that are not finite.
  func withoutNonFinite() throws(LibTorchError) -> TorchTensor {
    try ATen.where(ATen.isfinite(self), self, ATen.zeros_like(self))
  }
}
