import PoseCore
import PoseGraph

/// YOLO-Pose's loss, as its paper has it (Maji et al., CVPRW 2022): at the anchors that are to find someone the complete overlap
/// of boxes, the similarity of poses, how clear joints are and whether there is a person; and at all anchors whether there is
/// an object, which is to be as likely as the box is right.
///
/// Anchors in areas of which nothing is known count only where they are to find someone. Terms are means over anchors and
/// joints, times the number of pictures, which the paper adds up. Weights of joints are not read.
public struct YOLOPoseLoss: Loss {
  public let ports: [LossPort]
  public var boxWeight = 0.05
  public var classWeight = 0.5
  public var objectnessWeight = 1.0
  public var similarityWeight = 0.1
  public var visibilityWeight = 0.5
  /// The weights of the levels' objectnesses, the finest first.
  public var levelWeights = [4, 1, 0.25, 0.06]
  var matching = AnchorMatching()
  private let levels: [AnchorMatching.Level]
  private let similarity: KeypointSimilarity

  /// - Parameters:
  ///   - inputWidth: of the network.
  ///   - sigmas: each joint's tolerance, as `Skeleton` has them.
  /// - Throws: ``LibTorchError`` where the network is another one.
  public init(_ network: TrainableNetwork, inputWidth: Int, sigmas: [Double]) throws(LibTorchError) {
    let graph = network.graph
    let shapes = graph.outputs.filter { $0.name.hasPrefix("anchor_preds.") }.map { graph.shape(of: $0.value) }
    let table = network.parameters.first { $0.name.hasSuffix("anchor_grid") }
    guard let table, shapes.count == table.tensor.shape[0], !shapes.isEmpty else {
      throw LibTorchError(operation: "YOLO-Pose's loss", reason: "\(graph.name) has no anchors")
    }
    let (sides, count) = (try table.tensor.floats(), table.tensor.count / shapes.count / 2)
    levels = shapes.enumerated().map { level, shape in
      AnchorMatching.Level(
        height: shape[2], width: shape[3], stride: Float(inputWidth) / Float(shape[3]),
        anchors: (level * count..<(level + 1) * count).map { SIMD2(sides[2 * $0], sides[2 * $0 + 1]) })
    }
    ports = shapes.indices.map {
      LossPort("anchor_preds.\($0)", for: PersonRow.port, .maps(channels: count * (6 + 3 * sigmas.count)))
    }
    similarity = KeypointSimilarity(sigmas: sigmas.map(Float.init))
  }

  public func callAsFunction(
    _ outputs: [TorchTensor], _ targets: [TorchTensor], weights: TorchTensor?
  ) throws(LibTorchError) -> TorchTensor {
    let pictures = outputs.first?.shape[0] ?? 1
    return try ATen.mulScalar(terms(outputs, targets).map(\.value).sum(), b: Double(pictures))
  }

  /// The weighted parts of the loss, those of each level after one another, not yet times the number of pictures.
  func terms(_ outputs: [TorchTensor], _ targets: [TorchTensor]) throws(LibTorchError) -> [LossTerm] {
    let width = PersonRow.count(joints: similarity.sigmas.count)
    guard outputs.count == levels.count, let rows = targets.first, rows.shape.count == 3, rows.shape[2] == width else {
      throw LibTorchError(
        operation: "YOLO-Pose's loss",
        reason: "takes \(levels.count) outputs and rows of \(width) numbers, not \(targets.map(\.shape))")
    }
    let (shape, numbers) = (rows.shape, try rows.floats())
    let people = (0..<shape[0]).map { picture in
      let numbers = numbers[picture * shape[1] * width..<(picture + 1) * shape[1] * width]
      return (first: picture * shape[1], PicturePeople(numbers, width: width))
    }
    let flat = try ATen.reshape(rows, shape: [-1, width])
    var terms: [LossTerm] = []
    for (index, level) in levels.enumerated() {
      let matches = matching.matches(of: people, on: level)
      var goals = AnchorGoals(level, pictures: shape[0], people)
      if !matches.isEmpty {
        let found = try AnchorPredictions(outputs[index], matches, level)
        let labels = try PersonTargets(
          ATen.index_select(
            flat, axis: 0, TorchTensor(indices: matches.map(\.person), device: flat.device)
          ).to(like: found.numbers))
        let overlaps = try BoxPairs(found.sides(), labels.sides).completeIntersectionOverUnion()
        goals.raise(to: try overlaps.detached().floats(), at: matches)
        terms += try personTerms(found, labels, overlaps)
      }
      terms.append(
        try LossTerm(
          "objectness", goals.loss(of: outputs[index]),
          weight: objectnessWeight * levelWeights[min(index, levelWeights.count - 1)]))
    }
    return terms
  }

  /// What counts at the anchors that are to find someone.
  private func personTerms(
    _ found: AnchorPredictions, _ labels: PersonTargets, _ overlaps: TorchTensor
  ) throws(LibTorchError) -> [LossTerm] {
    func missing(_ shares: TorchTensor) throws(LibTorchError) -> TorchTensor {
      try ATen.mean(shares.complement(), type: nil)
    }
    let scores = try found.scores()
    return [
      try LossTerm("boxes", missing(overlaps), weight: boxWeight),
      try LossTerm(
        "scores",
        ATen.binary_cross_entropy_with_logits(
          scores, ATen.ones_like(scores), nil, nil, reduction: LossReduction.mean), weight: classWeight),
      try LossTerm("poses", missing(similarity(found.positions(), labels)), weight: similarityWeight),
      try LossTerm(
        "visibilities",
        ATen.binary_cross_entropy_with_logits(
          found.visibilities(), labels.isLabelled, nil, nil, reduction: LossReduction.mean), weight: visibilityWeight),
    ]
  }
}
