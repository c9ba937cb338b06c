import ArgumentParser
import PoseCodecs
import PoseConfiguration
import PoseCore
import PoseData
import PoseEstimation
import PoseEvaluation
import PoseFormats
import PoseMedia
import PoseMetrics

struct Test: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run a network over a dataset, and score what it finds.",
    discussion: """
      Boxes are the annotated ones, a detector's that were written before with --boxes, or those that --detector finds, \
      which are scored as well. Results are written in COCO's upload format with --output; `pose evaluate` scores them again, also the parts of several processes that shared the work by --shard. \
      With --format-only, annotations may list images alone, as those of COCO's test-dev do. A result names the annotation \
      whose box was used by annotation_id, so that `pose evaluate --metric pck` finds its person; with --nms none nobody \
      is without a result.

      A network that segments pictures is scored by mIoU: --annotations is then a folder of masks, or a file of outlines in \
      COCO's form.

      pose test --model litehrnet_18_coco_256x192.pth --annotations person_keypoints_val2017.json --images val2017 --flip-test
      pose test --model litehrnet_18_coco_256x192.pth --annotations gt.json --images val2017 --boxes boxes.json --report out
      pose test --model litehrnet_18_coco_256x192.pth --annotations gt.json --images val2017 --shard 1/4 --format-only --output 1.json
      pose test --model litehrnet_18_coco_256x192.pth --annotations gt.json --images val2017 --degrade all --report out
      pose test --model people.safetensors --annotations masks --images photos
      """)

  @OptionGroup var modelOptions: ModelOptions
  @OptionGroup var runOptions: DatasetRunOptions
  @OptionGroup var datasetOptions: DatasetOptionGroup
  @OptionGroup var detectorOptions: DetectorOptions
  @OptionGroup var degradeOptions: DegradeOptions

  @Option(
    help: ArgumentHelp("People's boxes, as detectors write them in COCO's form.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var boxes: String?

  @Option(in: .shares, help: ArgumentHelp("Leave boxes out that overlap better ones by more.", valueName: "share"))
  var boxNms: Double?

  @Option(
    help: ArgumentHelp(
      "How the network's outputs become joints. The crop stays as the configuration says. Defaults to the "
        + "configuration's codec.", valueName: "name"))
  var codec: CodecArgument?

  @Flag(
    inversion: .prefixedNo,
    help: "Estimate the mirror image too and average both. Defaults to the configuration's test procedure.")
  var flipTest: Bool?

  @Option(help: .scales("the configuration's test procedure"), transform: ScalesArgument.init(parsing:))
  var scales: ScalesArgument?

  @Option(
    help: """
      How results of the same person suppress each other: oks, soft-oks or none. Defaults to oks, and to none for networks \
      that look for everybody by themselves.
      """)
  var nms: ResultRules.Suppression?

  @Option(in: .shares, help: "Results of greater object keypoint similarity suppress each other.")
  var nmsThreshold = 0.9

  @Option(help: "What a result's score is: box, keypoint or box-keypoint.")
  var scoreMode = ResultRules.ScoreMode.boxAndKeypoints

  @Option(help: ArgumentHelp("Take only one part of the pictures.", valueName: "i/n"), transform: Shard.init(parsing:))
  var shard = Shard.whole

  @Option(
    help: ArgumentHelp(
      "Run and score only these pictures, by number: 2/5 for those that leave 1 divided by 5, or 'not 2/5'.",
      valueName: "i/n"), transform: PictureSplit.init(parsing:))
  var part: PictureSplit?

  @Option(
    help: ArgumentHelp("MPII's own ground truth, mpii_gt_val.mat, which PCKh needs.", valueName: "file"),
    completion: .file(extensions: ["mat"]))
  var heads: String?

  @Flag(help: "Write the results and do not score them.")
  var formatOnly = false

  @Option(
    name: .output, help: ArgumentHelp("Write the results to this file.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var output: String?

  @Option(
    help: ArgumentHelp(
      "Write a page about the results here: numbers, curves, errors, the worst cases.",
      valueName: "folder"), completion: .directory)
  var report: String?

  @OptionGroup var json: JSONOption

  mutating func validate() throws {
    if formatOnly, output == nil { throw ValidationError("--format-only needs --output FILE for the results.") }
    if formatOnly, json.file != nil || report != nil {
      throw ValidationError("--format-only scores nothing: leave --json and --report out.")
    }
    try degradeOptions.check(isScored: !formatOnly)
    try detectorOptions.resolve(beside: boxes, boxNMS: boxNms, hasDefault: false)
    if detectorOptions.isWholePicture {
      throw ValidationError("--detector whole is not for datasets, whose pictures have several people.")
    }
  }

  func run() throws {
    try reporting {
      let roles = try fileRoles()
      let model = try modelOptions.load()
      if model.configuration.segmentsPictures { return try testMasks(model, roles) }
      try detectorOptions.check(for: model, beside: boxes)
      if model.findsPeople, !degradeOptions.kinds.isEmpty {
        throw InputError(
          "\(model.configuration.name) looks for everybody by itself, and --degrade is for pictures around people who are "
            + "known: leave it out")
      }
      let kind = try datasetOptions.kind(joints: model.configuration.skeleton())
      let truth = try GroundTruth(
        kind, annotations: datasetOptions.annotations, pictures: datasetOptions.images, heads: heads, part: part,
        options: DatasetOptions(bad: runOptions.bad), isScored: !(formatOnly && hasOwnBoxes))
      try roles.read(truth.annotated.pictures.lazy.map(\.path))
      let (dataset, found) = try people(of: truth)
      guard !dataset.people.isEmpty else {
        throw InputError(
          "'\(boxes ?? datasetOptions.annotations)' has nobody to estimate: \(dataset.emptinessReason)")
      }
      if !formatOnly { try checkAnnotations(of: truth) }
      if hasOwnBoxes { truth.annotated.problems.report() }
      dataset.reportLeftOut()
      var procedure = model.configuration.test
      procedure.flip = flipTest ?? procedure.flip
      procedure.scales = scales?.scales ?? procedure.scales
      let pipeline = try runOptions.pipeline(
        model, decoder: codec?.decoder(for: model.configuration), flipTest: procedure.flip, scales: procedure.scales)
      let run = try runOptions.run(pipeline, on: dataset, shard: shard)
      var rules = ResultRules(for: pipeline.network)
      (rules.threshold, rules.score) = (nmsThreshold, scoreMode)
      if let nms { rules.suppression = nms }
      let results = run.results(rules)
      if let output {
        do { try FileBytes.write(results.cocoJSON(), to: output) } catch { throw OutputError(output, error) }
      }
      let boxScore = formatOnly ? nil : found.flatMap { self.boxScore($0, truth) }
      let score = formatOnly ? nil : try truth.score(run, results)
      let robustness = try robustness(of: pipeline, model.configuration, on: dataset, truth, rules, clean: score)
      try summarise(
        run, results, truth, model.configuration, score, boxScore: boxScore ?? [], robustness, procedure)
      run.problems.report()
    }
  }

  private func fileRoles() throws -> FileRoles {
    var roles = FileRoles(
      reading: [modelOptions.model, modelOptions.config, datasetOptions.annotations, boxes, heads]
        + [degradeOptions.against] + detectorOptions.files)
    try roles.write(output, "--output")
    try roles.write(json.file, "--json")
    if let report, let foreign = Report.foreignFile(in: report) {
      throw UsageError("--report would replace '\(foreign)', which is no report of pose: name another folder")
    }
    return roles
  }

  /// Refuses what could not be scored before the network runs.
  private func checkAnnotations(of truth: GroundTruth) throws {
    do {
      try truth.checkAnnotations()
    } catch {
      throw InputError(
        """
        '\(datasetOptions.annotations)' cannot be scored: \(error). `pose doctor` lists all such entries. With \
        --format-only the results are written and not scored
        """)
    }
  }

  /// Whether the people are those that a detector found, here or elsewhere.
  private var hasOwnBoxes: Bool { boxes != nil || detectorOptions.detector != nil }

  /// The annotated people, or those that a detector found in the same pictures, and the boxes that `--detector` found.
  private func people(of truth: GroundTruth) throws -> (Dataset, found: COCOResults?) {
    if let detector = try detectorOptions.network(
      modelOptions.storeOptions, runOptions.compiler, threads: 1, threshold: 0)
    {
      let run = try runOptions.run(detector, on: truth.annotated, shard: shard)
      run.problems.report()
      let people = try truth.people(
        of: run.results, source: .detector(detector.name), overlap: boxNms, bad: runOptions.bad)
      return (people, run.results)
    }
    guard let boxes else { return (truth.annotated, nil) }
    let people = try truth.people(
      of: COCOResults(contentsOf: boxes, bad: runOptions.bad), source: .file(boxes.fileName),
      minimumScore: detectorOptions.boxThreshold ?? 0, overlap: boxNms, bad: runOptions.bad)
    return (people, nil)
  }

  /// How good the detector's boxes are; nil where the annotations do not allow it, which is said.
  private func boxScore(_ boxes: COCOResults, _ truth: GroundTruth) -> [MetricValue]? {
    do {
      return try truth.boxScore(boxes)
    } catch {
      Failure.report("the boxes are not scored: \(error)")
      return nil
    }
  }

  /// What the network loses on pictures of worse cameras; nil where nobody asks for it.
  private func robustness(
    of pipeline: PosePipeline, _ configuration: ModelConfiguration, on dataset: Dataset, _ truth: GroundTruth,
    _ rules: ResultRules, clean: DatasetScore?
  ) throws -> (own: Robustness, other: Robustness?)? {
    if degradeOptions.kinds.isEmpty { return nil }
    guard let clean = clean?.values.first, clean.value.isFinite else {
      throw InputError("--degrade has no number to compare: there is nobody to score, or MPII's --heads are missing")
    }
    // Read first, so that a file that cannot be used ends the command before the long runs.
    let other = try degradeOptions.other(by: clean.name)
    let (input, padding) = (configuration.model.input, configuration.image.padding)
    let own = try Robustness(degradeOptions.kinds, clean: clean, input: input, padding: padding) { degradation in
      let run = try runOptions.run(pipeline, on: dataset, degradation: degradation, shard: shard)
      return try truth.score(run, run.results(rules))?.values.first?.value ?? 0
    }
    return (own, other)
  }

  private func summarise(
    _ run: DatasetRun, _ results: [PersonResult], _ truth: GroundTruth, _ configuration: ModelConfiguration,
    _ score: DatasetScore?, boxScore: [MetricValue], _ robustness: (own: Robustness, other: Robustness?)?,
    _ procedure: TestTimeAugmentation
  ) throws {
    let (kind, annotated, name) = (truth.kind, truth.annotated, configuration.name)
    let source =
      configuration.findsEverybody
      ? "found by the network itself" : run.dataset.people.first.map { "\($0.source)" } ?? ""
    let facts =
      "\(run.estimates.count.counted("person", "people")), \(results.count.counted("result")), \(source), \(procedure.words)"
    guard !formatOnly else {
      try standardOutput(facts)
      return
    }
    for note in score?.notes ?? [] { Failure.report(note) }
    let analysis = ErrorAnalysis(results, of: annotated, usesArea: kind.usesArea)
    try json.write(jsonLine((score?.values ?? []) + boxScore, robustness?.own, configuration: name, procedure))
    if !json.isStandardOutput {
      try standardOutput("\(name) on \(kind.name): \(facts)")
      if let score {
        try standardOutput(Score(values: score.values).table)
      } else {
        try standardOutput(
          "PCKh is measured in sizes of heads: give MPII's own ground truth, mpii_gt_val.mat, with --heads.")
      }
      if !boxScore.isEmpty { try standardOutput("\n" + Score(values: boxScore).table) }
      try standardOutput("\n" + analysis.table)
      if let robustness {
        try standardOutput("\n" + robustness.own.table(against: robustness.other))
      }
    }
    if let report {
      try makeFolder(report)
      var page = Report(
        title: "\(name) on \(kind.name)",
        facts: [
          ("annotations", datasetOptions.annotations.fileName), ("boxes", source),
          ("pictures", part.map { "\($0)" } ?? "all"), ("flip test", procedure.flip ? "yes" : "no"),
          ("scales", procedure.scaleList),
          ("people", run.estimates.count.grouped),
          ("results", results.count.grouped), ("not usable", leftOut(run, truth).grouped),
        ], score: score, analysis: analysis, annotated: annotated)
      page.pixelLimit = runOptions.pictures.pixelLimit
      page.robustness = robustness.map { ($0.own, configuration.model.input, configuration.image.padding) }
      do { try page.write(to: report) } catch { throw OutputError(report, error) }
      if !json.isStandardOutput { try standardOutput("\n\(report.onOneLine)/index.html") }
    }
  }

  /// How many entries and pictures were left out, of the annotations, of the boxes and in the run.
  private func leftOut(_ run: DatasetRun, _ truth: GroundTruth) -> Int {
    run.problems.count + run.dataset.problems.count + (hasOwnBoxes ? truth.annotated.problems.count : 0)
  }

  private func jsonLine(
    _ values: [MetricValue], _ robustness: Robustness?, configuration: String, _ procedure: TestTimeAugmentation
  ) throws -> String {
    // The numbers keep their names and their places at the top of the object.
    let facts = [
      "\"configuration\": \(try pose.json(configuration))", "\"flip_test\": \(procedure.flip)",
      "\"scales\": [\(procedure.scaleList)]",
    ]
    let numbers = Score(values: values).json.dropFirst().dropLast()
    let losses = try robustness.map { ["\"robustness\": \(try $0.json)"] } ?? []
    return "{" + (facts + losses + (numbers.isEmpty ? [] : [String(numbers)])).joined(separator: ", ") + "}"
  }
}

extension TestTimeAugmentation {
  /// The scales of the network's input, as `0.5, 1, 2`.
  fileprivate var scaleList: String {
    scales.map { $0 == $0.rounded() ? "\(Int($0))" : "\($0)" }.joined(separator: ", ")
  }

  fileprivate var words: String {
    (flip ? "with the flip test" : "without the flip test") + (scales == [1] ? "" : ", at scales \(scaleList)")
  }
}

extension DatasetProblems {
  /// Says what was left out, and how much of it.
  func report() {
    for problem in first.prefix(10) { Failure.report("left out: \(problem)") }
    if count > 1 { Failure.report("left out in all: \(summary)") }
  }
}

extension Dataset {
  /// Says who is not estimated, and why.
  func reportLeftOut() {
    problems.report()
    if let summary = excluded.summary { Failure.report("not estimated, as usual: \(summary)") }
  }
}

extension Shard {
  init(parsing argument: String) throws {
    guard let shard = Shard(argument) else {
      throw ValidationError("give the part and how many there are, from 1/4 to 4/4")
    }
    self = shard
  }

  /// How many of a dataset's pictures are in this part.
  func pictures(of dataset: Dataset) -> Int { Set(dataset.people.map(\.picture)).count(where: contains) }
}

extension PictureSplit {
  init(parsing argument: String) throws {
    guard let split = PictureSplit(argument) else {
      throw ValidationError("give 2/5, any of 1/5 to 5/5, or 'not 2/5' for the other pictures")
    }
    self = split
  }
}

extension ResultRules.Suppression: ExpressibleByArgument {}
extension ResultRules.ScoreMode: ExpressibleByArgument {}

extension ErrorAnalysis {
  fileprivate var table: String {
    var table = Table(
      "joint", "annotated", "good %", "jitter %", "inversion %", "swap %", "miss %", "similarity", "distance")
    for joint in joints where joint.count > 0 {
      func share(_ kind: Kind) -> String {
        "\((100 * Double(joint.counts[kind] ?? 0) / Double(joint.count)).rounded(toPlaces: 1))"
      }
      table.append(
        joint.joint.rawValue, joint.count.grouped, share(.good), share(.jitter), share(.inversion), share(.swap),
        share(.miss), "\(joint.similarity.rounded(toPlaces: 3))", "\(joint.medianDistance.rounded(toPlaces: 2))")
    }
    return table.text
  }
}
