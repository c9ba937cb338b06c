import PoseCodecs
import PoseCore
import PoseEngine
import PoseImage

#if canImport(PoseMedia)
  import PoseMedia
#endif

/// Finds the joints of people in pictures.
///
/// ```swift
/// let estimator = try PoseEstimator()  // or model: .file("litehrnet_18_coco_256x192.safetensors")
/// for pose in try estimator.poses(in: Image(contentsOf: "photo.jpg")) {
///   print(pose.score, pose[.leftWrist]?.position as Any)
/// }
/// ```
///
/// One estimator serves many tasks at once.
public final class PoseEstimator: Sendable {
  /// Where a model comes from.
  public enum Source: Sendable {
    /// The one that comes with the library.
    case `default`
    /// A safetensors or PyTorch file, and the configuration where the file does not tell.
    case file(String, configuration: String? = nil)
    /// The published weights of a configuration, which the store fetches if they are not here.
    case named(String, from: ModelStore = ModelStore())
    case model(Model)
  }

  /// What finds the people of a picture.
  public enum People: Sendable {
    /// The detector that comes with the library.
    case `default`
    /// Nothing: each picture is one person's.
    case wholePicture
    /// A detector of a safetensors, PyTorch or ONNX file, and the configuration where the file does not tell.
    case file(String, configuration: String? = nil)
    case model(Model)
    case detector(any PersonDetector)
  }

  /// What may differ from the model's own configuration.
  public struct Options: Sendable {
    /// How the network's outputs become keypoints; nil for the configuration's decoder.
    public var decoder: (any KeypointDecoder)?
    /// Whether the mirror image is estimated too and the outputs averaged: twice the work, a little more accurate. The
    /// published test procedure of most networks does so.
    public var flipTest = false
    /// How large the network's inputs are beside the one that its configuration names, of all those whose results are taken
    /// together; 1 is among them.
    public var scales = [1.0]
    /// The least score of a person whom a network finds that looks for everybody at once; the network's own threshold stands
    /// below it.
    public var threshold = 0.3
    /// The most threads that one estimate uses; nil for one per processor.
    public var threads: Int?
    /// The instruction set that the engine uses; nil for the best that this CPU has.
    public var kernels: KernelSet?
    /// The precision of matrix products; less than float32 is faster, and joints move a little.
    public var precision = Precision.float32
    /// The most bytes that the compiled network may take.
    public var memoryLimit = Engine.defaultMemoryLimit

    public init() {}
  }

  /// The way that every picture takes.
  public let pipeline: PosePipeline

  /// What the keypoints mean.
  public var skeleton: Skeleton { pipeline.network.skeleton }

  /// An estimator of people one at a time.
  ///
  /// - Parameters:
  ///   - source: the network that finds joints.
  ///   - people: what finds the people of pictures without boxes, for a network that looks at one at a time.
  ///   - options: what differs from the networks' own configurations.
  /// - Throws: what ``Model`` throws; ``StoreError``; `DecoderError` where a decoder cannot read a network's outputs;
  ///   `EngineError`; ``EstimationError`` where the detector finds no people.
  public convenience init(
    model source: Source = .default, detector people: People = .default, options: Options = Options()
  ) throws {
    let model =
      switch source {
      case .default: try Model.default
      case .file(let path, let name): try Model(contentsOf: path, configuration: name)
      case .named(let name, let store): try Model(named: name, from: store)
      case .model(let model): model
      }
    let network = try model.network(options: options)
    if network is TopDownNetwork {
      self.init(network, detector: try people.detector(for: model, options))
    } else {
      // The network finds people by itself, or poses that are refined say where they are.
      self.init(network)
    }
  }

  /// An estimator of a network of your own.
  ///
  /// - Parameters:
  ///   - network: finds the joints.
  ///   - detector: finds people for a network that needs them.
  public init(_ network: any PoseNetwork, detector: any PersonDetector = WholePicture()) {
    pipeline = PosePipeline(detector: detector, network: network)
  }

  /// The poses in a picture, of the people that the detector finds.
  ///
  /// - Throws: ``EstimationError``, and what the detector throws.
  public func poses(in image: Image) throws -> [Pose] { try pipeline.poses(in: Picture(image)) }

  /// One pose for each box, in their order; people are estimated side by side.
  ///
  /// - Parameters:
  ///   - image: the upright picture.
  ///   - boxes: around people, in pixels of the image; they may reach beyond it.
  public func poses(in image: Image, boxes: [Detection]) throws -> [Pose] {
    try pipeline.poses(in: Picture(image), people: boxes.map { PersonRegion($0) })
  }

  /// One pose for each box, from raw memory.
  ///
  /// - Parameters:
  ///   - pixels: 8-bit RGB, interleaved, at least `bytesPerRow * (height - 1) + width * 3` bytes.
  ///   - width: the number of pixels in a row.
  ///   - height: the number of rows.
  ///   - bytesPerRow: from the beginning of a row to that of the next; nil for `width * 3`.
  ///   - boxes: nil for the people that the detector finds.
  /// - Throws: also `ImageError` where the memory is too small.
  public func poses(
    inRGB pixels: UnsafeRawBufferPointer, width: Int, height: Int, bytesPerRow: Int? = nil, boxes: [Detection]? = nil
  ) throws -> [Pose] {
    try pixels.withMemoryRebound(to: UInt8.self) { pixels in
      let view = try PixelView(pixels, width: width, height: height, bytesPerRow: bytesPerRow)
      return try pipeline.poses(in: Picture(view), people: boxes?.map { PersonRegion($0) })
    }
  }

  #if canImport(PoseMedia)
    /// One pose for each box in a picture that is still encoded, in pixels of the upright picture.
    ///
    /// The same as decoding it first, but that memory is used again from picture to picture.
    ///
    /// - Parameters:
    ///   - picture: the bytes of a picture file.
    ///   - boxes: nil for the people that the detector finds.
    ///   - decoding: `.reduced` decodes large JPEGs at 1/2, 1/4 or 1/8 of their size where the crops allow it, which is
    ///     faster and moves keypoints a little.
    /// - Throws: also `MediaError`.
    public func poses(
      in picture: EncodedImage, boxes: [Detection]? = nil, decoding: Decoding = .exact
    ) throws -> [Pose] {
      try pipeline.poses(in: Picture(picture, decoding: decoding), people: boxes?.map { PersonRegion($0) })
    }
  #endif

  /// The same poses with their joints where a network that refines poses finds them better placed.
  ///
  /// - Throws: ``EstimationError`` where the network refines no poses or a pose has other joints.
  public func refined(_ poses: [Pose], in image: Image) throws -> [Pose] {
    guard let network = pipeline.network as? RefiningNetwork else {
      throw EstimationError.refinesNothing(network: skeleton.name)
    }
    return try network.refined(poses, in: Picture(image))
  }
}

extension PoseEstimator.People {
  fileprivate func detector(for model: Model, _ options: PoseEstimator.Options) throws -> any PersonDetector {
    var own = NetworkDetector.Options()
    (own.threads, own.kernels, own.precision) = (options.threads, options.kernels, options.precision)
    own.memoryLimit = options.memoryLimit
    switch self {
    case .default:
      do throws(EstimationError) {
        try model.checkIsOfPeople()
      } catch {
        return NoDetector(error: error)
      }
      return try NetworkDetector(.defaultDetector, options: own)
    case .wholePicture: return WholePicture()
    case .file(let path, let name) where path.hasSuffix(".onnx"):
      return try NetworkDetector(ONNXDetectorModel(contentsOf: path, configuration: name), options: own)
    case .file(let path, let name):
      return try NetworkDetector(Model(contentsOf: path, configuration: name), options: own)
    case .model(let model): return try NetworkDetector(model, options: own)
    case .detector(let detector): return detector
    }
  }
}
