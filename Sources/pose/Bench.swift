import ArgumentParser
import PoseConfiguration
import PoseCore
import PoseEngine
import PoseEstimation
import PoseFormats
import PoseGraph
import PoseMedia

struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Time a network and compare it with the peak rates of this machine.",
    discussion: """
      Times the network alone: no picture is read and no heatmap decoded. The machine's peak rate of multiply-adds and \
      its memory bandwidth are measured in the same run with the same number of threads. With --picture the whole way \
      from a file's bytes to poses is timed.

      pose bench --config litehrnet_18_coco_256x192 --threads 1
      pose bench --model litehrnet_18_coco_256x192.pth --profile
      pose bench --config litehrnet_18_coco_256x192 --threads 1 --streams 4
      pose bench --model detector.onnx --config rtmdet_nano_person
      pose bench --model litehrnet_18_coco_256x192.pth --picture photo.jpg --boxes boxes.json --threads 1
      pose bench --machine
      """)

  @Option(
    help: ArgumentHelp(
      "The weights, or a whole network as .onnx. Defaults to the model that comes with pose.",
      valueName: "file|name"),
    completion: .networks)
  var model: String?

  @Option(
    help: ArgumentHelp(
      "The configuration: a name that `pose models` lists, or a YAML file. Without --model the weights are made up. An .onnx file that has one is a detector.",
      valueName: "name"),
    completion: .list(Zoo.names), transform: configurationName)
  var config: String?

  @OptionGroup var storeOptions: StoreOptions

  @OptionGroup var engineOptions: EngineOptions

  @Option(in: 1...1024, help: "The number of pictures in one run.")
  var batch = 1

  @Option(
    help: ArgumentHelp("Time the whole way from the bytes of this picture to poses.", valueName: "file"),
    completion: .file(extensions: ["jpg", "jpeg", "png", "webp", "heic", "avif"]))
  var picture: String?

  @Option(
    help: ArgumentHelp(
      "People's boxes in the picture, as for `pose predict`. Without them the detector's time counts too.",
      valueName: "file"),
    completion: .file(extensions: ["json"]))
  var boxes: String?

  @OptionGroup var detectorOptions: DetectorOptions

  @Option(help: "Decoding of the picture: exact or reduced.")
  var decoding = Decoding.exact

  @OptionGroup var pictureOptions: PictureOptions

  @Option(in: 1...128, help: "The number of concurrent callers that share one engine.")
  var streams = 1

  @Option(in: 0.001...3600, help: "The time to measure for. Defaults to 2 seconds.")
  var seconds: Double?

  @Option(in: 1...1_000_000, help: "The number of runs of each caller to measure, instead of --seconds.")
  var rounds: Int?

  @Flag(help: "Print the compiler's passes, the compiled network, and the time of each part of it.")
  var profile = false

  @Flag(help: "Measure the peak rates of the machine alone.")
  var machine = false

  @OptionGroup var json: JSONOption

  @Flag(help: "Print only the milliseconds of each run, one run per line.")
  var runs = false

  mutating func validate() throws {
    if rounds != nil, seconds != nil { throw ValidationError("Give either --rounds or --seconds.") }
    if picture == nil, boxes != nil || detectorOptions.detector != nil || decoding != .exact {
      throw ValidationError("--boxes, --detector and --decoding go with --picture.")
    }
    try detectorOptions.resolve(beside: boxes, hasDefault: picture != nil)
    if picture != nil, profile || machine || batch > 1 {
      throw ValidationError("--picture goes with neither --profile nor --machine nor --batch.")
    }
    if [profile, runs, json.isStandardOutput].filter(\.self).count > 1 || machine && (profile || runs) {
      throw ValidationError("--profile, --runs and --json - print one thing each, --machine something else: give one.")
    }
  }

  func run() throws {
    try reporting {
      var roles = FileRoles(reading: [model, config, picture, boxes] + detectorOptions.files)
      try roles.write(json.file, "--json")
      if machine {
        let limits = MachineLimits(threads: engineOptions.threads ?? processorCount)
        try json.write(limits.json)
        if !json.isStandardOutput { try standardOutput(limits.text) }
        return
      }
      if let picture { return try report(pictureTiming(picture)) }
      let (name, graph, checkpoint) = try network()
      let engine = try engineOptions.engine(graph, checkpoint)
      let input = try Bench.input(of: graph, batch: batch)
      let timing = try Timing(engine, input: input, streams: streams, limit: limit)
      let isText = !json.isStandardOutput && !runs
      if isText { try standardOutput("\(name), \(engine.precision.rawValue)") }
      try report(timing)
      guard isText else { return }
      let limits = MachineLimits(threads: min(engine.threads * streams, processorCount))
      try standardOutput(limits.text(for: timing, multiplyAdds: graph.cost.multiplyAdds))
      if profile { try standardOutput("\n" + engine.profileText(for: input, against: MachineLimits(threads: 1))) }
    }
  }

  private var limit: Timing.Limit { rounds.map(Timing.Limit.rounds) ?? .seconds(seconds ?? 2) }

  private func report(_ timing: Timing) throws {
    try json.write(timing.json(precision: engineOptions.compiler.precision.rawValue))
    if runs {
      try standardOutput(timing.milliseconds.map { "\($0.rounded(toPlaces: 4))" }.joined(separator: "\n"))
    } else if !json.isStandardOutput {
      try standardOutput(timing.text)
    }
  }

  private func pictureTiming(_ path: String) throws -> Timing {
    let model = try configuredModel()
    let detector = try detectorOptions.network(
      for: model, beside: self.boxes, storeOptions, engineOptions.compiler, threads: engineOptions.threads)
    let estimator = try PoseEstimator(
      model: .model(model), detector: detector.map { .detector($0) } ?? .wholePicture,
      options: engineOptions.estimator)
    let bytes = try FileBytes.read(path)
    let boxes = try boxes.map { try Self.boxes($0, of: path) }
    let (decoding, pixelLimit) = (decoding, pictureOptions.pixelLimit)
    return try Timing(engineOptions.threads ?? processorCount, KernelSet.best.rawValue, streams: streams, limit: limit)
    {
      let picture = try EncodedImage(bytes, pixelLimit: pixelLimit, decoding: decoding)
      _ = try estimator.poses(in: picture, boxes: boxes, decoding: decoding)
    }
  }

  private static func boxes(_ file: String, of picture: String) throws -> [Detection] {
    let assigned = try AssignedBoxes(DetectionFile(contentsOf: file), pictures: [picture])
    if assigned.isForOtherPictures { throw InputError("'\(file)': \(assigned.notice ?? "")") }
    return assigned.byPicture[0]
  }

  private func network() throws -> (name: String, Graph, Checkpoint) {
    if let model, model.hasSuffix(".onnx") {
      if let config {
        let detector = try ONNXDetectorModel(contentsOf: model, configuration: config).network.model
        return (model, detector.graph, detector.checkpoint)
      }
      let network = try ONNXModel(contentsOf: model)
      return (model, network.graph, network.checkpoint)
    }
    let model = try configuredModel()
    return (model.configuration.name, model.graph, model.checkpoint)
  }

  private func configuredModel() throws -> Model {
    if let model { return try storeOptions.model(model, configuration: config) }
    guard let config else { return try Model.default.announced() }
    let configuration = try Zoo.configuration(named: config)
    return try Model(configuration, WeightRecipe.checkpoint(for: configuration.graph()))
  }

  private static func input(of graph: Graph, batch: Int) throws -> Tensor {
    let shape = graph.inputs.first.map { graph.shape(of: $0.value) } ?? []
    return try WeightRecipe.input(shape: [batch] + shape.dropFirst())
  }
}
