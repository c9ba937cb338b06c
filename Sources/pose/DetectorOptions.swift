import ArgumentParser
import PoseConfiguration
import PoseCore
import PoseEstimation

/// What finds people in pictures.
struct DetectorOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What finds people: default for the detector that comes with pose, a detector's weights (.safetensors, .pth, .onnx), a name that `pose models` lists, whose published weights are fetched once, or whole to take each picture as one person's.",
      valueName: "file|name"), completion: .networks)
  var detector: String?

  @Option(
    name: .customLong("detector-config"),
    help: ArgumentHelp(
      "The detector's configuration: a name that `pose models` lists, or a YAML file. Needed if neither the file nor its name says which.",
      valueName: "name"),
    completion: .list(Zoo.names), transform: configurationName)
  var config: String?

  @Option(
    name: .customLong("detector-input"),
    help: ArgumentHelp(
      "The size of the detector's input, if not the configuration's: 640x640 is height x width. Larger ones find smaller people and take longer.",
      valueName: "size"), transform: Size.init(inputArgument:))
  var input: Size?

  @Option(in: .scores, help: ArgumentHelp("Leave boxes out that score less.", valueName: "score"))
  var boxThreshold: Double?

  @Option(
    in: 1...8,
    help: ArgumentHelp(
      "Also look at this many overlapping parts of a picture along each side, from 2 to 8, to find small people. Takes 5 to 65 times as long. 1 looks at the whole picture alone.",
      valueName: "count"))
  var tiles = 1

  /// The name of the detector that comes with pose.
  static let defaultName = "default"

  /// Whether each picture is taken as one person's.
  var isWholePicture: Bool { detector == "whole" }

  /// The files that are read.
  var files: [String?] { isWholePicture || detector == Self.defaultName ? [config] : [detector, config] }

  /// Takes the detector that comes with pose where neither it nor a file of boxes is named, and refuses what contradicts.
  ///
  /// - Parameters:
  ///   - boxes: the command's own option `--boxes`.
  ///   - boxNMS: the command's own option `--box-nms`.
  ///   - hasDefault: whether the default detector is used where nothing is named; false where people are known otherwise,
  ///     such as from annotations.
  mutating func resolve(beside boxes: String?, boxNMS: Double? = nil, hasDefault: Bool = true) throws {
    if boxes != nil, detector != nil { throw ValidationError("Give --boxes or --detector, not both.") }
    if hasDefault, boxes == nil, detector == nil { detector = Self.defaultName }
    let usesNetwork = detector != nil && !isWholePicture
    if boxes == nil, !usesNetwork, boxThreshold != nil || boxNMS != nil {
      throw ValidationError("--box-threshold and --box-nms go with --boxes or --detector.")
    }
    if config != nil, !usesNetwork || detector == Self.defaultName {
      throw ValidationError("--detector-config goes with --detector, which names the weights.")
    }
    if !usesNetwork, input != nil {
      throw ValidationError("--detector-input goes with --detector, a network that looks for people.")
    }
    if !usesNetwork, tiles > 1 {
      throw ValidationError("--tiles goes with --detector, a network that looks for people.")
    }
  }

  /// Refuses the detector that comes with pose for a network that has no joints of people, and any other for a network that
  /// finds people by itself.
  ///
  /// - Parameter boxes: the command's own option `--boxes`.
  func check(for model: Model, beside boxes: String?) throws {
    if model.findsPeople {
      if boxes != nil || (detector ?? Self.defaultName) != Self.defaultName {
        throw EstimationError.needsNoPeople(network: model.configuration.name)
      }
    } else if detector == Self.defaultName {
      try model.checkIsOfPeople()
    }
  }

  /// Loads the detector of a model that needs one; nil where it finds people by itself or no detector is named.
  ///
  /// - Parameter boxes: the command's own option `--boxes`.
  func network(
    for model: Model, beside boxes: String?, _ store: StoreOptions, _ compiler: CompilerOptions, threads: Int?
  ) throws -> NetworkDetector? {
    try check(for: model, beside: boxes)
    return model.findsPeople ? nil : try network(store, compiler, threads: threads)
  }

  /// Loads the detector; nil where none is named.
  ///
  /// - Parameters:
  ///   - store: where weights that are named are.
  ///   - threshold: the least score of a box where the command line does not say.
  ///   - needsPeople: whether a detector of other objects is refused.
  func network(
    _ store: StoreOptions, _ compiler: CompilerOptions, threads: Int?, threshold: Double = 0.3,
    needsPeople: Bool = true
  ) throws -> NetworkDetector? {
    guard let detector, !isWholePicture else { return nil }
    var options = NetworkDetector.Options()
    options.threshold = boxThreshold ?? threshold
    options.needsPeople = needsPeople
    options.tiles = tiles
    options.threads = threads
    options.precision = compiler.precision
    options.memoryLimit = compiler.memoryLimit.count
    if detector.hasSuffix(".onnx") {
      let model = try ONNXDetectorModel(contentsOf: detector, configuration: config, input: input)
      Failure.report("using \(model.description.name) (\(model.source))")
      return try NetworkDetector(model, options: options)
    }
    let model =
      detector == Self.defaultName
      ? try Model.defaultDetector.announced() : try store.model(detector, configuration: config)
    guard let input else { return try NetworkDetector(model, options: options) }
    var configuration = model.configuration
    configuration.model.input = input
    return try NetworkDetector(Model(configuration, model.checkpoint), options: options)
  }
}

extension Size {
  /// A size of a network's input.
  init(inputArgument text: String) throws {
    guard let size = Size(text), (32...4096).contains(size.height), (32...4096).contains(size.width) else {
      throw ValidationError("needs height x width of 32 to 4096 pixels, as in 640x640.")
    }
    self = size
  }
}
