import ArgumentParser
import PoseConfiguration
import PoseEstimation

/// What finds people in pictures.
struct DetectorOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What finds people: a detector's weights (.safetensors, .pth, .onnx), or whole to take each picture as one person's.",
      valueName: "file"), completion: .file(extensions: ["safetensors", "pth", "pt", "onnx"]))
  var detector: String?

  @Option(
    name: .customLong("detector-config"),
    help: ArgumentHelp(
      "The detector's configuration: a name that `pose models` lists, or a YAML file. Needed if neither the file nor its name says which.",
      valueName: "name"),
    completion: .list(Zoo.names))
  var config: String?

  @Option(
    help: ArgumentHelp(
      "Leave boxes out that score less, from 0 to 1.", valueName: "score"))
  var boxThreshold: Double?

  @Option(
    in: 1...8,
    help: ArgumentHelp(
      "Also look at this many overlapping parts of a picture along each side, from 2 to 8, to find small people. Takes 5 to 65 times as long. 1 looks at the whole picture alone.",
      valueName: "count"))
  var tiles = 1

  /// Whether each picture is taken as one person's.
  var isWholePicture: Bool { detector == "whole" }

  /// The files that are read.
  var files: [String?] { isWholePicture ? [] : [detector, config] }

  func validate() throws {
    let usesNetwork = detector != nil && !isWholePicture
    if !usesNetwork, config != nil {
      throw ValidationError("--detector-config goes with --detector, which names the weights.")
    }
    if !usesNetwork, tiles > 1 {
      throw ValidationError("--tiles goes with --detector, a network that looks for people.")
    }
  }

  /// Loads the detector; nil where none is named.
  ///
  /// - Parameter threshold: the least score of a box where the command line does not say.
  func network(_ compiler: CompilerOptions, threads: Int?, threshold: Double = 0.3) throws -> NetworkDetector? {
    guard let detector, !isWholePicture else { return nil }
    var options = NetworkDetector.Options()
    options.threshold = boxThreshold ?? threshold
    options.tiles = tiles
    options.threads = threads
    options.precision = compiler.precision
    options.memoryLimit = compiler.memoryLimit.bytes
    return try NetworkDetector(Model(contentsOf: detector, configuration: config).announced(), options: options)
  }
}
