import PoseCodecs
import PoseCore
import PoseEngine
import PoseGraph
import PoseModels

/// Finds the joints of people in pictures.
///
/// ```swift
/// let estimator = try PoseEstimator(model: .file("litehrnet_18_coco_256x192.safetensors"))
/// for pose in try estimator.poses(in: Image(contentsOf: "photo.jpg")) {
///   print(pose.score, pose[.leftWrist]?.position as Any)
/// }
/// ```
///
/// One estimator serves many tasks at once.
public final class PoseEstimator: Sendable {
  /// Where a model comes from.
  public enum Source: Sendable {
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

    public init() {}
  }

  public let configuration: ModelConfiguration
  public let skeleton: Skeleton
  /// How heatmaps become keypoints.
  public let decoder: HeatmapDecoder

  private let engine: Engine
  private let input: Size
  private let warp: CropGeometry.Warp
  private let mean: SIMD3<Float>
  private let deviation: SIMD3<Float>
  private let flipTest: Bool
  private let shiftsFlippedHeatmaps: Bool

  /// - Throws: what ``Model`` throws, and ``EngineError``.
  public init(model source: Source, options: Options = Options()) throws {
    let model =
      switch source {
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
    engine = try Engine(model.graph, model.checkpoint, threads: options.threads, kernels: options.kernels)
    input = configuration.model.input
    decoder = options.decoder ?? configuration.codec.decoder
    let isOverridden = options.decoder != nil
    warp =
      isOverridden ? (decoder.isUnbiased ? .udp : .standard) : (configuration.image.warp == .udp ? .udp : .standard)
    shiftsFlippedHeatmaps = isOverridden ? !decoder.isUnbiased : configuration.test.shiftsHeatmap
    mean = SIMD3(channels: configuration.image.mean)
    deviation = SIMD3(channels: configuration.image.std)
    flipTest = options.flipTest
  }

  /// The pose of the one person that fills the picture.
  ///
  /// - Throws: ``EngineError`` and ``HeatmapError``, which mean that configuration and network disagree.
  public func poses(in image: Image) throws -> [Pose] {
    try poses(in: image, boxes: [ScoredBox(BoundingBox(of: image))])
  }

  /// One pose for each box, in their order.
  ///
  /// - Parameter boxes: around people, in pixels of the image; they may reach beyond it.
  public func poses(in image: Image, boxes: [ScoredBox]) throws -> [Pose] {
    try boxes.map { box in
      let crop = CropGeometry(
        box: box.box, inputWidth: input.width, inputHeight: input.height, padding: configuration.image.padding)
      return pose(of: try keypoints(in: image, crop: crop), box: box)
    }
  }

  /// One pose for each box, from raw memory.
  ///
  /// - Parameters:
  ///   - pixels: 8-bit RGB, interleaved, at least `bytesPerRow * (height - 1) + width * 3` bytes.
  ///   - boxes: nil for the whole picture.
  /// - Throws: also ``ImageError`` where the memory is too small.
  public func poses(
    inRGB pixels: UnsafeRawBufferPointer, width: Int, height: Int, bytesPerRow: Int? = nil, boxes: [ScoredBox]? = nil
  ) throws -> [Pose] {
    let image = try Image(rgb: pixels, width: width, height: height, bytesPerRow: bytesPerRow)
    return try poses(in: image, boxes: boxes ?? [ScoredBox(BoundingBox(of: image))])
  }

  /// The keypoints in a crop, in pixels of the image.
  func keypoints(in image: Image, crop: CropGeometry) throws -> [Keypoint] {
    decoder.decode(try heatmaps(in: image, crop: crop), in: crop)
  }

  /// The network's heatmaps of a crop, the mean of both where the flip test is on.
  func heatmaps(in image: Image, crop: CropGeometry) throws -> Heatmaps {
    let count = 3 * input.height * input.width
    return try withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { pixels in
      let transform = crop.transform(to: input.width, height: input.height, warp: warp)
      image.warp(
        by: transform, width: input.width, height: input.height, mean: mean, deviation: deviation, into: pixels)
      let heatmaps = try run(pixels)
      guard flipTest else { return heatmaps }
      for row in 0..<3 * input.height { pixels[row * input.width..<(row + 1) * input.width].reverse() }
      let flipped = try run(pixels).flippedBack(
        skeleton.flipPairs, shifted: shiftsFlippedHeatmaps, mapsPerJoint: decoder.mapsPerJoint)
      return heatmaps.averaged(with: flipped)
    }
  }

  private func run(_ pixels: UnsafeMutableBufferPointer<Float>) throws -> Heatmaps {
    let shape = engine.graph.outputs.first.map { engine.graph.shape(of: $0.value) } ?? []
    guard shape.count == 4 else {
      throw EngineError.unsupported(
        path: engine.graph.name, reason: "its first output \(shape) is no heatmaps N x K x H x W")
    }
    return try engine.withOutputs(of: UnsafeBufferPointer(pixels)) { outputs in
      try Heatmaps(joints: shape[1], height: shape[2], width: shape[3], values: Array(outputs[0]))
    }
  }

  private func pose(of keypoints: [Keypoint], box: ScoredBox) -> Pose {
    let clear = keypoints.lazy.map(\.score).filter { $0 > 0.2 }
    let mean = clear.isEmpty ? 0 : clear.reduce(0, +) / Double(clear.count)
    return Pose(boundingBox: box.box, score: box.score * mean, keypoints: keypoints, skeleton: skeleton)
  }
}

/// A box around a person, and how sure its detector was.
public struct ScoredBox: Sendable, Hashable {
  public var box: BoundingBox
  public var score: Double

  public init(_ box: BoundingBox, score: Double = 1) {
    self.box = box
    self.score = score
  }
}

extension SIMD3<Float> {
  /// Three channels; the last value again for those that are missing.
  fileprivate init(channels: [Double]) {
    self.init(repeating: Float(channels.last ?? 1))
    for (index, value) in channels.prefix(3).enumerated() { self[index] = Float(value) }
  }
}

extension CodecDescription {
  /// The decoder that the configuration names.
  public var decoder: HeatmapDecoder {
    switch name {
    case .default: .standard
    case .dark: .dark(kernel: kernel)
    case .udp: .udp(kernel: kernel)
    case .megvii: .megvii(kernel: kernel)
    }
  }
}

extension Image {
  /// A copy of RGB rows that may have padding between them.
  ///
  /// - Throws: ``ImageError`` where the memory is too small.
  init(rgb pixels: UnsafeRawBufferPointer, width: Int, height: Int, bytesPerRow: Int?) throws(ImageError) {
    let (row, overflow) = width.multipliedReportingOverflow(by: 3)
    let stride = bytesPerRow ?? row
    let (size, sizeOverflow) = stride.multipliedReportingOverflow(by: max(height - 1, 0))
    guard width > 0, height > 0, !overflow, !sizeOverflow, stride >= row else {
      throw .invalidSize(width: width, height: height)
    }
    guard pixels.count >= row, pixels.count - row >= size else {
      throw .wrongByteCount(width: width, height: height, expected: size, actual: pixels.count)
    }
    var rows: [UInt8] = []
    rows.reserveCapacity(row * height)
    for y in 0..<height { rows += pixels[y * stride..<y * stride + row] }
    try self.init(width: width, height: height, pixels: rows)
  }
}
