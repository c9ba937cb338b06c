import PoseCodecs
import PoseConfiguration
import PoseCore
import PoseEngine
import PoseGraph
import PoseImage

/// A network that looks for everybody in a picture at once, such as YOLOX-Pose and RTMO.
public struct SingleStageNetwork: PoseNetwork {
  public let skeleton: Skeleton
  private let runners: SizedRunners
  private let geometry: InputGeometry
  private let isFlipped: Bool
  private let reader: Reader
  private let threshold: Double

  public var needsPeople: Bool { false }

  /// How outputs become people.
  private enum Reader: Sendable {
    case whole(any PoseDecoder)
    /// A second part of the network finds the joints of each person.
    case inSteps(any PoseCandidateDecoder, Engine)
  }

  /// - Throws: `DecoderError` where the decoder cannot read the network's outputs, `CheckpointMismatch` and `EngineError`,
  ///   ``EstimationError`` where the network looks at one person at a time or cannot do what the options ask for.
  public init(_ model: Model, options: PoseEstimator.Options = .init()) throws {
    let configuration = model.configuration
    let decoder = configuration.codec.decoder
    let joints = try configuration.personGraph(of: model.graph).map {
      $0.giving($0.outputs.filter { $0.name == "keypoints" })
    }
    let isOfWholePictures = configuration.image.geometry != .crop
    switch (decoder, joints) {
    case (let decoder as any PoseDecoder, nil) where isOfWholePictures: reader = .whole(decoder)
    case (let decoder as any PoseCandidateDecoder, let joints?) where isOfWholePictures:
      reader = .inSteps(decoder, try Engine(joints, model.checkpoint.part(for: joints), options))
    default: throw EstimationError.looksAtOnePerson(network: configuration.name, codec: configuration.codec.name)
    }
    if options.flipTest, !(decoder is any GroupingDecoder) {
      throw EstimationError.hasNoFlipTest(network: configuration.name)
    }
    if options.decoder != nil { throw EstimationError.hasItsOwnDecoder(network: configuration.name) }
    (isFlipped, threshold) = (options.flipTest, options.threshold)
    runners = try SizedRunners(model, options)
    (skeleton, geometry) = (
      try configuration.skeleton(), configuration.image.inputGeometry(for: configuration.model.input)
    )
    try decoder.check(runners.configured.ports, skeleton: skeleton)
  }

  /// Everybody in the picture, the surest first.
  ///
  /// - Parameters:
  ///   - picture: the picture to look at.
  ///   - people: is not looked at.
  public func poses(in picture: Picture, people: [PersonRegion] = []) throws -> [Pose] {
    let placement = geometry.placement(of: nil, in: picture.size, input: runners.configured.input)
    return try found(in: picture, placement).map { person in
      Pose(
        boundingBox: person.detection.boundingBox, boxScore: person.detection.score, score: person.detection.score,
        keypoints: person.keypoints, skeleton: skeleton)
    }
  }

  private func found(in picture: Picture, _ placement: Placement) throws -> [PoseDetection] {
    let runner = try runners(placement.input)
    switch reader {
    case .whole(let decoder):
      let pairs = skeleton.flipPairs
      return try runner(picture, [placement], isMirrored: isFlipped) { [threshold] _, outputs, mirrored in
        let people =
          if let mirrored, let decoder = decoder as? any GroupingDecoder {
            decoder.decode(outputs, withMirrored: mirrored, pairs, placement)
          } else {
            decoder.decode(outputs, placement)
          }
        return people.filter { $0.detection.score >= threshold }
      }.flatMap(\.self)
    case .inSteps(let decoder, let engine):
      let people = try runner(picture, [placement], isMirrored: false) { [threshold] _, outputs, _ in
        decoder.decode(outputs, placement).filter { $0.detection.score >= threshold }
      }.flatMap(\.self)
      if people.isEmpty { return [] }
      let input = try Tensor(shape: [people.count, people[0].input.count], people.flatMap(\.input))
      let joints = try engine(input)
      return people.enumerated().compactMap { index, person in
        decoder.person(person, Outputs(of: index, in: joints), placement)
      }
    }
  }
}

extension Outputs {
  /// What an engine gave for one entry of a batch.
  fileprivate init(of index: Int, in batch: [(name: String, tensor: Tensor)]) {
    self.init()
    for (name, tensor) in batch {
      let (shape, values) = (Array(tensor.shape.dropFirst()), tensor.floats)
      let count = shape.reduce(1, *)
      self[name] = OutputTensor(shape: shape, values: Array(values[index * count..<(index + 1) * count]))
    }
  }
}

extension Engine {
  /// A network's engine as an estimator's options want it.
  convenience init(_ graph: Graph, _ checkpoint: Checkpoint, _ options: PoseEstimator.Options) throws {
    try self.init(
      graph, checkpoint, threads: options.threads, kernels: options.kernels, precision: options.precision,
      memoryLimit: options.memoryLimit)
  }
}

extension ModelConfiguration {
  /// Whether the network looks for everybody in a picture by itself.
  package var findsPeople: Bool { codec.decoder is any PoseDecoder || codec.decoder is any PoseCandidateDecoder }
}

extension Model {
  /// Whether the network looks for everybody in a picture by itself and needs no detector.
  public var findsPeople: Bool { configuration.findsPeople }

  /// The network as an estimator runs it.
  ///
  /// - Throws: what the networks' initializers throw.
  public func network(options: PoseEstimator.Options = .init()) throws -> any PoseNetwork {
    if findsPeople { return try SingleStageNetwork(self, options: options) }
    return configuration.inputPose == nil
      ? try TopDownNetwork(self, options: options) : try RefiningNetwork(self, options: options)
  }
}
