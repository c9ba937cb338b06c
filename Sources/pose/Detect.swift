import ArgumentParser
import PoseCore
import PoseEstimation
import PoseEvaluation
import PoseMedia

struct Detect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Find the boxes of people, or of other objects, in pictures.",
    discussion: """
      Boxes are drawn with --output, and written with --json or as COCO results with --coco, which `pose predict --boxes`, \
      `pose test --boxes` and `pose evaluate --metric bbox` read. With neither they are printed.

      pose detect street.jpg --output out
      pose detect photos/ --detector yolox_tiny_coco.pth --classes person,dog --coco boxes.json
      """)

  @Argument(help: .pictures, completion: .file())
  var inputs: [String]

  @Flag(help: .recursive)
  var recursive = false

  @OptionGroup var detectorOptions: DetectorOptions
  @OptionGroup var storeOptions: StoreOptions

  @Option(
    help: ArgumentHelp(
      "The classes of objects to look for, with commas between them, or all. Defaults to person, or to all classes of a "
        + "detector that knows no people.", valueName: "names"))
  var classes: String?

  @Option(
    name: .output, help: ArgumentHelp("Write pictures with the boxes drawn to this folder.", valueName: "folder"),
    completion: .directory)
  var output: String?

  @Option(
    name: .customLong("json"),
    help: ArgumentHelp(
      "Write the boxes to this file, or to standard output with -. A file that ends in .jsonl gets a line a picture, at once.",
      valueName: "file"), completion: .file(extensions: ["json", "jsonl"]))
  var jsonPath: String?

  @Option(
    name: .customLong("coco"),
    help: ArgumentHelp("Write the boxes as COCO results to this file.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var cocoPath: String?

  @Option(help: "How JPEGs are decoded: exact or reduced to 1/2, 1/4 or 1/8 of their size where the input allows it.")
  var decoding = Decoding.exact

  @OptionGroup var pictureOptions: PictureOptions

  @OptionGroup var engineOptions: EngineOptions

  mutating func validate() throws {
    try detectorOptions.resolve(beside: nil)
    if detectorOptions.isWholePicture {
      throw ValidationError("--detector whole finds nothing: name a detector, or leave --detector out.")
    }
    if let cocoPath, ResultFile.hasLines(cocoPath) {
      throw ValidationError("--coco writes one JSON list, not lines: end its name in .json.")
    }
  }

  func run() throws {
    try reporting {
      let list = try PictureList.announced(inputs, recursive: recursive)
      let pictures = list.paths
      let work = PictureWork(
        list: list, decoding: decoding, pixelLimit: pictureOptions.pixelLimit, output: output,
        names: OutputNames(inputs, pictures: list))
      var roles = FileRoles(reading: pictures + detectorOptions.files)
      try roles.write(jsonPath, "--json")
      try roles.write(cocoPath, "--coco")
      try work.check(pictures, &roles)
      var loop = PictureLoop(
        pictures, threads: engineOptions.threads, isInterruptible: jsonPath != nil || cocoPath != nil)
      guard
        let detector = try detectorOptions.network(
          storeOptions, engineOptions.compiler, threads: loop.threadsOfPicture, needsPeople: false)
      else {
        return
      }
      let wanted = try labels(of: detector)
      var files = try PredictionFiles(
        json: jsonPath, frame: DetectedImage.frame(detector: detector.name), coco: cocoPath, pictures: pictures)
      try loop.run { path in
        try work(path) { picture in
          try detector.objects(in: picture).filter { wanted.contains($0.label) }
        } draw: { found, picture in
          try picture.draw(found, classes: detector.classes)
        }
      } _: { path, result in
        let image = DetectedImage(
          file: path, width: result.width, height: result.height, result.found, classes: detector.classes)
        try files.append(path, json: compactJSON(image)) { number, fileName in
          result.found.map {
            BoxResult($0, pictureID: number, fileName: fileName, categoryID: detector.categoryID(of: $0.label))
          }
        }
        if let drawn = result.drawn {
          if jsonPath != "-", cocoPath != "-" { try standardOutput(drawn.onOneLine) }
        } else if jsonPath == nil, cocoPath == nil {
          try standardOutput(image.text)
        }
      }
      try files.finish()
      try loop.end()
    }
  }

  /// The numbers of the classes that are asked for.
  private func labels(of detector: NetworkDetector) throws -> Set<Int> {
    let classes = classes ?? (detector.classes.contains("person") ? "person" : "all")
    if classes == "all" { return Set(detector.classes.indices) }
    return Set(
      try classes.split(separator: ",").map { name in
        guard let label = detector.classes.firstIndex(of: String(name)) else {
          throw UsageError(
            "--classes: \(detector.name) knows no '\(name)', but \(detector.classes.joined(separator: ", "))")
        }
        return label
      })
  }
}

/// A picture's objects, as `pose detect --json` writes them.
struct DetectedImage: Encodable {
  let file: String
  let width: Int
  let height: Int
  let objects: [Object]

  struct Object: Encodable {
    /// x, y, width, height in pixels of the picture.
    let bbox: [Double]
    let score: Double
    let `class`: String
  }

  init(file: String, width: Int, height: Int, _ detections: [Detection], classes: [String]) {
    (self.file, self.width, self.height) = (file, width, height)
    objects = detections.map { detection in
      let box = detection.boundingBox
      return Object(
        bbox: [box.x, box.y, box.width, box.height], score: detection.score,
        class: classes.indices.contains(detection.label) ? classes[detection.label] : "\(detection.label)")
    }
  }

  /// What a JSON file has around its images.
  static func frame(detector: String) throws -> ResultFile.Frame {
    let head = "{\"format\": 1, \"detector\": \(try compactJSON(detector)), \"images\": ["
    return ResultFile.Frame(head: head, foot: "\n]}\n")
  }

  /// For people to read.
  var text: String {
    var table = Table("class", "x", "y", "width", "height", "score")
    for object in objects {
      let sides = object.bbox.map { "\($0.rounded(toPlaces: 1))" }
      table.append(object.class, sides[0], sides[1], sides[2], sides[3], "\(object.score.rounded(toPlaces: 3))")
    }
    let title = "\(file.onOneLine): \(objects.count.counted("object"))"
    return objects.isEmpty ? title : title + "\n" + table.text
  }
}
