import ArgumentParser
import PoseData
import PoseEstimation
import PoseEvaluation
import PoseFormats
import PoseImage

struct Refine: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Move the joints of anybody's results to where their pictures show them.",
    discussion: """
      Results are COCO's JSON, of any method, or those of `pose predict --json`, whose pictures are found by file name; the network is PoseFix (Moon, Chang and Lee, CVPR 2019). Image numbers, \
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
  @OptionGroup var runOptions: DatasetRunOptions

  @Flag(help: .flipTest)
  var flipTest = false

  @Option(
    name: .output, help: ArgumentHelp("Write the refined poses to this file.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var output: String

  @Option(help: "How results of the same person suppress each other: oks, soft-oks or none.")
  var nms = ResultRules.Suppression.oks

  @Option(in: .shares, help: "Results of greater object keypoint similarity suppress each other.")
  var nmsThreshold = 0.9

  @Option(help: ArgumentHelp("Take only one part of the pictures.", valueName: "i/n"), transform: Shard.init(parsing:))
  var shard = Shard.whole

  func run() throws {
    try reporting {
      let bad = runOptions.bad
      var roles = FileRoles(reading: [results, datasetOptions.annotations, modelOptions.model, modelOptions.config])
      try roles.write(output, "--output")
      let model = try modelOptions.load(refining: true)
      let kind = try datasetOptions.kind(joints: model.configuration.skeleton())
      let file = try COCOResults(contentsOf: results, bad: bad, for: .rankedPoses)
      let (found, entries) = try datasetOptions.dataset(kind, bad: bad)
        .replacingPeople(withPoses: file, source: .file(results.fileName), bad: bad)
      try roles.read(found.pictures.lazy.map(\.path))
      guard !found.people.isEmpty else {
        throw InputError("'\(results)' has no pose of \(kind.name) to refine: \(found.emptinessReason)")
      }
      let run = try runOptions.run(runOptions.pipeline(model, flipTest: flipTest), on: found, shard: shard)
      var rules = ResultRules()
      (rules.suppression, rules.threshold, rules.score) = (nms, nmsThreshold, .box)
      let refined = run.results(rules).keepingDetails(of: file, entries: entries)
      do { try FileBytes.write(refined.cocoJSON(), to: output) } catch { throw OutputError(output, error) }
      try standardOutput(
        "\(run.estimates.count.counted("person", "people")) refined, \(refined.count.counted("result"))")
      found.problems.report()
      run.problems.report()
    }
  }
}
