import PoseCodecs
import PoseConfiguration
import PoseCore
import PoseEngine
import PoseGraph
import PoseImage
import Synchronization

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
    case model(Model)
  }

  /// What may differ from the model's own configuration.
  public struct Options: Sendable {
    /// How heatmaps become keypoints; nil for the configuration's. Unbiased decoders bring UDP's transforms with them.
    public var decoder: HeatmapDecoder?
    /// Whether the mirrored picture is estimated too and the heatmaps averaged: twice the work, a little more accurate.
    public var flipTest = false
    /// Threads that one estimate uses; nil for one a processor.
    public var threads: Int?
    /// Which kernels the engine uses; nil for the best that this CPU has.
    public var kernels: KernelSet?
    /// In how many bits the network multiplies; less than float32 is faster, and joints move a little.
    public var precision = Precision.float32

    public init() {}
  }

  public let configuration: ModelConfiguration
  public let skeleton: Skeleton
  /// How the network's outputs become keypoints.
  public let decoder: PoseDecoder

  private let engine: Engine
  let input: Size
  /// How a pose is drawn for the network; nil where it refines none.
  let inputPose: InputPose?
  private let warp: Warp
  private let mean: SIMD3<Float>
  private let deviation: SIMD3<Float>
  private let flipTest: Bool
  private let shiftsFlippedHeatmaps: Bool
  /// Memory of finished estimates, for the next ones.
  private let workspaces = Mutex<[Workspace]>([])

  /// - Throws: what ``Model`` throws, and ``EngineError``.
  public init(model source: Source = .default, options: Options = Options()) throws {
    let model =
      switch source {
      case .default: try Model.default
      case .file(let path, let name): try Model(contentsOf: path, configuration: name)
      case .model(let model): model
      }
    configuration = model.configuration
    guard let skeleton = Skeleton(named: configuration.model.joints) else {
      throw ConfigurationError(
        source: configuration.name, key: "model.joints",
        problem: .unknown(configuration.model.joints, nearest: nil, known: Skeleton.all.map(\.name)))
    }
    self.skeleton = skeleton
    engine = try Engine(
      model.graph, model.checkpoint, threads: options.threads, kernels: options.kernels, precision: options.precision)
    input = configuration.model.input
    inputPose = configuration.inputPose.map { InputPose(sigma: $0.sigma) }
    decoder = options.decoder.map(PoseDecoder.heatmaps) ?? configuration.codec.decoder
    let isOverridden = options.decoder != nil
    warp =
      isOverridden ? (decoder.isUnbiased ? .udp : .standard) : (configuration.image.warp)
    shiftsFlippedHeatmaps = isOverridden ? !decoder.isUnbiased : configuration.test.shiftsHeatmap
    mean = SIMD3(channels: configuration.image.mean)
    deviation = SIMD3(channels: configuration.image.std)
    flipTest = options.flipTest
  }

  /// The pose of the one person that fills the picture.
  ///
  /// - Throws: ``EngineError``, ``HeatmapError`` and ``OutputShapeError``, which mean that configuration and network disagree.
  public func poses(in image: Image) throws -> [Pose] {
    try poses(in: image, boxes: [Detection(BoundingBox(of: image))])
  }

  /// One pose for each box, in their order. A network that refines poses takes ``refined(_:in:)``.
  ///
  /// - Parameter boxes: around people, in pixels of the image; they may reach beyond it.
  public func poses(in image: Image, boxes: [Detection]) throws -> [Pose] {
    try image.withView { view in
      try withWorkspace { try poses(in: view, boxes: boxes, $0) }
    }
  }

  /// One pose for each box, from raw memory.
  ///
  /// - Parameters:
  ///   - pixels: 8-bit RGB, interleaved, at least `bytesPerRow * (height - 1) + width * 3` bytes.
  ///   - boxes: nil for the whole picture.
  /// - Throws: also ``ImageError`` where the memory is too small.
  public func poses(
    inRGB pixels: UnsafeRawBufferPointer, width: Int, height: Int, bytesPerRow: Int? = nil, boxes: [Detection]? = nil
  ) throws -> [Pose] {
    try pixels.withMemoryRebound(to: UInt8.self) { pixels in
      let view = try PixelView(pixels, width: width, height: height, bytesPerRow: bytesPerRow)
      let whole = BoundingBox(x: 0, y: 0, width: Double(width), height: Double(height))
      return try withWorkspace { try poses(in: view, boxes: boxes ?? [Detection(whole)], $0) }
    }
  }

  /// The keypoints in a crop, in pixels of the image.
  func keypoints(in image: Image, crop: CropGeometry) throws -> [Keypoint] {
    try image.withView { view in
      try withWorkspace { try keypoints(in: view, placement: nil, crops: [crop], $0)[0] }
    }
  }

  /// - Parameter placement: from the view's pixels to those that boxes and poses are in; nil where they are the same.
  func poses(
    in view: PixelView, placement: AffineTransform? = nil, boxes: [Detection], _ workspace: Workspace
  ) throws -> [Pose] {
    let keypoints = try keypoints(
      in: view, placement: placement, crops: boxes.map { crop(around: $0.boundingBox) }, workspace)
    return zip(keypoints, boxes).map { pose(of: $0, box: $1) }
  }

  /// - Parameter poses: for a network that refines poses one a crop, in the same pixels as the crops.
  func keypoints(
    in view: PixelView, placement: AffineTransform?, crops: [CropGeometry], refining poses: [[LabelledKeypoint]] = [],
    _ workspace: Workspace
  ) throws -> [[Keypoint]] {
    let isFitting =
      poses.count == (inputPose == nil ? 0 : crops.count)
      && poses.allSatisfy { $0.count == skeleton.joints.count }
    guard isFitting else {
      let reason =
        inputPose == nil ? "it refines no poses" : "it refines poses: give one of \(skeleton.name) for each person"
      throw EngineError.unsupported(path: configuration.name, reason: reason)
    }
    return try crops.indices.map { index in
      let pose = poses.isEmpty ? nil : poses[index]
      return keypoints(
        of: try outputs(in: view, placement: placement, crop: crops[index], refining: pose, workspace), crops[index])
    }
  }

  func crop(around box: BoundingBox) -> CropGeometry {
    CropGeometry(
      box: box, input: input, padding: configuration.image.padding)
  }

  /// From pixels of the image to pixels of the network's input.
  func transform(of crop: CropGeometry) -> AffineTransform {
    crop.transform(to: input, warp: warp)
  }

  private func keypoints(of outputs: PoseOutputs, _ crop: CropGeometry) -> [Keypoint] {
    decoder.decode(outputs, in: crop, width: input.width, height: input.height)
  }

  /// The network's outputs for a crop, the mean of both where the flip test is on.
  private func outputs(
    in view: PixelView, placement: AffineTransform? = nil, crop: CropGeometry, refining pose: [LabelledKeypoint]? = nil,
    _ workspace: Workspace
  ) throws -> PoseOutputs {
    let whole = transform(of: crop)
    let pixels = workspace.input
    view.warp(
      by: placement.map { whole.after($0) } ?? whole, width: input.width, height: input.height, mean: mean,
      deviation: deviation, into: pixels)
    var joints = pose?.map { LabelledKeypoint(position: whole($0.position), isLabelled: $0.isLabelled) }
    draw(joints, workspace)
    let outputs = try run(pixels)
    guard flipTest else { return outputs }
    for row in 0..<3 * input.height {
      let start = row * input.width
      for x in 0..<input.width / 2 { pixels.swapAt(start + x, start + input.width - 1 - x) }
    }
    joints = joints?.mirrored(skeleton.flipPairs, width: input.width)
    draw(joints, workspace)
    return outputs.averaged(
      withMirrored: try run(pixels), skeleton.flipPairs, shifted: shiftsFlippedHeatmaps, inputWidth: input.width,
      by: decoder)
  }

  /// Draws a pose, in pixels of the input, on the channels after the picture's.
  private func draw(_ joints: [LabelledKeypoint]?, _ workspace: Workspace) {
    guard let inputPose, let joints else { return }
    let planes = UnsafeMutableBufferPointer(rebasing: workspace.input[(3 * input.height * input.width)...])
    inputPose.draw(joints, width: input.width, height: input.height, into: planes)
  }

  /// Lends memory of an earlier estimate, or new.
  func withWorkspace<Result>(_ body: (Workspace) throws -> Result) rethrows -> Result {
    let workspace = workspaces.withLock { $0.popLast() } ?? Workspace(inputCount: inputCount)
    defer { workspaces.withLock { $0.append(workspace) } }
    return try body(workspace)
  }

  private var inputCount: Int {
    (3 + (inputPose == nil ? 0 : skeleton.joints.count)) * input.height * input.width
  }

  private func run(_ pixels: UnsafeMutableBufferPointer<Float>) throws -> PoseOutputs {
    let shapes = engine.graph.outputs.map { engine.graph.shape(of: $0.value) }
    return try engine.withOutputs(of: UnsafeBufferPointer(pixels)) { outputs in
      switch decoder {
      case .heatmaps where shapes.first?.count == 4:
        return .heatmaps(
          try Heatmaps(
            joints: shapes[0][1], height: shapes[0][2], width: shapes[0][3], values: Array(outputs[0])))
      case .simCC where shapes.count >= 2 && shapes[0].count == 3:
        return .classes(try JointClasses(joints: shapes[0][1], x: Array(outputs[0]), y: Array(outputs[1])))
      case .coordinates where shapes.first?.count == 3:
        return .coordinates(
          try JointCoordinates(joints: shapes[0][1], values: Array(outputs[0])).resolvingSpread())
      default:
        throw EngineError.unsupported(
          path: engine.graph.name, reason: "its outputs \(shapes) are not what its codec reads: \(decoder)")
      }
    }
  }

  private func pose(of keypoints: [Keypoint], box: Detection) -> Pose {
    Pose(
      boundingBox: box.boundingBox, score: box.score * keypoints.meanScore(), keypoints: keypoints, skeleton: skeleton)
  }
}

extension [Keypoint] {
  /// The mean of the scores above a threshold, as COCO results are scored; 0 where none is.
  public func meanScore(above threshold: Double = 0.2) -> Double {
    let clear = lazy.map(\.score).filter { $0 > threshold }
    return clear.isEmpty ? 0 : clear.reduce(0, +) / Double(clear.count)
  }
}
