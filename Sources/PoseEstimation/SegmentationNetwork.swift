import PoseCodecs
import PoseConfiguration
import PoseCore
import PoseEngine
import PoseGraph
import PoseImage

/// Finds the class of each pixel of a picture, by a network such as Lite-HRNet with a segmentation head.
public struct SegmentationNetwork: Sendable {
  /// The configuration's name.
  public let name: String
  /// The names of the classes, in the order of their labels.
  public let classes: [String]
  /// The size of the network's input, which pictures are fitted into.
  public let input: Size
  private let runner: NetworkRunner
  private let geometry: InputGeometry
  private let decoder: SegmentationDecoder
  private let options: Options

  /// What may differ from the model's own configuration.
  public struct Options: Sendable {
    /// The size of the network's input; nil for the configuration's. Larger ones show more and take longer.
    public var input: Size?
    /// Whether masks have the probability of each pixel's class.
    public var givesScores = false
    /// The most threads that one picture takes; nil for one per processor.
    public var threads: Int?
    /// The instruction set that the engine uses; nil for the best that this CPU has.
    public var kernels: KernelSet?
    /// The precision of matrix products.
    public var precision = Precision.float32
    /// The most bytes that the compiled network may take.
    public var memoryLimit = Engine.defaultMemoryLimit

    public init() {}
  }

  /// - Throws: ``EstimationError`` where the network does not segment whole pictures; `DecoderError`, `CheckpointMismatch`,
  ///   `ConfigurationError` where it cannot have the input, `EngineError`.
  public init(_ model: Model, options: Options = .init()) throws {
    var configuration = model.configuration
    guard let decoder = configuration.codec.decoder as? SegmentationDecoder else {
      throw EstimationError.segmentsNothing(network: configuration.name)
    }
    guard [.letterbox, .stretch, .padded].contains(configuration.image.geometry) else {
      throw EstimationError.seesNoWholePicture(
        network: configuration.name, geometry: configuration.image.geometry.rawValue)
    }
    var graph = model.graph
    if let input = options.input, input != configuration.model.input {
      configuration.model.input = input
      graph = try configuration.graph()
      try graph.check(model.checkpoint)
    }
    // A first head's scores are for training alone.
    graph = graph.giving(graph.outputs.filter { $0.name == "logits" })
    let engine = try Engine(
      graph, model.checkpoint.part(for: graph), threads: options.threads, kernels: options.kernels,
      precision: options.precision, memoryLimit: options.memoryLimit)
    runner = NetworkRunner(engine, encoding: configuration.image.encoding)
    try decoder.check(runner.ports, skeleton: nil)
    (name, classes, input) = (configuration.name, configuration.model.classes, configuration.model.input)
    (geometry, self.decoder, self.options) = (configuration.image.inputGeometry(for: input), decoder, options)
  }

  /// The class of each pixel of a picture, in pixels of the upright picture.
  ///
  /// - Throws: ``EstimationError/notFinite(network:)``, and what reading the picture's pixels throws.
  public func mask(of picture: Picture) throws -> SegmentationMask {
    let placement = geometry.placement(of: nil, in: picture.size, input: runner.input)
    let masks = try runner(picture, [placement], isMirrored: false) { [decoder, options] _, outputs, _ in
      decoder.decode(outputs, placement, withScores: options.givesScores)
    }
    guard var mask = masks.first else { throw EstimationError.notFinite(network: name) }
    mask.classes = classes
    return mask
  }
}
