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
  private let runner: NetworkRunner
  private let geometry: InputGeometry
  private let warp: Warp
  private let decoder: any KeypointDecoder
  private let test: TestTimeAugmentation
  private let isFlipped: Bool

  /// - Throws: `DecoderError` where the decoder cannot read the network's outputs, `CheckpointMismatch`, `EngineError`.
  init(_ model: Model, _ options: PoseEstimator.Options) throws {
    let configuration = model.configuration
    (name, skeleton) = (configuration.name, try configuration.skeleton())
    runner = NetworkRunner(try Engine(model.graph, model.checkpoint, options), encoding: configuration.image.encoding)
    warp = configuration.image.warp
    geometry = configuration.image.inputGeometry(for: configuration.model.input)
    guard let decoder = options.decoder ?? configuration.codec.decoder as? any KeypointDecoder else {
      throw EstimationError.decodesNoKeypoints(network: name, codec: configuration.codec.name)
    }
    self.decoder = decoder
    (test, isFlipped) = (configuration.test, options.flipTest)
    try decoder.check(runner.ports, skeleton: skeleton)
  }

  /// Where a person lies in the network's input.
  func placement(of person: PersonRegion, in picture: Picture) -> Placement {
    if let crop = person.crop { return Placement(crop, input: runner.input, warp: warp) }
    return geometry.placement(
      of: person.detection.boundingBox, in: picture.size, input: runner.input, rule: person.boxRule)
  }

  /// The keypoints of each person in pixels of the upright picture, and the area that the network saw.
  ///
  /// - Parameter inputPose: how the people's own keypoints are drawn for the network; nil for networks that see none.
  func keypoints(in picture: Picture, _ people: [PersonRegion], drawing inputPose: InputPose? = nil) throws
    -> [(keypoints: [Keypoint], area: Double)]
  {
    let placements = people.map { placement(of: $0, in: picture) }
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
