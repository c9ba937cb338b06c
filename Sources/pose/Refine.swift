import ArgumentParser
import PoseData
import PoseEngine
import PoseEstimation
import PoseEvaluation
import PoseFormats
import PoseMedia
import Synchronization

struct Refine: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Move the joints of anybody's results to where their pictures show them.",
    discussion: """
      Results are COCO's JSON, of any method; the network is PoseFix (Moon, Chang and Lee, CVPR 2019). Image numbers, \
      boxes, tracks and scores stay; people who score nothing or resemble better ones are left out, as published. \
      `pose evaluate` scores the file that is written.

      pose refine --results poses.json --annotations person_keypoints_val2017.json --images val2017 \
      --model posefix.pth --config posefix_res152_coco_384x288 --flip-test --output refined.json
      """)

  @Option(
    help: ArgumentHelp("The poses to refine.", valueName: "file"), completion: .file(extensions: ["json"]))
  var results: String

  @OptionGroup var datasetOptions: DatasetOptionGroup
  @OptionGroup var modelOptions: ModelOptions

  @Option(
    help: ArgumentHelp("Write the refined poses here.", valueName: "file"), completion: .file(extensions: ["json"]))
  var output: String

  @Flag(help: "Refine in the mirrored picture too and take the mean, as published numbers do.")
  var flipTest = false

  @Option(help: "How results of the same person suppress each other: oks, soft-oks or none.")
  var nms = ResultRules.Suppression.oks

  @Option(help: "Results of greater object keypoint similarity suppress each other.")
  var nmsThreshold = 0.9

  @Option(help: "In how many bits to multiply: float32, or bfloat16 where the CPU does.")
  var precision = Precision.float32

  @Option(help: "How faithfully JPEGs are decoded: exact or reduced.")
  var decoding = Decoding.exact

  @Option(help: ArgumentHelp("Take only one part of the pictures.", valueName: "i/n"))
  var shard = ShardArgument.whole

  @Flag(help: "Stop at the first entry or picture that cannot be used, rather than leaving it out.")
  var strict = false

  @Option(help: "Pictures at once; one a processor unless given.")
  var threads: Int?

  func validate() throws {
    if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads must be 1...1024.") }
    guard (0...1).contains(nmsThreshold) else { throw ValidationError("--nms-threshold must be 0...1.") }
  }

  func run() throws {
    try reporting {
      let bad: BadRecords = strict ? .refuse : .skip
      let model = try modelOptions.load(refining: true)
      let kind = try datasetOptions.kind(joints: model.configuration.model.joints)
      let file = try COCOResults(contentsOf: results, bad: bad)
      let (found, entries) = try datasetOptions.dataset(kind, bad: bad)
        .found(file, source: .file(results.fileName), bad: bad)
      guard !found.people.isEmpty else {
        let first = found.problems.first.first.map { "; the first problem: \($0)" } ?? ""
        throw InputError("'\(results)' has no pose of \(kind.name) to refine\(first)")
      }
      let run = try refine(found, with: model, bad)
      if run.estimates.isEmpty, let first = run.problems.first.first {
        throw InputError("no picture could be used; the first: \(first)")
      }
      var rules = ResultRules()
      (rules.suppression, rules.threshold, rules.score) = (nms, nmsThreshold, .box)
      let refined = run.results(rules).keepingDetails(of: file, entries: entries)
      do { try FileBytes.write(refined.cocoJSON(), to: output) } catch { throw OutputError(output, error) }
      print("\(run.estimates.count.grouped) people refined, \(refined.count.grouped) results")
      found.problems.report()
      run.problems.report()
    }
  }

  private func refine(_ people: Dataset, with model: Model, _ bad: BadRecords) throws -> DatasetRun {
    var options = PoseEstimator.Options()
    options.flipTest = flipTest
    options.precision = precision
    // Pictures run side by side.
    options.threads = 1
    let estimator = try PoseEstimator(model: .model(model), options: options)
    let progress = Mutex(Progress(total: shard.shard.pictures(of: people)))
    defer { progress.withLock { $0.finish() } }
    return try DatasetRun(
      estimator, people, shard: shard.shard, threads: threads ?? processorCount, decoding: decoding, bad: bad
    ) { progress.withLock { $0.advance() } }
  }
}
