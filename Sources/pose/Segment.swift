import ArgumentParser
import PoseConfiguration
import PoseCore
import PoseEstimation
import PoseFormats
import PoseMedia

struct Segment: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Find the class of each pixel of pictures, such as road, person or sky.",
    discussion: """
      Classes are laid over the pictures with --output, and written as PNG masks with --masks, whose samples are the \
      classes' numbers and whose palette has their colors. How much of each picture is of each class is written with --json. \
      With none of these it is printed. `pose evaluate --metric miou` compares masks with true ones.

      pose segment street.jpg --model ocrnet_hr18s_cityscapes_512x1024 --output out
      pose segment photos/ --model weights.safetensors --masks masks --json shares.json
      """)

  @Argument(help: .pictures, completion: .file())
  var inputs: [String]

  @Flag(help: .recursive)
  var recursive = false

  @OptionGroup var segmenter: SegmenterOptions

  @Option(
    name: .output,
    help: ArgumentHelp("Write pictures with the classes laid over them to this folder.", valueName: "folder"),
    completion: .directory)
  var output: String?

  @Option(
    help: ArgumentHelp("Write the masks to this folder, as PNG files of the pictures' names.", valueName: "folder"),
    completion: .directory)
  var masks: String?

  @Option(
    name: .customLong("json"),
    help: ArgumentHelp(
      "Write the classes' shares to this file, or to standard output with -. A file that ends in .jsonl gets a line a picture, at once.",
      valueName: "file"), completion: .file(extensions: ["json", "jsonl"]))
  var jsonPath: String?

  @Option(
    in: 0...1,
    help: ArgumentHelp("How much of a class's color is seen in drawn pictures, from 0 to 1.", valueName: "fraction"))
  var opacity = 0.5

  @Flag(help: "Also say how sure the network is of each class, by the mean probability of its pixels.")
  var scores = false

  @Option(help: "How JPEGs are decoded: exact or reduced to 1/2, 1/4 or 1/8 of their size where the input allows it.")
  var decoding = Decoding.exact

  @OptionGroup var pictureOptions: PictureOptions

  @OptionGroup var engineOptions: EngineOptions

  func validate() throws {
    if scores, jsonPath == nil, output != nil || masks != nil {
      throw ValidationError("--scores changes what is printed or written with --json: add --json FILE.")
    }
  }

  func run() throws {
    try reporting {
      let list = try PictureList.announced(inputs, recursive: recursive)
      let pictures = list.paths
      let names = OutputNames(inputs, pictures: list)
      let work = PictureWork(
        list: list, decoding: decoding, pixelLimit: pictureOptions.pixelLimit, output: output, names: names)
      var roles = FileRoles(reading: pictures + segmenter.files)
      try roles.write(jsonPath, "--json")
      let files = try MaskFiles(folder: masks, names: names, pictures: pictures, &roles)
      var loop = PictureLoop(pictures, threads: engineOptions.threads, isInterruptible: jsonPath != nil || masks != nil)
      let network = try segmenter.network(engineOptions.compiler, threads: loop.threadsOfPicture, givesScores: scores)
      try work.check(pictures, &roles)
      if let masks { try makeFolder(masks) }
      var results = try jsonPath.map { ResultFile($0, try SegmentedImage.frame(network: network.name)) }
      try loop.run { [opacity] path in
        let result = try work(path) { picture in
          try network.mask(of: picture)
        } draw: { mask, picture in
          try picture.draw(mask, opacity: opacity)
        }
        let image = SegmentedImage(file: path, result.found, mask: try files.write(result.found, of: path))
        return (image: image, drawn: result.drawn)
      } _: { _, result in
        try results?.append([compactJSON(result.image)])
        if jsonPath == "-" { return }
        let written = [result.drawn, result.image.mask].compactMap(\.self)
        for path in written { try standardOutput(path.onOneLine) }
        if written.isEmpty, jsonPath == nil { try standardOutput(result.image.text) }
      }
      try results?.finish()
      try loop.end()
    }
  }
}

/// The network that a command segments pictures with.
struct SegmenterOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The weights: \(weightsFiles), or a name that `pose models` lists, whose published weights are fetched once.",
      valueName: "file|name"), completion: .file(extensions: CheckpointFormats.extensions))
  var model: String

  @Option(
    help: ArgumentHelp(
      "The configuration: a name that `pose models` lists, or a YAML file. Needed if neither the weights file nor its name says which.",
      valueName: "name"), completion: .list(Zoo.names), transform: configurationName)
  var config: String?

  @Option(
    help: ArgumentHelp(
      "The size of the network's input, if not the configuration's: 1024x2048 is height x width. Larger ones show more and take longer.",
      valueName: "size"), transform: Size.init(inputArgument:))
  var input: Size?

  @OptionGroup var storeOptions: StoreOptions

  /// The files that are read.
  var files: [String?] { [model, config] }

  func network(_ compiler: CompilerOptions, threads: Int?, givesScores: Bool) throws -> SegmentationNetwork {
    var options = SegmentationNetwork.Options()
    (options.input, options.givesScores, options.threads) = (input, givesScores, threads)
    (options.precision, options.memoryLimit) = (compiler.precision, compiler.memoryLimit.count)
    return try SegmentationNetwork(storeOptions.model(model, configuration: config), options: options)
  }
}

/// The masks that a command writes into a folder, by the names of the pictures.
struct MaskFiles: Sendable {
  private let folder: String?
  private let names: OutputNames

  /// Refuses masks that are inputs or other outputs.
  init(folder: String?, names: OutputNames, pictures: [String], _ roles: inout FileRoles) throws {
    (self.folder, self.names) = (folder, names)
    for picture in pictures { try roles.write(path(of: picture), "--masks") }
  }

  private func path(of picture: String) -> String? {
    guard let folder else { return nil }
    let name = names[picture]
    return folder + "/" + (name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name) + ".png"
  }

  /// - Returns: where the mask is; nil where masks are not asked for.
  /// - Throws: ``OutputError``.
  func write(_ mask: SegmentationMask, of picture: String) throws -> String? {
    guard let path = path(of: picture) else { return nil }
    if let slash = path.lastIndex(of: "/") { try makeFolder(String(path[..<slash])) }
    do { try mask.write(to: path) } catch { throw OutputError(path, error) }
    return path
  }
}

/// A picture's classes, as `pose segment --json` writes them.
struct SegmentedImage: Encodable {
  let file: String
  let width: Int
  let height: Int
  /// Where the mask is; nil where it was not written.
  let mask: String?
  let classes: [Share]

  struct Share: Encodable {
    let `class`: String
    let label: Int
    let pixels: Int
    /// Of the picture's pixels.
    let share: Double
    let score: Double?
  }

  init(file: String, _ found: SegmentationMask, mask: String?) {
    (self.file, width, height, self.mask) = (file, found.size.width, found.size.height, mask)
    classes = found.shares.map {
      Share(class: $0.name ?? "\($0.label)", label: $0.label, pixels: $0.pixels, share: $0.share, score: $0.score)
    }
  }

  /// What a JSON file has around its images.
  static func frame(network: String) throws -> ResultFile.Frame {
    let head = "{\"format\": 1, \"network\": \(try compactJSON(network)), \"images\": ["
    return ResultFile.Frame(head: head, foot: "\n]}\n")
  }

  /// For people to read.
  var text: String {
    let hasScores = classes.contains { $0.score != nil }
    var table = Table(["class", "percent"] + (hasScores ? ["score"] : []))
    for share in classes {
      let percent = "\((share.share * 100).rounded(toPlaces: 2))"
      table.append([share.class, percent] + (share.score.map { ["\($0.rounded(toPlaces: 3))"] } ?? []))
    }
    return "\(file.onOneLine): \(width) x \(height) pixels\n" + table.text
  }
}
