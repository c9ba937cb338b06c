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
      picture's name then is.

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

  @Option(help: "How heatmaps are read: default, dark, udp or megvii; the configuration's unless given.")
  var codec: CodecName?

  @Flag(help: "Estimate the mirrored picture too and take the mean: twice the work, a little more accurate.")
  var flipTest = false

  @Option(
    help: ArgumentHelp(
      "How faithfully JPEGs are decoded: exact or reduced.",
      discussion: """
        Reduced decodes large pictures at 1/2 to 1/8 of their size where the network still gets every pixel that it \
        takes: faster, and joints move a little.
        """))
  var decoding = Decoding.exact

  @Option(help: "Threads; one a processor unless given.")
  var threads: Int?

  @Option(help: "In how many bits to multiply: float32, or bfloat16 where the CPU does; joints move a little.")
  var precision = Precision.float32

  @Flag(help: "Draw the joints' names.")
  var labels = false

  @Flag(help: "Print how long each stage took to standard error.")
  var times = false

  func validate() throws {
    if let threads, threads < 1 { throw ValidationError("--threads must be at least 1.") }
  }

  func run() throws {
    try reporting {
      var stopwatch = Stopwatch()
      let pictures = try PictureList(inputs)
      let detections = try boxes.map { try DetectionFile.read($0) }
      let model = try modelOptions.load()
      var options = PoseEstimator.Options()
      options.decoder = codec.map { $0.decoder(kernel: model.configuration.codec.kernel) }
      options.flipTest = flipTest
      options.threads = threads
      options.precision = precision
      let estimator = try PoseEstimator(model: .model(model), options: options)
      stopwatch.lap("load")
      if let output { try makeFolder(output) }

      var results: [PredictedImage] = []
      var failed = 0
      var progress = Progress(total: pictures.paths.count)
      for path in pictures.paths {
        do {
          results.append(try predict(path, with: estimator, among: detections, &stopwatch))
        } catch let error as OutputError {
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
      try write(results)
      stopwatch.lap("write")
      if times { stopwatch.report() }
      if failed > 0 {
        if pictures.paths.count > 1 { Failure.report("\(failed) of \(pictures.paths.count) pictures failed") }
        throw Failure.input
      }
    }
  }

  private func predict(
    _ path: String, with estimator: PoseEstimator, among detections: [DetectionFile.Record]?,
    _ stopwatch: inout Stopwatch
  ) throws -> PredictedImage {
    let picture = try EncodedImage(contentsOf: path)
    stopwatch.lap("read")
    let boxes = detections?.filter { $0.isOf(path) }.map(\.detection)
    // What is drawn on must be whole, so it is decoded once for both.
    let image = output != nil && decoding == .exact ? try picture.decoded() : nil
    let poses =
      try image.map { try estimator.poses(in: $0, boxes: boxes ?? [Detection(BoundingBox(of: $0))]) }
      ?? estimator.poses(in: picture, boxes: boxes, decoding: decoding)
    stopwatch.lap("estimate")
    if let output {
      var style = DrawingStyle()
      if labels { style.labels = .joints }
      let target = output + "/" + path.fileName
      let image = try image ?? picture.decoded()
      do {
        try image.drawing(poses, style: style).write(to: target)
      } catch {
        throw OutputError(target, error)
      }
      if jsonPath != "-" { print(target) }
    }
    stopwatch.lap("draw")
    return PredictedImage(file: path, width: picture.width, height: picture.height, poses: poses)
  }

  private func write(_ results: [PredictedImage]) throws {
    guard let jsonPath else {
      // With no place for results, people read them.
      if output == nil { for result in results { print(result.text) } }
      return
    }
    let text = try json(["images": results])
    if jsonPath == "-" {
      print(text)
    } else {
      do { try FileBytes.write(Array((text + "\n").utf8), to: jsonPath) } catch { throw OutputError(jsonPath, error) }
    }
  }
}

extension Decoding: ExpressibleByArgument {}
