import PoseCore
import PoseGraph

/// RTMO's loss (Lu et al., CVPR 2024): the score of every place by varifocal loss (Zhang et al., CVPR 2021); and at the places
/// that are to find someone the overlap of the boxes, the visibility of the joints, the likelihood of their positions by the
/// classifier of coordinates, and the similarity of regressed poses, by which places are chosen.
///
/// Follows `loss` of MMPose's `RTMOHead`. The classifier runs at those places alone: it is a part of the network. Places in
/// areas of which nothing is known count only where they are to find someone. Weights of joints are not read.
public struct RTMOLoss: Loss {
  public var ports: [LossPort] { reader.ports }
  public var assignment = SimOTAAssignment()
  public var classWeight = 1.0
  public var boxWeight = 5.0
  public var visibilityWeight = 1.0
  /// The weight of the positions' likelihood. Published training begins with 1 for RTMO-t and -s, 0.01 for the larger ones and
  /// 0.001 on CrowdPose, and goes on with 5.
  public var likelihoodWeight = 1.0
  /// The weight of the regressed poses. Published training begins with 30 and goes on with 10.
  public var similarityWeight = 30.0
  /// The weight of the boxes' outputs by themselves, in the last epochs.
  public var auxiliaryWeight = 1.0
  /// Whether the regressed poses are to come near those of the classifier, where these are better, and scores are to become
  /// the similarity of the classifier's. Published training turns it on at about half of its epochs.
  public var learnsFromClassifier = false
  /// Whether the boxes' outputs count by themselves, too. Published training turns it on for the last 20 epochs.
  public var usesAuxiliaryLoss = false
  /// The power of a place's measure that its score is to become.
  public var overlapsPower = 0.5
  /// The processes over which the losses are averaged; nil for this one alone.
  public var group: ProcessGroup?
  private let reader: PeoplePorts
  private let similarity: KeypointSimilarity
  private let classifier: CoordinateClassifier

  /// - Parameters:
  ///   - levels: heights and widths of the outputs' maps, the finest first.
  ///   - inputWidth: of the network.
  ///   - sigmas: each joint's tolerance, as `Skeleton` has them.
  ///   - persons: the part of the network that finds a person's joints, one of `TrainableNetwork.parts`.
  /// - Throws: ``LibTorchError`` where that part is not RTMO's.
  public init(
    levels: [(height: Int, width: Int)], inputWidth: Int, sigmas: [Double], persons: TrainableNetwork
  ) throws(LibTorchError) {
    classifier = try CoordinateClassifier(persons)
    reader = PeoplePorts(
      levels: levels, inputWidth: inputWidth, joints: sigmas.count, at: .middle,
      others: ("pose_feats", classifier.featureChannels))
    similarity = KeypointSimilarity(sigmas: sigmas.map(Float.init))
    assignment.centersOnJoints = true
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
    if assigned.places.isEmpty {
      return [
        try LossTerm("scores", scores(outputs, assigned, goals: nil, share), weight: classWeight),
        try .nothing(
          of: [outputs.boxes, outputs.joints, outputs.visibilities, outputs.others] + classifier.weights),
      ]
    }
    let found = try AssignedTerms(outputs, rows, assigned, similarity, share: share)
    let poses = try classifier(found.placed)
    var terms = [
      try LossTerm("boxes", found.boxes(), weight: boxWeight),
      try LossTerm("visibilities", found.visibilities(), weight: visibilityWeight),
      try LossTerm("likelihood", poses.likelihoodLoss(of: found.targets), weight: likelihoodWeight),
    ]
    if usesAuxiliaryLoss { terms.append(try LossTerm("box outputs", found.boxOutputs(), weight: auxiliaryWeight)) }
    var goals = try assigned.goals(power: overlapsPower, like: outputs.scores)
    var (positions, counted) = (found.targets.positions, found.targets.isLabelled)
    if learnsFromClassifier {
      positions = try poses.positions.detached()
      counted = try ATen.mul(counted, isBetter(positions, found))
      goals = try withoutGradients { () throws(LibTorchError) in
        try ATen.powScalar(ATen.unsqueeze(similarity(positions, found.targets), axis: 1), b: overlapsPower)
      }
    }
    let shares = try ATen.mulScalar(counted, b: 1 / Double(reader.joints))
    terms.append(
      try LossTerm("poses", found.poses(besides: positions, shares: shares), weight: similarityWeight))
    terms.append(try LossTerm("scores", scores(outputs, assigned, goals: goals, share), weight: classWeight))
    return terms
  }

  /// The people whom the places of outputs are to find.
  func assigned(_ outputs: [TorchTensor], _ rows: TorchTensor) throws(LibTorchError) -> AssignedPeople {
    try assigned(reader.read(outputs, [rows]).outputs, rows)
  }

  private func assigned(_ outputs: PlaceOutputs, _ rows: TorchTensor) throws(LibTorchError) -> AssignedPeople {
    try AssignedPeople(outputs, rows, assignment, similarity, hasObjectness: false)
  }

  /// 1 for joints that are nearer to their labels than the regressed ones are, and 0 for others.
  private func isBetter(_ positions: TorchTensor, _ found: AssignedTerms) throws(LibTorchError) -> TorchTensor {
    try withoutGradients { () throws(LibTorchError) in
      let own = try similarity.squaredDistance(positions, found.targets.positions)
      let regressed = try similarity.squaredDistance(found.placed.positions(), found.targets.positions)
      return try ATen.gtScalar(ATen.sub(regressed, own, alpha: 1), b: 0).to(like: positions)
    }
  }

  /// Varifocal loss: places that are to find nobody count by how sure they are, others by what they are to be.
  ///
  /// - Parameter goals: of the places that are to find someone; nil where there are none.
  private func scores(
    _ outputs: PlaceOutputs, _ assigned: AssignedPeople, goals found: TorchTensor?, _ share: Double
  ) throws(LibTorchError) -> TorchTensor {
    let logits = outputs.scores
    var goals = try TorchTensor.zeros(logits.shape, device: logits.device).to(like: logits)
    if let found {
      goals = try ATen.index_copy(
        goals, axis: 0, TorchTensor(indices: assigned.places, device: logits.device), found)
    }
    let isNobody = try ATen.ltScalar(goals, b: Self.leastGoal).to(like: logits)
    let surety = try ATen.powScalar(ATen.sigmoid(logits), b: 2)
    let counts = try ATen.add(goals, ATen.mul(surety, isNobody), alpha: 0.75)
    let entropy = try ATen.binary_cross_entropy_with_logits(
      ATen.clamp(logits, least: -10, most: 10), goals, nil, nil, reduction: LossReduction.none)
    var losses = try ATen.mul(entropy, counts)
    if let weights = assigned.weights {
      losses = try ATen.mul(losses, TorchTensor.numbers(weights, logits.shape, like: logits))
    }
    return try ATen.mulScalar(ATen.sum(losses.withoutNonFinite(), type: nil), b: share)
  }

  /// What a score must be to become for its place to count as one that finds someone.
  private static let leastGoal = 1e-4
}
