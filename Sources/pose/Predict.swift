import ArgumentParser
import PoseCodecs
import PoseCore
import PoseEngine
import PoseEstimation
import PoseExperiments
import PoseFormats
import PoseMedia

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

  @Flag(help: .recursive)
  var recursive = false

  @OptionGroup var modelOptions: ModelOptions

  @Option(
    help: ArgumentHelp("People's boxes as detectors write them.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var boxes: String?

  @Option(
    name: .output,
    help: ArgumentHelp(
      "Write pictures with the poses drawn to this folder.",
      discussion: """
        They keep their names, EXIF data, color profiles and, in PNG files, transparency. A name without one \
        of the endings .jpg, .jpeg, .jpe, .jfif and .png gets .jpg or .png, depending on the file's format.
        """, valueName: "folder"),
    completion: .directory)
  var output: String?

  @Option(
    name: .customLong("json"),
    help: ArgumentHelp(
      "Write the poses to this file, or to standard output with -. A file that ends in .jsonl gets a line a picture, at once.",
      valueName: "file"), completion: .file(extensions: ["json", "jsonl"]))
  var jsonPath: String?

  @Option(
    name: .customLong("coco"),
    help: ArgumentHelp(
      "Write the poses as COCO results to this file, as `pose evaluate` and `pose refine` read them.",
      valueName: "file"), completion: .file(extensions: ["json"]))
  var cocoPath: String?

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
        moves the joints a little. The pixels of the smaller picture count for --max-pixels.
        """))
  var decoding = Decoding.exact

  @OptionGroup var pictureOptions: PictureOptions

  @OptionGroup var engineOptions: EngineOptions

  @Flag(help: "Draw the joints' names.")
  var labels = false

  @Flag(help: "Print how long each stage took to standard error.")
  var times = false

  func validate() throws {
    if labels, output == nil { throw ValidationError("--labels goes with --output, the folder of drawn pictures.") }
    if let cocoPath, ResultFile.hasLines(cocoPath) {
      throw ValidationError("--coco writes one JSON list, not lines: end its name in .json.")
    }
  }

  func run() throws {
    try reporting {
      var stopwatch = Stopwatch()
      let pictures = try PictureList.announced(inputs, recursive: recursive).paths
      let names = OutputNames(inputs, pictures: pictures)
      try checkFiles(pictures, names)
      let given = try boxes.map { try GivenBoxes(named: $0, of: pictures) }
      let detector: any PersonDetector = given ?? WholePicture()
      let model = try modelOptions.load()
      var options = engineOptions.estimator
      options.decoder = try codec?.decoder(for: model.configuration)
      options.flipTest = flipTest
      let pipeline = PosePipeline(detector: detector, network: try TopDownNetwork(model, options: options))
      stopwatch.lap("load")

      let interruption = jsonPath ?? cocoPath == nil ? nil : Interruption()
      var files = try PredictionFiles(
        json: jsonPath,
        frame: PredictedImage.frame(
          configuration: model.configuration.name, detector: boxes == nil ? "whole" : "boxes"),
        coco: cocoPath, pictures: pictures)
      var failed = 0
      var progress = Progress(total: pictures.count)
      for path in pictures where interruption?.requestedSignal == nil {
        do {
          let poses = try predict(path, by: pipeline, given, drawnAs: names[path], &stopwatch)
          try files.append(poses)
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
      try files.finish()
      stopwatch.lap("write")
      if times { stopwatch.report() }
      if let signal = interruption?.requestedSignal { throw ExitCode(128 + signal) }
      if failed > 0 {
        if pictures.count > 1 { Failure.report("\(failed) of \(pictures.count) pictures failed") }
        throw Failure.input
      }
    }
  }

  /// Refuses outputs that are inputs, and makes the folder of drawn pictures.
  private func checkFiles(_ pictures: [String], _ names: OutputNames) throws {
    var roles = FileRoles(reading: pictures + [modelOptions.model, modelOptions.config, boxes])
    try roles.write(jsonPath, "--json")
    try roles.write(cocoPath, "--coco")
    guard let output else { return }
    for path in pictures { try roles.write(output + "/" + names[path], "--output") }
    try makeFolder(output)
  }

  private func predict(
    _ path: String, by pipeline: PosePipeline, _ boxes: GivenBoxes?, drawnAs name: String,
    _ stopwatch: inout Stopwatch
  ) throws -> PredictedPicture {
    let encoded = try EncodedImage(
      contentsOf: path, pixelLimit: pictureOptions.pixelLimit, decoding: decoding)
    stopwatch.lap("read")
    // What is drawn on must be whole, so it is decoded once for both.
    var drawable = output != nil && decoding == .exact ? try DrawablePicture(encoded) : nil
    // The estimator's copy of the picture ends here, so that drawing on it needs no other memory.
    let poses = try poses(
      in: drawable.map { Picture($0.image, path: path) } ?? Picture(encoded, decoding: decoding, path: path),
      by: pipeline, boxes)
    stopwatch.lap("estimate")
    if let output {
      if drawable == nil { drawable = try DrawablePicture(encoded) }
      try draw(poses, on: &drawable, to: output + "/" + name)
    }
    stopwatch.lap("draw")
    let predicted = PredictedPicture(path: path, width: encoded.width, height: encoded.height, poses: poses)
    // With no place for results, people read them.
    if output == nil, jsonPath == nil, cocoPath == nil { try standardOutput(predicted.image.text) }
    return predicted
  }

  private func poses(in picture: Picture, by pipeline: PosePipeline, _ boxes: GivenBoxes?) throws -> [Pose] {
    for detection in boxes?.outside(picture) ?? [] {
      let box = detection.boundingBox
      Failure.report(
        """
        left out: \(picture.path ?? ""): nothing of the box [\(box.x), \(box.y), \(box.width), \(box.height)] is in \
        the picture
        """)
    }
    return try pipeline.poses(in: picture)
  }

  private func draw(_ poses: [Pose], on picture: inout DrawablePicture?, to path: String) throws {
    var style = DrawingStyle()
    if labels { style.labels = .joints }
    do {
      if let slash = path.lastIndex(of: "/") { try makeFolder(String(path[..<slash])) }
      try picture?.draw(poses, style: style)
      try picture?.write(to: path)
    } catch {
      throw OutputError(path, error)
    }
    if jsonPath != "-", cocoPath != "-" { try standardOutput(path.onOneLine) }
  }
}

extension Decoding: ExpressibleByArgument {}

extension ArgumentHelp {
  /// Of commands that take folders of pictures.
  static let recursive: ArgumentHelp = "Also search the folders below the folders for pictures."
}

extension GivenBoxes {
  /// The boxes of a file, which errors and notices name.
  ///
  /// - Throws: ``InputError`` if all boxes are of other pictures.
  fileprivate init(named path: String, of pictures: [String]) throws {
    do {
      try self.init(DetectionFile(contentsOf: path), of: pictures)
    } catch let error as DetectionError {
      throw FormatError(path: path, reason: error)
    }
    guard let notice else { return }
    if isForOtherPictures { throw InputError("'\(path)': \(notice)") }
    Failure.report("'\(path)': \(notice)")
  }
}
