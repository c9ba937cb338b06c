import ArgumentParser
import PoseConfiguration
import PoseCore
import PoseData
import PoseEvaluation
import PoseFormats
import PoseMetrics

struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Score poses against annotations, as the published tools do.",
    discussion: """
      Annotations and results are COCO's JSON files; anybody's results will do, and those of `pose predict --json`, whose \
      pictures are found by file name. The numbers are those of pycocotools, xtcocotools, MMPose and poseval, to the last \
      bit; CrowdPose's easy, medium and hard are not rounded. pycocotools' faults are kept and reported on standard error: \
      an annotation whose id is 0 counts as missed, and of annotations with the same id the last one stands for all. There \
      is one difference: files with NaN or Infinity, which are not JSON, are refused.

      pose evaluate --annotations person_keypoints_val2017.json --results results.json --metric coco
      pose evaluate --annotations crowdpose_test.json --results results.json --metric crowdpose --json -
      pose evaluate --annotations person_keypoints_val2017.json --results ours.json --metric coco --bootstrap 1000 \
      --against theirs.json
      pose evaluate --annotations instances_val2017.json --results boxes.json --metric bbox --categories person

      coco, crowdpose, ochuman, aic  average precision and recall by object keypoint similarity
      wholebody                      the same for COCO-WholeBody's 133 joints, and the precision of each part alone
      bbox                           average precision and recall of a detector's boxes by intersection over union, \
      over all categories of the annotations or those of --categories; annotations need no keypoints
      miou                           intersection over union of the classes of pixels, as MMSegmentation's IoUMetric: \
      annotations and results are folders of PNG masks whose files have the same names (Cityscapes' too), and --classes \
      names the classes; pixels labeled 255 do not count
      mpii                           PCKh; annotations and results as the .mat files that its tools pass around, \
      whose pixels count from 1; results also as .npy or .npz:key (people x 16 x 2 or 3), which count from 0
      tracking                       how well people keep their numbers (track_id): HOTA and IDF1 by object keypoint \
      similarity; pictures in one folder are a video's, in the order of their numbers
      posetrack18                    average precision of joints; annotations of all videos in one file, each of which is \
      the pictures of a folder; where both files have track_id, also how well the joints of people keep their numbers: MOTA, \
      MOTP, precision and recall, as poseval computes them
      jhmdb, pck, auc, epe, nme      distances of joints; each labelled person has one result, which names it by \
      annotation_id; without annotation_id, the results of an image are in the order of its people

      `pose test --nms none` writes one result with its annotation_id for each person. The PCK@0.2 that it prints is \
      --metric pck --size 6,11 of the results' file, for COCO's joints: distances in torsos, from right shoulder to left hip.
      """)

  @Option(
    help: ArgumentHelp("What is true: a file of annotations.", valueName: "file"),
    completion: .file(extensions: ["json", "mat"]))
  var annotations: String

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "What was found: a file of results, or several, as shards of a test write them.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var results: [String]

  @Option(name: .customLong("metric"), help: "What to measure.")
  var chosenMetric: Metric?

  @Option(
    help: ArgumentHelp(
      "Per-joint constants of object keypoint similarity: a skeleton such as coco17, a skeleton file, or numbers with commas.",
      valueName: "sigmas"), transform: SigmasArgument.init(parsing:))
  var sigmas: SigmasArgument?

  @Option(
    help: ArgumentHelp(
      "The categories to score, by name or number, for \(Metric.list(\.takesCategories)). Defaults to all.",
      valueName: "category,category"))
  var categories: String?

  @Option(
    help: ArgumentHelp(
      "The classes of masks, for miou: \(SegmentationClasses.all.map(\.name).joined(separator: ", ")), or names with commas in the order of their labels.",
      valueName: "classes"), transform: ClassesArgument.init(parsing:))
  var classes: ClassesArgument?

  @Flag(
    inversion: .prefixedNo,
    help: "Divide by the annotated area, or by .53 of the box's; the dataset's own way unless given.")
  var useArea: Bool?

  @Option(help: "Whose rules say who counts; the dataset's own unless given.")
  var rules: Rules?

  @Option(
    help: ArgumentHelp(
      "The crowd indices where medium and hard images begin, for crowdpose. Defaults to 0.2,0.8.",
      valueName: "medium,hard"), transform: CrowdBounds.init(parsing:))
  var crowdBounds: CrowdBounds?

  @Option(
    in: 0.001...1000,
    help: ArgumentHelp(
      "PCK's threshold, in sizes of the person, for jhmdb and pck. Defaults to 0.2.", valueName: "fraction"))
  var threshold: Double?

  @Option(
    help: ArgumentHelp(
      "What distances are divided by in jhmdb, pck and nme: the box's longer side, or the distance of two "
        + "joints, numbered from 0. Defaults to box.",
      valueName: "box|joint,joint"), transform: SizeArgument.init(parsing:))
  var size: SizeArgument?

  @OptionGroup var bootstrap: BootstrapOptions

  @OptionGroup var json: JSONOption

  enum Metric: String, ExpressibleByArgument, CaseIterable {
    case coco, crowdpose, ochuman, aic, wholebody, bbox, miou, mpii, posetrack18, tracking, jhmdb, pck, auc, epe, nme

    /// The names of some of them.
    static func list(_ isIncluded: (Metric) -> Bool) -> String {
      allCases.filter(isIncluded).map(\.rawValue).joined(separator: ", ")
    }

    var takesSize: Bool { [.jhmdb, .pck, .nme].contains(self) }
    var takesBootstrap: Bool { [.coco, .crowdpose, .ochuman, .aic, .bbox].contains(self) }
    var takesThreshold: Bool { [.jhmdb, .pck].contains(self) }
    var takesCategories: Bool { self == .bbox || rules != nil && self != .tracking }

    /// Which joints of the annotations are read.
    var joints: COCOAnnotations.Joints {
      switch self {
      case .bbox: .none
      case .wholebody: .wholeBody
      default: .body
      }
    }

    /// What results are read for.
    var use: COCOResults.Use {
      switch self {
      // PoseTrack's own tools write results as annotations.
      case .posetrack18: .boxes
      case .bbox: .rankedBoxes
      case .jhmdb, .pck, .auc, .epe, .nme: .poses
      default: .rankedPoses
      }
    }

    /// How the dataset's own tool counts, where it goes by object keypoint similarity.
    var rules: KeypointRules? {
      switch self {
      case .coco: .coco
      case .crowdpose: .crowdPose
      case .ochuman: .ocHuman
      case .aic: .aic
      case .wholebody: .wholeBody
      case .tracking: .coco
      default: nil
      }
    }
  }

  enum Rules: String, ExpressibleByArgument, CaseIterable {
    case pycocotools, xtcocotools

    var tool: KeypointRules.Tool { self == .pycocotools ? .pycocotools : .xtcocotools }
  }

  private var metric: Metric { chosenMetric ?? .coco }

  func validate() throws {
    guard let metric = chosenMetric else {
      throw ValidationError("Choose a metric with --metric: \(Metric.list { _ in true }).")
    }
    if metric.rules == nil, sigmas != nil || useArea != nil || rules != nil {
      throw ValidationError("--sigmas, --use-area and --rules are for \(Metric.list { $0.rules != nil }).")
    }
    if categories != nil, !metric.takesCategories {
      throw ValidationError("--categories is for \(Metric.list(\.takesCategories)).")
    }
    if categories?.contains(where: { $0 != "," }) == false {
      throw ValidationError("--categories takes names or numbers with commas: person,dog.")
    }
    if size != nil, !metric.takesSize {
      throw ValidationError("--size is for \(Metric.list(\.takesSize)).")
    }
    if threshold != nil, !metric.takesThreshold {
      throw ValidationError("--threshold is for \(Metric.list(\.takesThreshold)).")
    }
    if crowdBounds != nil, metric != .crowdpose { throw ValidationError("--crowd-bounds is for crowdpose.") }
    if bootstrap.draws != nil, !metric.takesBootstrap {
      throw ValidationError("--bootstrap is for \(Metric.list(\.takesBootstrap)).")
    }
    if results.count > 1, metric == .mpii { throw ValidationError("--metric mpii takes one file of results.") }
    if (classes != nil) != (metric == .miou) {
      throw ValidationError(
        metric == .miou
          ? "--metric miou needs --classes, which names the classes of the masks." : "--classes is for miou.")
    }
    if results.count > 1, metric == .miou { throw ValidationError("--metric miou takes one folder of results.") }
  }

  func run() throws {
    try reporting {
      let masks = metric == .miou ? try maskFiles() : []
      var roles = FileRoles(
        reading: [annotations] + results + bootstrap.others + masks.flatMap { [$0.result.path, $0.truth.path] })
      try roles.write(json.file, "--json")
      do {
        let score =
          switch metric {
          case .mpii: Score(values: try scoreHeadSizes())
          case .miou: Score(values: try score(masks))
          default: try scoreFiles()
          }
        try json.write(score.json)
        if !json.isStandardOutput {
          if metric == .miou { try standardOutput(masks.count.counted("mask")) }
          try standardOutput(score.table)
        }
      } catch let error as MetricError {
        throw InputError(
          """
          cannot compare '\(results.joined(separator: "', '"))' with '\(annotations)': \(error)\(error.remedy(for: metric))
          """)
      }
    }
  }

  /// MPII's numbers.
  private func scoreHeadSizes() throws -> [MetricValue] {
    let (truth, results) = (try MPIIGroundTruth(contentsOf: annotations), results[0])
    if results.hasSuffix(".mat") {
      let file = try MATFile(contentsOf: results)
      do {
        return try PCKh(truth, predictions: truth.predictions(file)).values
      } catch let error as MATError {
        throw InputError("'\(results)': \(error)")
      }
    }
    let tensor = try tensor(at: results)
    guard tensor.shape.count == 3, tensor.shape[0] == truth.count, tensor.shape[1] == truth.jointCount,
      2...3 ~= tensor.shape[2], tensor.type.isFloatingPoint
    else {
      throw InputError(
        "'\(results)' holds \(tensor.type) of shape \(tensor.shape), but \(truth.count) people x \(truth.jointCount) joints x 2 or 3 floats are needed"
      )
    }
    let (values, width) = (tensor.floats, tensor.shape[2])
    // MPII's pixels count from 1.
    let predictions = stride(from: 0, to: values.count, by: width).map {
      Point(x: Double(values[$0] + 1), y: Double(values[$0 + 1] + 1))
    }
    return try PCKh(truth, predictions: predictions).values
  }

  /// The numbers of the metrics that compare COCO's files.
  private func scoreFiles() throws -> Score {
    let (annotations, results) = try concurrently(
      { [annotations, metric] in
        try COCOAnnotations(contentsOf: annotations, joints: metric.joints)
      },
      { [results] in try self.read(results) })
    switch metric {
    case .coco, .ochuman, .aic, .wholebody, .mpii, .crowdpose, .bbox, .miou:
      let categories = try chosenCategories(of: annotations)
      let files = try COCOComparison(annotations, results, categories: categories)
      var score = Score(values: try values(of: files))
      for note in files.notes { Failure.report(note) }
      if let bootstrap = bootstrap.bootstrap(images: annotations.images.map(\.id)) {
        var progress = Progress(total: bootstrap.draws * (self.bootstrap.others.isEmpty ? 1 : 2))
        defer { progress.finish() }
        let own = try resampled(files)
        score.intervals = try bootstrap.intervals(of: own) { progress.advance() }
        if !self.bootstrap.others.isEmpty {
          do {
            let other = try COCOComparison(annotations, read(self.bootstrap.others), categories: categories)
            score.differences = try bootstrap.differences(of: own, from: resampled(other)) { progress.advance() }
          } catch let error as MetricError {
            throw InputError("cannot compare '\(self.bootstrap.others.joined(separator: "', '"))': \(error)")
          }
        }
      }
      return score
    case .tracking:
      let videos = try TrackingFrame.videos(annotations, results, rules: chosenRules)
      return Score(values: try HOTA(videos).values + IdentityScores(videos).values)
    case .posetrack18:
      let frames = try PoseTrackFrame.frames(annotations, results)
      return Score(
        values: try PoseTrackAP(frames).values + (frames.areTracked ? PoseTrackMOTA(frames).values : []))
    case .jhmdb, .pck, .auc, .epe, .nme:
      return Score(
        values: try scoreDistances(PairedPeople(annotations, results, countsFromOne: metric == .jhmdb)))
    }
  }

  /// The results of several files together.
  private func read(_ paths: [String]) throws -> COCOResults {
    try paths.dropFirst().reduce(into: COCOResults(contentsOf: paths[0], for: metric.use)) {
      $0.append(try COCOResults(contentsOf: $1, for: metric.use))
    }
  }

  private func values(of files: COCOComparison) throws -> [MetricValue] {
    switch metric {
    case .bbox: try COCOBoxAP(files).values
    case .wholebody: try WholeBodyAP(files, rules: chosenRules).values
    case .crowdpose: try CrowdPoseAP(files, rules: chosenRules, bounds: chosenBounds).values
    default: try COCOKeypointAP(files, rules: chosenRules).values
    }
  }

  private func resampled(_ files: COCOComparison) throws -> ResampledMetric {
    switch metric {
    case .bbox: try ResampledMetric(boxes: files)
    case .crowdpose: try ResampledMetric(files, rules: chosenRules, bounds: chosenBounds)
    default: try ResampledMetric(files, rules: chosenRules)
    }
  }

  private func scoreDistances(_ people: PairedPeople) throws -> [MetricValue] {
    let threshold = threshold ?? 0.2
    let sizes =
      switch size ?? .box {
      case .box: people.boxSizes
      case .joints(let first, let second): try people.keypoints.annotatedDistances(between: first, and: second)
      }
    switch metric {
    case .jhmdb:
      let bySize = try JHMDBPCK(people.keypoints, sizes: sizes, threshold: threshold).values
      let byTorso = try JHMDBPCK(people.keypoints, sizes: people.keypoints.torsoSizes(), threshold: threshold).values
      return bySize.map { MetricValue($0.name + " PCK", $0.value) }
        + byTorso.map { MetricValue($0.name + " tPCK", $0.value) }
    case .auc: return [MetricValue("AUC", try people.keypoints.areaUnderCurve())]
    case .epe: return [MetricValue("EPE", try people.keypoints.endPointError())]
    case .nme: return [MetricValue("NME", try people.keypoints.normalizedMeanError(sizes: sizes))]
    default: return [MetricValue("PCK", try PCK(people.keypoints, sizes: sizes, threshold: threshold).mean)]
    }
  }

  /// The numbers of the categories to score; nil for all.
  private func chosenCategories(of annotations: COCOAnnotations) throws -> Set<Int>? {
    guard let categories else { return nil }
    var chosen: Set<Int> = []
    for word in categories.split(separator: ",") {
      let found = annotations.categories.filter { $0.name == word || $0.id == Int(word) }
      guard !found.isEmpty else {
        let list = annotations.categories.map { "\($0.name) (\($0.id))" }.joined(separator: ", ")
        throw InputError("'\(self.annotations)' has no category '\(word)': it has \(list.isEmpty ? "none" : list)")
      }
      chosen.formUnion(found.map(\.id))
    }
    return chosen
  }

  private var chosenBounds: (medium: Double, hard: Double) {
    let bounds = crowdBounds ?? CrowdBounds(medium: 0.2, hard: 0.8)
    return (bounds.medium, bounds.hard)
  }

  private var chosenRules: KeypointRules {
    var chosen = metric.rules ?? .coco
    if let sigmas { chosen.sigmas = sigmas.sigmas }
    if let useArea { chosen.usesArea = useArea }
    if let rules { chosen.tool = rules.tool }
    return chosen
  }
}

extension MetricError {
  /// The options that may help.
  fileprivate func remedy(for metric: Evaluate.Metric) -> String {
    switch self {
    case .wrongKeypointCount where metric.rules != nil: ". Give the sigmas of these joints with --sigmas"
    case .noArea where metric.rules != nil:
      ". Give the annotations areas, or take .53 of their boxes' with --no-use-area"
    case .noArea: ". Give the annotations areas"
    default: ""
    }
  }
}
