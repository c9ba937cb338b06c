import ArgumentParser
import PoseCodecs
import PoseCore
import PoseEngine
import PoseEstimation
import PoseFormats

struct Predict: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Find people's joints in pictures.",
    discussion: """
      Without --boxes each picture is taken as one person's. Boxes are JSON as detectors write it: \
      [{"file_name": "a.jpg", "bbox": [x, y, width, height], "score": 0.9}, ...], or with "image_id", whose number the \
      picture's name then is. A file_name with a folder, such as b/a.jpg, belongs to no picture of another folder.

      pose predict photo.jpg --model litehrnet_18_coco_256x192.pth --output out
      pose predict pictures/ --model litehrnet_18_coco_256x192.pth --boxes boxes.json --json poses.json --flip-test
      """)

  @Argument(help: "Pictures (JPEG, PNG), folders of them, and patterns such as 'a*.jpg'.", completion: .file())
  var inputs: [String]

  @OptionGroup var modelOptions: ModelOptions

  @Option(
    help: ArgumentHelp("People's boxes as detectors write them.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var boxes: String?

  @Option(help: ArgumentHelp("Write pictures with the poses drawn here.", valueName: "folder"), completion: .directory)
  var output: String?

  @Option(
    name: .customLong("json"), help: ArgumentHelp("Write the poses here, - for standard output.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var jsonPath: String?

  @Option(
    help: ArgumentHelp(
      "How the network's outputs become joints. The crop stays as the configuration says. Defaults to the "
        + "configuration's codec.", valueName: "name"))
  var codec: CodecArgument?

  @Flag(help: .flipTest)
  var flipTest = false

  @Option(
    help: ArgumentHelp(
      "How JPEGs are decoded: exact or reduced.",
      discussion: """
        Reduced decodes large pictures at 1/2, 1/4 or 1/8 of their size where the crops allow it. This is faster and \
        moves the joints a little.
        """))
  var decoding = Decoding.exact

  @OptionGroup var engineOptions: EngineOptions

  @Flag(help: "Draw the joints' names.")
  var labels = false

  @Flag(help: "Print how long each stage took to standard error.")
  var times = false

  func run() throws {
    try reporting {
      var stopwatch = Stopwatch()
      let pictures = try PictureList(inputs)
      let given = try boxes.map { try GivenBoxes(named: $0, of: pictures.paths) }
      if let notice = given?.notice, let boxes { Failure.report("'\(boxes)': \(notice)") }
      let detector: any PersonDetector = given ?? WholePicture()
      let model = try modelOptions.load()
      var options = engineOptions.estimator
      options.decoder = try codec?.decoder(for: model.configuration)
      options.flipTest = flipTest
      let pipeline = PosePipeline(detector: detector, network: try TopDownNetwork(model, options: options))
      stopwatch.lap("load")
      if let output { try makeFolder(output) }

      var results: [PredictedImage] = []
      var failed = 0
      var progress = Progress(total: pictures.paths.count)
      for path in pictures.paths {
        do {
          results.append(try predict(path, by: pipeline, given, &stopwatch))
        } catch let error as OutputError {
          throw error
        } catch let error as EstimationError {
          // The network is at fault, so no other picture will do better.
          throw error
        } catch {
          // One bad picture does not stop the rest; the exit code tells.
          progress.finish()
          Failure.report("\(error)")
          failed += 1
        }
        progress.advance()
      }
      progress.finish()
      try write(results, of: model.configuration.name)
      stopwatch.lap("write")
      if times { stopwatch.report() }
      if failed > 0 {
        if pictures.paths.count > 1 { Failure.report("\(failed) of \(pictures.paths.count) pictures failed") }
        throw Failure.input
      }
    }
  }

  private func predict(
    _ path: String, by pipeline: PosePipeline, _ boxes: GivenBoxes?, _ stopwatch: inout Stopwatch
  ) throws -> PredictedImage {
    let encoded = try EncodedImage(contentsOf: path)
    stopwatch.lap("read")
    // What is drawn on must be whole, so it is decoded once for both.
    let image = output != nil && decoding == .exact ? try encoded.decoded() : nil
    let picture = image.map { Picture($0, path: path) } ?? Picture(encoded, decoding: decoding, path: path)
    for detection in boxes?.outside(picture) ?? [] {
      let box = detection.boundingBox
      Failure.report(
        "left out: \(path): nothing of the box [\(box.x), \(box.y), \(box.width), \(box.height)] is in the picture")
    }
    let poses = try pipeline.poses(in: picture)
    stopwatch.lap("estimate")
    if let output { try draw(poses, on: image ?? encoded.decoded(), to: output + "/" + path.fileName) }
    stopwatch.lap("draw")
    return PredictedImage(file: path, width: encoded.width, height: encoded.height, poses: poses)
  }

  private func draw(_ poses: [Pose], on image: Image, to path: String) throws {
    var style = DrawingStyle()
    if labels { style.labels = .joints }
    do { try image.drawing(poses, style: style).write(to: path) } catch { throw OutputError(path, error) }
    if jsonPath != "-" { print(path) }
  }

  private func write(_ results: [PredictedImage], of configuration: String) throws {
    guard let jsonPath else {
      // With no place for results, people read them.
      if output == nil { for result in results { print(result.text) } }
      return
    }
    let text = try json(Prediction(configuration: configuration, images: results))
    if jsonPath == "-" {
      print(text)
    } else {
      do { try FileBytes.write(Array((text + "\n").utf8), to: jsonPath) } catch { throw OutputError(jsonPath, error) }
    }
  }
}

extension Decoding: ExpressibleByArgument {}

extension GivenBoxes {
  /// The boxes of a file, which errors name.
  fileprivate init(named path: String, of pictures: [String]) throws {
    do {
      try self.init(DetectionFile(contentsOf: path), of: pictures)
    } catch let error as DetectionError {
      throw FormatError(path: path, reason: error)
    }
  }
}
