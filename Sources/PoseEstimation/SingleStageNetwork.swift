import PoseCodecs
import PoseConfiguration
import PoseCore
import PoseImage

/// A network that looks for everybody in a picture at once, such as YOLOX-Pose and RTMO.
public struct SingleStageNetwork: PoseNetwork {
  public let skeleton: Skeleton
  private let runners: SizedRunners
  private let geometry: InputGeometry
  private let decoder: Decoder
  private let test: TestTimeAugmentation
  private let options: PoseEstimator.Options

  public var needsPeople: Bool { false }

  /// How outputs become people.
  private enum Decoder: Sendable {
    case people(any PoseDecoder)
    /// A second part of the network looks at each person.
    case candidates(any PoseCandidateDecoder)
  }

  /// - Throws: `DecoderError` where the decoder cannot read the network's outputs, `CheckpointMismatch` and `EngineError`,
  ///   ``EstimationError`` where the network looks at one person at a time or cannot do what the options ask for.
  public init(_ model: Model, options: PoseEstimator.Options = .init()) throws {
    let configuration = model.configuration
    let personPorts: [String]
    switch configuration.codec.decoder {
    case let decoder as any PoseDecoder: (self.decoder, personPorts) = (.people(decoder), [])
    case let decoder as any PoseCandidateDecoder:
      (self.decoder, personPorts) = (.candidates(decoder), decoder.personPorts)
    default: throw EstimationError.looksAtOnePerson(network: configuration.name, codec: configuration.codec.name)
    }
    if configuration.image.geometry == .crop {
      throw EstimationError.looksAtOnePerson(network: configuration.name, codec: configuration.codec.name)
    }
    if options.decoder != nil { throw EstimationError.hasItsOwnDecoder(network: configuration.name) }
    if let reason = TestTimeAugmentation.invalidScales(options.scales) {
      throw EstimationError.hasWrongScales(reason: reason)
    }
    (self.options, test) = (options, configuration.test)
    runners = try SizedRunners(model, options, personPorts: personPorts)
    (skeleton, geometry) = (
      try configuration.skeleton(), configuration.image.inputGeometry(for: configuration.model.input)
    )
    try configuration.codec.decoder.check(runners.configured.network.ports, skeleton: skeleton)
    try runners.check(scales: options.scales, geometry)
  }

  /// Everybody in the picture, the surest first.
  ///
  /// - Parameters:
  ///   - picture: the picture to look at.
  ///   - people: is not looked at.
  public func poses(in picture: Picture, people: [PersonRegion] = []) throws -> [Pose] {
    let views = try views(of: picture)
    if multiview != nil { return poses(of: try self.people(in: views)) }
    let found = try views.flatMap { view in
      try self.people(in: [view]).map { view.isMirrored ? $0.mirrored(in: view.placement, skeleton) : $0 }
    }
    // Somebody who was found in several views is one person.
    return views.count > 1 ? poses(of: found).suppressed(threshold: Self.sameness) : poses(of: found)
  }

  /// The people who are sure enough, the surest first.
  private func poses(of people: [PoseDetection]) -> [Pose] {
    people.filter { $0.detection.score >= options.threshold }.map { person in
      Pose(
        boundingBox: person.detection.boundingBox, boxScore: person.detection.score, score: person.detection.score,
        keypoints: person.keypoints, skeleton: skeleton)
    }.sorted { $0.score > $1.score }
  }

  /// The object keypoint similarity from which poses of two views are one person's.
  private static let sameness = 0.65

  /// The decoder where it takes a picture's views together.
  private var multiview: (any MultiviewDecoder)? {
    switch decoder {
    case .people(let decoder): decoder as? any MultiviewDecoder
    case .candidates(let decoder): decoder as? any MultiviewDecoder
    }
  }

  /// What the network gives for the picture at each scale, and for its mirror image; the picture's own scale first.
  private func views(of picture: Picture) throws -> [OutputView] {
    let scales = [1] + options.scales.filter { $0 != 1 }.sorted(by: >)
    return try scales.flatMap { scale in
      let placement = geometry.placement(
        of: nil, in: picture.size, input: runners.configured.network.input, scale: scale, least: scales.min() ?? 1)
      let outputs = try runners(placement.input).network(
        picture, [placement], isMirrored: options.flipTest, mirrorShift: multiview?.mirrorShift ?? 0
      ) { [$1] + ($2.map { [$0] } ?? []) }
      return outputs.flatMap(\.self).enumerated().map { index, outputs in
        OutputView(outputs, isMirrored: index == 1, placement, scale: scale)
      }
    }
  }

  /// The people whom views show together.
  private func people(in views: [OutputView]) throws -> [PoseDetection] {
    let placement = views[0].placement
    switch decoder {
    case .people(let decoder):
      guard let decoder = decoder as? any PoseDecoder & MultiviewDecoder else {
        return decoder.decode(views[0].outputs, placement)
      }
      return decoder.decode(views, skeleton, isShifted: test.shiftsHeatmap)
    case .candidates(let decoder):
      let candidates =
        if let decoder = decoder as? any PoseCandidateDecoder & MultiviewDecoder {
          decoder.decode(views, skeleton, isShifted: test.shiftsHeatmap)
        } else {
          decoder.decode(views[0].outputs, placement)
        }
      let likely = candidates.filter { $0.detection.score >= options.threshold }
      let runner = try runners(placement.input)
      return likely.chunked(by: Self.candidatesAtOnce).flatMap { part in
        let outputs = runner.outputs(ofPeople: part.flatMap(\.inputs))
        var next = outputs.startIndex
        return part.compactMap { candidate -> PoseDetection? in
          let count = outputs.isEmpty ? 0 : candidate.inputs.count
          defer { next += count }
          let own = outputs[next..<next + count].compactMap(\.self)
          return own.count == count ? decoder.person(candidate, own, skeleton, placement) : nil
        }
      }
    }
  }

  /// How many people's outputs are kept at once: CID's have 17 maps each.
  private static let candidatesAtOnce = 16
}

extension Array {
  /// The elements in order, so many at a time.
  fileprivate func chunked(by count: Int) -> [ArraySlice<Element>] {
    stride(from: 0, to: self.count, by: count).map { self[$0..<Swift.min($0 + count, self.count)] }
  }
}

extension PoseDetection {
  /// A person of a mirror image, as the person is in the picture.
  ///
  /// - Parameter placement: how the picture lies in the input that was mirrored.
  fileprivate func mirrored(in placement: Placement, _ skeleton: Skeleton) -> PoseDetection {
    let last = Double(placement.input.width - 1)
    func mirrored(_ point: Point) -> Point {
      let seen = placement.toInput(point)
      return placement.toPicture(Point(x: last - seen.x, y: seen.y))
    }
    var person = self
    for (joint, source) in skeleton.flipPairs.exchanging(keypoints.count).enumerated() {
      person.keypoints[joint] = keypoints[source]
      person.keypoints[joint].position = mirrored(keypoints[source].position)
    }
    // Sides of boxes are counted from the corner of the first pixel.
    let box = detection.boundingBox
    let right = mirrored(Point(x: box.x - 0.5, y: box.y - 0.5)).x + 0.5
    person.detection.boundingBox.x = right - box.width
    return person
  }
}

extension Model {
  /// Whether the network looks for everybody in a picture by itself and needs no detector.
  public var findsPeople: Bool { configuration.findsEverybody }

  /// The network as an estimator runs it.
  ///
  /// - Throws: what the networks' initializers throw.
  public func network(options: PoseEstimator.Options = .init()) throws -> any PoseNetwork {
    if findsPeople { return try SingleStageNetwork(self, options: options) }
    return configuration.inputPose == nil
      ? try TopDownNetwork(self, options: options) : try RefiningNetwork(self, options: options)
  }
}
