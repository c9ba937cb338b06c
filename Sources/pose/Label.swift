import ArgumentParser
import PoseCore
import PoseData
import PoseEstimation
import PoseEvaluation
import PoseFormats

struct Label: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Annotate pictures with a network, for others to be trained with.",
    discussion: """
      Writes COCO's JSON with a score for each person and joint; joints that score too little are marked as not labelled. \
      People are found by the detector that comes with pose or another --detector, or given by --boxes. With --annotations \
      the people are those of the file, whose joints are found anew and whose numbers stay.

      pose label photos/ --model teacher.safetensors --boxes boxes.json --box-threshold 0.5 --output labels.json
      pose label --annotations person_keypoints_train2017.json --images train2017 --model teacher.safetensors \
      --flip-test --output labels.json
      """)

  @Argument(
    help: "Pictures (JPEG, PNG, WebP, HEIC, AVIF), folders of them, and patterns such as 'a*.jpg'.",
    completion: .file())
  var inputs: [String] = []

  @Flag(help: .recursive)
  var recursive = false

  @OptionGroup var modelOptions: ModelOptions
  @OptionGroup var runOptions: DatasetRunOptions
  @OptionGroup var detectorOptions: DetectorOptions

  @Flag(help: .flipTest)
  var flipTest = false

  @Option(
    name: .output, help: ArgumentHelp("Write the annotations to this file.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var output: String

  @Option(
    help: ArgumentHelp("People's boxes as detectors write them.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var boxes: String?

  @Option(
    help: ArgumentHelp("Annotations whose people to estimate, instead of pictures.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var annotations: String?

  @Option(
    help: ArgumentHelp(
      "The folder that file names are below; for pictures the one that holds them all unless given.",
      valueName: "folder"), completion: .directory)
  var images: String?

  @Option(
    help: "The dataset format of --annotations. Defaults to the first one whose skeleton is the model's.",
    transform: datasetName)
  var dataset: String?

  @Option(in: .scores, help: ArgumentHelp("Joints that score less are not labelled.", valueName: "score"))
  var minimumScore = 0.3

  @Option(in: .shares, help: ArgumentHelp("Leave boxes out that overlap better ones by more.", valueName: "share"))
  var boxNms: Double?

  @Option(
    help: ArgumentHelp(
      "How the network's outputs become joints. The crop stays as the configuration says. Defaults to the "
        + "configuration's codec.", valueName: "name"))
  var codec: CodecArgument?

  mutating func validate() throws {
    if inputs.isEmpty == (annotations == nil) { throw ValidationError("Give pictures, or --annotations.") }
    if inputs.contains(PictureList.standardInput) {
      throw ValidationError("Standard input (-) has no name that annotations could give it: name the picture's file.")
    }
    if annotations != nil, images == nil { throw ValidationError("--annotations needs --images, their folder.") }
    if annotations != nil, boxes != nil { throw ValidationError("--annotations have boxes of their own.") }
    if annotations == nil, dataset != nil { throw ValidationError("--dataset goes with --annotations.") }
    if annotations != nil, detectorOptions.detector != nil {
      throw ValidationError("--annotations have boxes of their own.")
    }
    try detectorOptions.resolve(beside: boxes, boxNMS: boxNms, hasDefault: annotations == nil)
  }

  func run() throws {
    try reporting {
      let pictures = inputs.isEmpty ? nil : try PictureList.announced(inputs, recursive: recursive)
      var roles = FileRoles(
        reading: (pictures?.paths ?? []) + [modelOptions.model, modelOptions.config, boxes, annotations]
          + detectorOptions.files)
      try roles.write(output, "--output")
      let model = try modelOptions.load()
      try detectorOptions.check(for: model, beside: boxes)
      if model.findsPeople {
        throw InputError(
          "\(model.configuration.name) looks for everybody by itself, and labels are of people who are known: use "
            + "`pose predict --coco`")
      }
      let (dataset, kind, folder) = try people(in: pictures, skeleton: model.configuration.skeleton())
      guard !dataset.people.isEmpty else {
        dataset.problems.report()
        throw InputError(
          """
          '\(boxes ?? annotations ?? inputs.joined(separator: "', '"))' has nobody to estimate: \
          \(unmatched(dataset) ?? dataset.emptinessReason)
          """)
      }
      let pipeline = try runOptions.pipeline(
        model, decoder: codec?.decoder(for: model.configuration), flipTest: flipTest)
      let run = try runOptions.run(pipeline, on: dataset)
      var rules = ResultRules()
      // A detector may have found somebody twice.
      rules.suppression = boxes == nil && detectorOptions.detector == nil ? .none : .oks
      let labels = PoseLabels(
        run.results(rules), of: run, kind, minimumScore: minimumScore, folder: folder,
        info: [
          "description": "poses that a network found", "model": model.configuration.name,
          "weights": modelOptions.model?.fileName ?? model.configuration.name, "people": "\(dataset.people[0].source)",
          "minimum score": "\(minimumScore)", "flip test": flipTest ? "yes" : "no",
        ])
      do { try FileBytes.write(labels.json, to: output) } catch { throw OutputError(output, error) }
      try standardOutput(
        """
        \(labels.people.counted("person", "people")), \(labels.labelled.counted("joint")) labelled, \(labels.unlabelled.grouped) not; \
        pictures are below '\(folder.isEmpty ? "." : folder)'
        """)
      dataset.problems.report()
      run.problems.report()
    }
  }

  /// Why no box belongs to a picture; nil where some do, or there is no file of boxes.
  private func unmatched(_ dataset: Dataset) -> String? {
    guard let boxes, let file = try? DetectionFile(contentsOf: boxes), dataset.excluded.lowScores == 0 else {
      return nil
    }
    return try? AssignedBoxes(file, pictures: dataset.pictures.map(\.path)).notice
  }

  /// Who is estimated, in what form the labels are, and what their file names are below.
  private func people(in pictures: PictureList?, skeleton: Skeleton) throws -> (Dataset, DatasetKind, folder: String) {
    if let annotations, let images {
      let kind = try DatasetKind(named: dataset, for: skeleton)
      guard kind.form == .coco else {
        throw InputError("\(kind.name) has neither boxes nor sizes of pictures: give the pictures, and --boxes")
      }
      let options = DatasetOptions(bad: runOptions.bad, includesUnlabelled: true)
      return (try Dataset(kind, annotations: annotations, pictures: images, options: options), kind, images)
    }
    let pictures = try pictures ?? PictureList(inputs, recursive: recursive)
    let folder = images ?? pictures.folder
    if !folder.isEmpty, let other = pictures.paths.first(where: { !$0.isBelow(folder) }) {
      throw InputError("'\(other)' is not below '\(folder)'")
    }
    let detections = try boxes.map { try DetectionFile(contentsOf: $0).records }
    var dataset = try Dataset(
      skeleton, pictures: pictures.paths, boxes: detections, source: boxes.map { .file($0.fileName) } ?? .wholePicture,
      minimumScore: detectorOptions.boxThreshold ?? 0, overlap: boxNms,
      pixelLimit: runOptions.pictures.pixelLimit,
      decoding: runOptions.decoding, bad: runOptions.bad)
    if let detector = try detectorOptions.network(
      modelOptions.storeOptions, runOptions.compiler, threads: 1)
    {
      let run = try runOptions.run(detector, on: dataset)
      var problems = dataset.problems
      problems.append(run.problems)
      dataset = try dataset.emptied(without: run.unreadPictures).replacingPeople(
        withBoxes: run.results, source: .detector(detector.name), overlap: boxNms, bad: runOptions.bad)
      problems.append(dataset.problems)
      dataset.problems = problems
    }
    return (dataset, DatasetKind(skeleton: skeleton), folder)
  }
}

extension PictureList {
  /// The lowest folder that all pictures are below; empty for the current one.
  fileprivate var folder: String {
    let folders = paths.map { $0.split(separator: "/", omittingEmptySubsequences: false).dropLast() }
    guard var common = folders.first else { return "" }
    for folder in folders {
      common = common.prefix(zip(common, folder).prefix { $0 == $1 }.count)
    }
    // "/" itself.
    return common == [""] ? "/" : common.joined(separator: "/")
  }
}

extension String {
  fileprivate func isBelow(_ folder: String) -> Bool { hasPrefix(folder.hasSuffix("/") ? folder : folder + "/") }
}
