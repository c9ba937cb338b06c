import PoseCodecs
import PoseConfiguration
import PoseCore
import PoseEngine
import PoseGraph
import PoseImage

/// What networks that look at one person at a time share: from crops of a picture to keypoints.
struct KeypointNetwork: Sendable {
  let name: String
  let skeleton: Skeleton
  private let runners: SizedRunners
  private let geometry: InputGeometry
  private let warp: Warp
  private let decoder: any KeypointDecoder
  private let test: TestTimeAugmentation
  private let isFlipped: Bool
  private let scales: [Double]

  /// - Throws: `DecoderError` where the decoder cannot read the network's outputs, `CheckpointMismatch`, `EngineError`,
  ///   ``EstimationError`` where the options ask for what makes no sense.
  init(_ model: Model, _ options: PoseEstimator.Options) throws {
    let configuration = model.configuration
    (name, skeleton) = (configuration.name, try configuration.skeleton())
    if let reason = TestTimeAugmentation.invalidScales(options.scales) {
      throw EstimationError.hasWrongScales(reason: reason)
    }
    (runners, scales) = (try SizedRunners(model, options), options.scales)
    warp = configuration.image.warp
    geometry = configuration.image.inputGeometry(for: configuration.model.input)
    guard let decoder = options.decoder ?? configuration.codec.decoder as? any KeypointDecoder else {
      throw EstimationError.decodesNoKeypoints(network: name, codec: configuration.codec.name)
    }
    self.decoder = decoder
    (test, isFlipped) = (configuration.test, options.flipTest)
    try decoder.check(runners.configured.network.ports, skeleton: skeleton)
    try runners.check(scales: scales, geometry)
  }

  /// Where a person lies in the network's input at a scale.
  private func placement(of person: PersonRegion, in picture: Picture, scale: Double) -> Placement {
    let placement = geometry.placement(
      of: person.detection.boundingBox, in: picture.size, input: runners.configured.network.input,
      rule: person.boxRule, scale: scale)
    return person.crop.map { Placement($0, input: placement.input, warp: warp) } ?? placement
  }

  /// The keypoints of each person in pixels of the upright picture, and the area that the network saw.
  ///
  /// Of several scales of the input, the positions are averaged by their scores.
  ///
  /// - Parameter inputPose: how the people's own keypoints are drawn for the network; nil for networks that see none.
  func keypoints(in picture: Picture, _ people: [PersonRegion], drawing inputPose: InputPose? = nil) throws
    -> [Estimate]
  {
    let found = try scales.map { try keypoints(in: picture, people, drawing: inputPose, scale: $0) }
    guard found.count > 1 else { return found[0] }
    return found[0].indices.map { person in
      let own = found.map { $0[person].keypoints }
      let joints = own[0].indices.map { joint in [Keypoint](own.map { $0[joint] }).mean }
      return (joints, found[0][person].area)
    }
  }

  typealias Estimate = (keypoints: [Keypoint], area: Double)

  private func keypoints(
    in picture: Picture, _ people: [PersonRegion], drawing inputPose: InputPose?, scale: Double
  ) throws -> [Estimate] {
    let placements = people.map { placement(of: $0, in: picture, scale: scale) }
    guard let input = placements.first?.input else { return [] }
    let runner = try runners(input).network
    let (size, pairs) = (runner.input, skeleton.flipPairs)
    var conditioning: NetworkRunner.Conditioning?
    if let inputPose {
      conditioning = { index, isMirrored, planes in
        let toInput = placements[index].toInput
        var pose = people[index].keypoints.map {
          LabelledKeypoint(position: toInput($0.position), visibility: $0.visibility)
        }
        if isMirrored { pose = pose.mirrored(pairs, width: size.width) }
        inputPose.draw(pose, width: size.width, height: size.height, into: planes)
      }
    }
    return try runner(picture, placements, isMirrored: isFlipped, conditioning: conditioning) {
      [decoder, test] index, outputs, mirrored in
      var merged = outputs
      if let mirrored {
        merged = decoder.merged(
          outputs, withMirrored: mirrored, pairs, isShifted: test.shiftsHeatmap, input: size)
      }
      return (decoder.decode(merged, placements[index]), placements[index].area)
    }
  }
}

extension [LabelledKeypoint] {
  /// The joints as they are in the mirrored picture.
  func mirrored(_ pairs: [Skeleton.Pair], width: Int) -> [LabelledKeypoint] {
    pairs.exchanging(count).map { source in
      let joint = self[source]
      return LabelledKeypoint(
        x: Double(width - 1) - joint.position.x, y: joint.position.y, visibility: joint.visibility)
    }
  }
}

extension [Keypoint] {
  /// The mean position by scores, and the mean score.
  fileprivate var mean: Keypoint {
    let sum = reduce(0) { $0 + $1.score }
    func mean(_ axis: KeyPath<Point, Double>) -> Double {
      let weighted = reduce(0) { $0 + (sum > 0 ? $1.score : 1) * $1.position[keyPath: axis] }
      return weighted / (sum > 0 ? sum : Double(count))
    }
    return Keypoint(position: Point(x: mean(\.x), y: mean(\.y)), score: sum / Double(Swift.max(count, 1)))
  }
}
