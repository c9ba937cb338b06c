import PoseCodecs
import PoseConfiguration
import PoseCore
import PoseEngine
import PoseGraph
import PoseImage

/// Finds people, or other objects, by a network such as RTMDet.
public struct NetworkDetector: PersonDetector {
  public let name: String
  /// The names of what the network finds, by the labels of ``objects(in:)``.
  package let classes: [String]
  private let runner: NetworkRunner
  private let geometry: InputGeometry
  private let decoder: any OutputDecoder<[Detection]>
  /// The number of people among the network's classes; nil where it knows none.
  private let person: Int?
  private let options: Options

  /// What may differ from the model's own configuration.
  public struct Options: Sendable {
    /// The least score of a person's box; the network's own threshold stands below it.
    public var threshold = 0.3
    /// Whether a network that knows no people is refused.
    package var needsPeople = true
    /// How many parts a picture is cut into along each side, besides the whole, so that small people are found: 1 for none.
    /// Parts overlap by a fifth.
    public var tiles = 1
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

  /// - Throws: ``EstimationError`` where the network is no detector or has no class `person`; `DecoderError`,
  ///   `CheckpointMismatch`, `EngineError`.
  public init(_ model: Model, options: Options = .init()) throws {
    let configuration = model.configuration
    guard let decoder = configuration.codec.decoder as? any OutputDecoder<[Detection]> else {
      throw model.findsPeople
        ? EstimationError.findsWholePoses(network: configuration.name)
        : EstimationError.findsNoPeople(network: configuration.name)
    }
    try self.init(
      configuration.name, model.graph, model.checkpoint, image: configuration.image,
      classes: configuration.model.classes, decoder: decoder, options)
  }

  /// A detector of an ONNX file.
  ///
  /// - Throws: ``EstimationError`` where the network has no class `person`; `EngineError`.
  public init(_ model: ONNXDetectorModel, options: Options = .init()) throws {
    let network = model.network.model
    try self.init(
      model.description.name, network.graph, network.checkpoint, image: model.description.image,
      classes: model.description.classes, decoder: model.decoder, options)
  }

  private init(
    _ name: String, _ graph: Graph, _ checkpoint: Checkpoint, image: Preprocessing, classes: [String],
    decoder: any OutputDecoder<[Detection]>, _ options: Options
  ) throws {
    let person = classes.firstIndex(of: "person")
    guard person != nil || !options.needsPeople else { throw EstimationError.findsNoPeople(network: name) }
    let engine = try Engine(
      graph, checkpoint, threads: options.threads, kernels: options.kernels, precision: options.precision,
      memoryLimit: options.memoryLimit)
    runner = NetworkRunner(engine, encoding: image.encoding)
    (self.name, self.classes, self.person) = (name, classes, person)
    (geometry, self.decoder, self.options) = (image.inputGeometry(for: runner.input), decoder, options)
    try decoder.check(runner.ports, skeleton: nil)
  }

  /// The people of a picture, the surest first.
  public func people(in picture: Picture) throws -> [Detection] {
    guard let person else { throw EstimationError.findsNoPeople(network: name) }
    return try objects(in: picture).filter { $0.label == person }.map { Detection($0.boundingBox, score: $0.score) }
  }

  /// What the network finds of all its classes, the surest first.
  package func objects(in picture: Picture) throws -> [Detection] {
    let (parts, frame) = (picture.tiles(options.tiles), picture.frame)
    let placements = parts.map { geometry.placement(of: $0, in: picture.size, input: runner.input) }
    let found = try runner(picture, placements, isMirrored: false) { [decoder] index, outputs, _ in
      let found = decoder.decode(outputs, placements[index])
      return index == 0 ? found : found.filter { !$0.boundingBox.isCut(by: parts[index], of: frame) }
    }
    let all = found.count == 1 ? found[0] : found.flatMap(\.self).merged()
    return all.filter { $0.score >= options.threshold }
  }

  /// The number that COCO's files have for a class: that of the dataset where the network knows its 80 classes, or else the
  /// class's place from 1 on.
  package func categoryID(of label: Int) -> Int {
    guard classes.count == 80 else { return label + 1 }
    // The dataset skips the numbers of classes that it never annotated.
    return [12, 26, 29, 30, 45, 66, 68, 69, 71, 83].reduce(label + 1) { id, gap in id >= gap ? id + 1 : id }
  }
}

extension BoundingBox {
  /// Whether the box reaches to a side of a part that is no side of the picture, so that only a piece of the object is
  /// seen there. The whole picture or the next part shows all of it.
  fileprivate func isCut(by part: BoundingBox, of frame: BoundingBox) -> Bool {
    func isCut(_ start: Double, _ length: Double, _ from: Double, _ extent: Double, _ whole: Double) -> Bool {
      let margin = 0.01 * extent
      return (from > 0 && start < from + margin)
        || (from + extent < whole - 1 && start + length > from + extent - margin)
    }
    return isCut(x, width, part.x, part.width, frame.width) || isCut(y, height, part.y, part.height, frame.height)
  }
}

extension Picture {
  /// The whole picture, and overlapping parts of it.
  fileprivate func tiles(_ count: Int) -> [BoundingBox] {
    guard count > 1 else { return [frame] }
    func starts(_ extent: Int) -> (side: Double, starts: [Double]) {
      let side = Double(extent) / (1 + Double(count - 1) * 0.8)
      return (side, (0..<count).map { Double($0) * 0.8 * side })
    }
    let (width, columns) = starts(size.width)
    let (height, rows) = starts(size.height)
    return [frame]
      + rows.flatMap { y in columns.map { BoundingBox(x: $0, y: y, width: width, height: height) } }
  }
}

extension [Detection] {
  /// The best boxes of each class, without those that a better one mostly covers or that mostly cover one, as boxes of
  /// objects do that several parts show.
  fileprivate func merged() -> [Detection] {
    // The share of the smaller box's area that both have in common.
    let overlap = 0.6
    var kept: [Detection] = []
    for detection in sorted(by: { $0.score > $1.score }) {
      let box = detection.boundingBox
      let isRepeated = kept.contains { other in
        guard other.label == detection.label else { return false }
        let smaller = Swift.min(box.area, other.boundingBox.area)
        return box.commonArea(with: other.boundingBox) > overlap * smaller
      }
      if !isRepeated { kept.append(detection) }
    }
    return kept
  }
}
