import ArgumentParser
import PoseCodecs
import PoseCore
import PoseEngine
import PoseEstimation
import PoseEvaluation
import PoseFormats
import PoseMedia

struct Predict: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Find people's joints in pictures.",
    discussion: """
      People are found by the detector that comes with pose or another --detector, given by --boxes, or each picture is \
      one person's with --detector whole. A picture without people has no poses. Boxes are JSON as detectors write it: \
      [{"file_name": "a.jpg", "bbox": [x, y, width, height], "score": 0.9}, ...], or with "image_id", whose number the \
      picture's name then is. A file_name with a folder, such as b/a.jpg, belongs to no picture of another folder.

      pose predict street.jpg --output out
      pose predict person.jpg --detector whole --model litehrnet_18_coco_256x192.pth --output out
      pose predict pictures/ --model litehrnet_18_coco_256x192.pth --boxes boxes.json --json poses.json --flip-test
      """)

  @Argument(help: .pictures, completion: .file())
  var inputs: [String]

  @Flag(help: .recursive)
  var recursive = false

  @OptionGroup var modelOptions: ModelOptions

  @OptionGroup var detectorOptions: DetectorOptions

  @Option(
    name: .customLong("people"), in: 1...10_000,
    help: ArgumentHelp("The most people of a picture that are estimated. Defaults to all.", valueName: "count"))
  var peopleCount: Int?

  @Option(
    help: "Who is estimated where --people leaves somebody out: the largest, the best scored or the most central.")
  var choose = PeopleChoice.Rule.largest

  @Option(
    help: ArgumentHelp("People's boxes as detectors write them.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var boxes: String?

  @Flag(
    help: """
      Also look for people who lie or stand on their heads, in the picture turned by quarters. Takes four times as long.
      """)
  var rotations = false

  @Option(
    name: .output,
    help: ArgumentHelp(
      "Write pictures with the poses drawn to this folder.",
      discussion: """
        They keep their names, EXIF data, color profiles and, in PNG and WebP files, transparency. A name without one \
        of the endings .jpg, .jpeg, .jpe, .jfif, .png and .webp gets one by the file's format; HEIC and AVIF get .jpg. \
        Standard input is called stdin.
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

  @Option(help: .scales("1"), transform: ScalesArgument.init(parsing:))
  var scales: ScalesArgument?

  @Option(
    help: ArgumentHelp(
      "How JPEG and lossy WebP are decoded: exact or reduced.",
      discussion: """
        Reduced decodes large pictures at 1/2, 1/4 or 1/8 of their size where the crops allow it. This is faster and \
        moves the joints a little. The pixels of the smaller picture count for --max-pixels.
        """))
  var decoding = Decoding.exact

  @OptionGroup var pictureOptions: PictureOptions

  @OptionGroup var engineOptions: EngineOptions

  @Flag(help: "Draw the joints' names.")
  var labels = false

  @Flag(help: "Print how long each stage took to standard error, the times of pictures side by side added up.")
  var times = false

  mutating func validate() throws {
    try detectorOptions.resolve(beside: boxes)
    if labels, output == nil { throw ValidationError("--labels goes with --output, the folder of drawn pictures.") }
    if let cocoPath, ResultFile.hasLines(cocoPath) {
      throw ValidationError("--coco writes one JSON list, not lines: end its name in .json.")
    }
  }

  func run() throws {
    try reporting {
      var stopwatch = Stopwatch()
      let list = try PictureList.announced(inputs, recursive: recursive)
      let pictures = list.paths
      let work = PictureWork(
        list: list, decoding: decoding, pixelLimit: pictureOptions.pixelLimit, output: output,
        names: OutputNames(inputs, pictures: list))
      var roles = FileRoles(
        reading: pictures + [modelOptions.model, modelOptions.config, boxes] + detectorOptions.files)
      try roles.write(jsonPath, "--json")
      try roles.write(cocoPath, "--coco")
      try work.check(pictures, &roles)
      let given = try boxes.map {
        try GivenBoxes(named: $0, of: pictures, minimumScore: detectorOptions.boxThreshold ?? 0)
      }
      var loop = PictureLoop(
        pictures, threads: engineOptions.threads, isInterruptible: jsonPath != nil || cocoPath != nil)
      let model = try modelOptions.load()
      let network = try detectorOptions.network(
        for: model, beside: boxes, modelOptions.storeOptions, engineOptions.compiler, threads: loop.threadsOfPicture)
      let detector: any PersonDetector =
        if let given { given } else if let network { network } else { WholePicture() }
      var options = engineOptions.compiler.estimator
      options.threads = loop.threadsOfPicture
      options.decoder = try codec?.decoder(for: model.configuration)
      (options.flipTest, options.scales) = (flipTest, scales?.scales ?? [1])
      options.threshold = detectorOptions.boxThreshold ?? options.threshold
      var pipeline = PosePipeline(
        detector: detector, network: try model.network(options: options),
        choice: peopleCount.map { PeopleChoice($0, choose) })
      pipeline.rotations = rotations
      stopwatch.lap("load")

      let frame = try PredictedImage.frame(
        configuration: model.configuration.name,
        detector: network?.name ?? (model.findsPeople ? "none" : boxes == nil ? "whole" : "boxes"))
      var files = try PredictionFiles(json: jsonPath, frame: frame, coco: cocoPath, pictures: pictures)
      var style = DrawingStyle()
      if labels { style.labels = .joints }
      try loop.run { [style, pipeline] path -> PictureWork.Result<Found> in
        try work(path) { picture in
          Found(poses: try pipeline.poses(in: picture), boxesOutside: given?.outside(picture) ?? [])
        } draw: { found, picture in
          try picture.draw(found.poses, style: style)
        }
      } _: { path, result in
        result.found.report(path)
        let poses = result.found.poses
        let image = PredictedImage(file: path, width: result.width, height: result.height, poses: poses)
        try files.append(path, json: compactJSON(image)) { number, fileName in
          poses.map { PersonResult($0, pictureID: number, fileName: fileName) }
        }
        if let drawn = result.drawn {
          if jsonPath != "-", cocoPath != "-" { try standardOutput(drawn.onOneLine) }
        } else if jsonPath == nil, cocoPath == nil {
          // With no place for results, people read them.
          try standardOutput(image.text)
        }
        stopwatch.add(result.stopwatch)
      }
      try files.finish()
      stopwatch.lap("write")
      if times { stopwatch.report() }
      try loop.end()
    }
  }

  private struct Found: Sendable {
    let poses: [Pose]
    let boxesOutside: [Detection]

    /// Says which boxes were left out.
    func report(_ path: String) {
      for box in boxesOutside.map(\.boundingBox) {
        Failure.report(
          """
          left out: \(path): nothing of the box [\(box.x), \(box.y), \(box.width), \(box.height)] is in the picture
          """)
      }
    }
  }
}

extension Decoding: ExpressibleByArgument {}
extension PeopleChoice.Rule: ExpressibleByArgument {}

extension ArgumentHelp {
  /// Of commands that take folders of pictures.
  static let pictures: ArgumentHelp =
    "Pictures (JPEG, PNG, WebP, HEIC, AVIF), folders of them, patterns such as 'a*.jpg', or - for standard input."

  /// Of commands that take folders of pictures.
  static let recursive: ArgumentHelp = "Also search the folders below the folders for pictures."
}

extension GivenBoxes {
  /// The boxes of a file, which errors and notices name.
  ///
  /// - Throws: ``InputError`` if all boxes are of other pictures.
  fileprivate init(named path: String, of pictures: [String], minimumScore: Double) throws {
    do {
      try self.init(DetectionFile(contentsOf: path), of: pictures, minimumScore: minimumScore)
    } catch let error as DetectionError {
      throw FormatError(path: path, reason: error)
    }
    guard let notice else { return }
    if isForOtherPictures { throw InputError("'\(path)': \(notice)") }
    Failure.report("'\(path)': \(notice)")
  }
}
