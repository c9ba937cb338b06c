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
    abstract: "Time a network, and say how near it comes to what this machine can do.",
    discussion: """
      Times the network alone: no picture is read and no heatmap decoded. The machine's most multiply-adds and its \
      memory's bandwidth are measured in the same run, with as many threads. With --picture it times the whole way \
      from a file's bytes to poses.

      pose bench --config litehrnet_18_coco_256x192 --threads 1
      pose bench --model litehrnet_18_coco_256x192.pth --profile
      pose bench --config litehrnet_18_coco_256x192 --threads 1 --streams 4
      pose bench --model litehrnet_18_coco_256x192.pth --picture photo.jpg --boxes boxes.json --threads 1
      pose bench --machine
      """)

  @Option(
    help: ArgumentHelp(
      "The weights: a .safetensors or .pth file, or a whole network as .onnx; those that come with pose unless given.",
      valueName: "file"),
    completion: .file(extensions: ["safetensors", "pth", "pt", "onnx"]))
  var model: String?

  @Option(
    help: ArgumentHelp(
      "The configuration: a name that `pose models` lists, or a YAML file. Without --model it gets made-up weights.",
      valueName: "name"),
    completion: .list(Zoo.names))
  var config: String?

  @Option(help: "Threads that one run uses; one a processor unless given.")
  var threads: Int?

  @Option(help: "Pictures in one run.")
  var batch = 1

  @Option(help: "In how many bits to multiply: float32, or bfloat16 where the CPU does.")
  var precision = Precision.float32

  @Option(
    help: ArgumentHelp("Time the whole way from this JPEG's or PNG's bytes to poses.", valueName: "file"),
    completion: .file(extensions: ["jpg", "jpeg", "png"]))
  var picture: String?

  @Option(
    help: ArgumentHelp(
      "People's boxes in the picture, as for `pose predict`; the whole of it unless given.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var boxes: String?

  @Option(help: "How faithfully the picture is decoded: exact or reduced.")
  var decoding = Decoding.exact

  @Option(help: "Callers at once, who share one engine.")
  var streams = 1

  @Option(help: "How long to measure; 2 seconds unless given.")
  var seconds: Double?

  @Option(help: "How many runs of each caller to measure, instead of --seconds.")
  var rounds: Int?

  @Flag(help: "Print what each step of the compiled network takes.")
  var profile = false

  @Flag(help: "Measure the machine alone.")
  var machine = false

  @Flag(help: "Print the results as one line of JSON.")
  var json = false

  @Flag(help: "Print each run's milliseconds, a line a run, and nothing else.")
  var runs = false

  func validate() throws {
    let counts = [("--threads", threads, 256), ("--batch", batch, 1024), ("--streams", streams, 128)]
    for (name, count, most) in counts + [("--rounds", rounds, 1_000_000)] {
      if let count, !(1...most).contains(count) { throw ValidationError("\(name) must be 1...\(most).") }
    }
    if let seconds, !(0.001...3600).contains(seconds) { throw ValidationError("--seconds must be 0.001...3600.") }
    if rounds != nil, seconds != nil { throw ValidationError("Give either --rounds or --seconds.") }
    if picture == nil, boxes != nil || decoding != .exact {
      throw ValidationError("--boxes and --decoding go with --picture.")
    }
    if picture != nil, profile || machine || batch > 1 {
      throw ValidationError("--picture goes with neither --profile nor --machine nor --batch.")
    }
    if [profile, runs, json].filter(\.self).count > 1 || machine && (profile || runs) {
      throw ValidationError("--profile, --runs and --json print one thing each, --machine something else: give one.")
    }
  }

  func run() throws {
    try reporting {
      if machine {
        let yardstick = Yardstick(threads: threads ?? processorCount)
        print(json ? try yardstick.json : yardstick.text)
        return
      }
      if let picture { return report(try pictureTiming(picture)) }
      let (name, graph, checkpoint) = try network()
      let engine = try Engine(graph, checkpoint, threads: threads, precision: precision)
      let input = try Bench.input(of: graph, batch: batch)
      let timing = try Timing(engine, input: input, streams: streams, limit: limit)
      if !json, !runs { print("\(name), \(precision.rawValue)") }
      report(timing)
      if json || runs { return }
      let yardstick = Yardstick(threads: min(engine.threads * streams, processorCount))
      print(yardstick.text(for: timing, multiplyAdds: graph.cost.multiplyAdds))
      if profile { print("\n" + (try engine.profileTable(for: input, against: Yardstick(threads: 1)))) }
    }
  }

  private var limit: Timing.Limit { rounds.map(Timing.Limit.rounds) ?? .seconds(seconds ?? 2) }

  private func report(_ timing: Timing) {
    if json {
      print(timing.json(precision: precision.rawValue))
    } else if runs {
      print(timing.milliseconds.map { "\($0.rounded(toPlaces: 4))" }.joined(separator: "\n"))
    } else {
      print(timing.text)
    }
  }

  private func pictureTiming(_ path: String) throws -> Timing {
    var options = PoseEstimator.Options()
    options.threads = threads
    options.precision = precision
    let estimator = try PoseEstimator(model: .model(try configuredModel()), options: options)
    let bytes = try FileBytes.read(path)
    let boxes = try boxes.map { try DetectionFile.read($0) }?.filter { $0.isOf(path) }
      .map(\.detection)
    let decoding = decoding
    return try Timing(threads ?? processorCount, KernelSet.best.rawValue, streams: streams, limit: limit) {
      _ = try estimator.poses(in: EncodedImage(bytes), boxes: boxes, decoding: decoding)
    }
  }

  private func network() throws -> (name: String, Graph, Checkpoint) {
    if let model, model.hasSuffix(".onnx") {
      let network = try ONNXModel(contentsOf: model)
      return (model, network.graph, network.checkpoint)
    }
    let model = try configuredModel()
    return (model.configuration.name, model.graph, model.checkpoint)
  }

  private func configuredModel() throws -> Model {
    if let model { return try Model(contentsOf: model, configuration: config).announced() }
    guard let config else { return try Model.default.announced() }
    let configuration = try Zoo.configuration(named: config)
    return try Model(configuration, WeightRecipe.checkpoint(for: configuration.graph()))
  }

  private static func input(of graph: Graph, batch: Int) throws -> Tensor {
    let shape = graph.inputs.first.map { graph.shape(of: $0.value) } ?? []
    return try WeightRecipe.input(shape: [batch] + shape.dropFirst())
  }
}
