import PoseGraph

/// The loss of YOLOX-Pose: objectness at every place; and at the places that are to find someone the score, which is to be
/// the similarity of the poses, the overlap of the boxes, the similarity of the poses (Maji et al., YOLO-Pose, CVPRW 2022) and
/// the visibility of the joints.
///
/// Follows `loss` of MMPose's `YOLOXPoseHead`. Places in areas of which nothing is known count only where they are to find
/// someone. Weights of joints are not read.
public struct YOLOXPoseLoss: Loss {
  public var ports: [LossPort] { reader.ports }
  public var assignment = SimOTAAssignment()
  public var objectnessWeight = 1.0
  public var classWeight = 1.0
  public var boxWeight = 5.0
  public var similarityWeight = 30.0
  public var visibilityWeight = 1.0
  /// The weight of the boxes' outputs by themselves, in the last epochs.
  public var auxiliaryWeight = 1.0
  /// Whether the boxes' outputs count by themselves, too. Published training turns it on for the last 20 epochs.
  public var usesAuxiliaryLoss = false
  /// The power of a place's measure that its score is to become.
  public var overlapsPower = 0.5
  /// The processes over which the losses are averaged; nil for this one alone.
  public var group: ProcessGroup?
  private let reader: PeoplePorts
  private let similarity: KeypointSimilarity

  /// - Parameters:
  ///   - levels: heights and widths of the outputs' maps, the finest first.
  ///   - inputWidth: of the network.
  ///   - sigmas: each joint's tolerance, as `Skeleton` has them.
  public init(levels: [(height: Int, width: Int)], inputWidth: Int, sigmas: [Double]) {
    reader = PeoplePorts(
      levels: levels, inputWidth: inputWidth, joints: sigmas.count, at: .corner, others: ("objectnesses", 1))
    similarity = KeypointSimilarity(sigmas: sigmas.map(Float.init))
  }

  public func callAsFunction(
    _ outputs: [TorchTensor], _ targets: [TorchTensor], weights: TorchTensor?
  ) throws(LibTorchError) -> TorchTensor {
    try terms(outputs, targets).map(\.value).sum()
  }

  /// The weighted parts of the loss.
  func terms(_ outputs: [TorchTensor], _ targets: [TorchTensor]) throws(LibTorchError) -> [LossTerm] {
    let (outputs, rows) = try reader.read(outputs, targets)
    let assigned = try self.assigned(outputs, rows)
    let share = try assigned.share(group)
    var terms = [try LossTerm("objectness", objectness(outputs, assigned, share), weight: objectnessWeight)]
    if assigned.places.isEmpty {
      return try terms + [.nothing(of: [outputs.scores, outputs.boxes, outputs.joints, outputs.visibilities])]
    }
    let found = try AssignedTerms(outputs, rows, assigned, similarity, share: share)
    terms += [
      try LossTerm("boxes", found.boxes(), weight: boxWeight),
      try LossTerm(
        "poses", found.poses(besides: found.targets.positions, shares: found.targets.shareOfLabelled()),
        weight: similarityWeight),
      try LossTerm("visibilities", found.visibilities(), weight: visibilityWeight),
      try LossTerm("scores", scores(found, assigned), weight: classWeight),
    ]
    if usesAuxiliaryLoss { terms.append(try LossTerm("box outputs", found.boxOutputs(), weight: auxiliaryWeight)) }
    return terms
  }

  /// The people whom the places of outputs are to find.
  func assigned(_ outputs: [TorchTensor], _ rows: TorchTensor) throws(LibTorchError) -> AssignedPeople {
    try assigned(reader.read(outputs, [rows]).outputs, rows)
  }

  private func assigned(_ outputs: PlaceOutputs, _ rows: TorchTensor) throws(LibTorchError) -> AssignedPeople {
    try AssignedPeople(outputs, rows, assignment, similarity, hasObjectness: true)
  }

  private func objectness(
    _ outputs: PlaceOutputs, _ assigned: AssignedPeople, _ share: Double
  ) throws(LibTorchError) -> TorchTensor {
    var goals = [Float](repeating: 0, count: outputs.others.count)
    for place in assigned.places { goals[place] = 1 }
    let shape = outputs.others.shape
    let weights: TorchTensor? =
      if let weights = assigned.weights { try TorchTensor.numbers(weights, shape, like: outputs.others) } else { nil }
    let sum = try ATen.binary_cross_entropy_with_logits(
      outputs.others, .numbers(goals, shape, like: outputs.others), weights, nil, reduction: LossReduction.sum)
    return try ATen.mulScalar(sum, b: share)
  }

  private func scores(_ found: AssignedTerms, _ assigned: AssignedPeople) throws(LibTorchError) -> TorchTensor {
    let scores = found.placed.scores
    let goals = try assigned.goals(power: overlapsPower, like: scores)
    let sum = try ATen.binary_cross_entropy_with_logits(scores, goals, nil, nil, reduction: LossReduction.sum)
    return try ATen.mulScalar(sum, b: found.share)
  }
}
