import PoseConfiguration
import PoseCore
import PoseData
import PoseEstimation
import PoseEvaluation
import PoseFormats
import PoseMetrics

extension Test {
  /// Segments a dataset's pictures and scores the masks, as `pose segment` and `pose evaluate --metric miou` do.
  func testMasks(_ model: Model, _ roles: FileRoles) throws {
    let name = model.configuration.name
    try refuseOptionsOfPoses(name)
    var description = DatasetDescription(ofMasks: datasetOptions.annotations, images: datasetOptions.images)
    description.part = part.map { "\($0)" }
    let (pictures, problems) = try description.maskedPictures(classes: model.configuration.model.classes)
    try roles.read(pictures.lazy.flatMap(\.files))
    if runOptions.strict, let first = problems.first.first { throw InputError("\(first)") }
    problems.report()
    let run = try segment(pictures, by: network(model))
    let count = pictures.indices.count(where: shard.contains) - run.problems.count
    if count == 0, let first = run.problems.first.first {
      throw InputError("no picture could be used; the first: \(first)")
    }
    let score = Score(values: try run.scores.valuesWithClasses())
    let facts = ["\"configuration\": \(try pose.json(name))", "\"pictures\": \(count)"]
    try json.write("{" + (facts + [String(score.json.dropFirst().dropLast())]).joined(separator: ", ") + "}")
    if !json.isStandardOutput {
      try standardOutput("\(name) on \(datasetOptions.annotations.fileName): \(count.counted("picture"))")
      try standardOutput(score.table)
    }
    run.problems.report()
  }

  private func network(_ model: Model) throws -> SegmentationNetwork {
    var options = SegmentationNetwork.Options()
    // Pictures run side by side.
    options.threads = 1
    (options.precision, options.memoryLimit) = (runOptions.compiler.precision, runOptions.compiler.memoryLimit.count)
    return try SegmentationNetwork(model, options: options)
  }

  private func segment(_ pictures: [MaskedPicture], by network: SegmentationNetwork) throws -> MaskRun {
    var run = MaskRun(classes: network.classes)
    var progress = Progress(total: pictures.indices.count(where: shard.contains))
    defer { progress.finish() }
    try run.add(
      pictures, by: network, shard: shard, threads: runOptions.threads.count ?? processorCount,
      decoding: runOptions.decoding, pixelLimit: runOptions.pictures.pixelLimit, bad: runOptions.bad
    ) { progress.advance() }
    return run
  }

  private func refuseOptionsOfPoses(_ network: String) throws {
    let given = [
      (datasetOptions.dataset != nil, "--dataset"), (boxes != nil, "--boxes"), (boxNms != nil, "--box-nms"),
      (detectorOptions.detector != nil, "--detector"), (codec != nil, "--codec"),
      (flipTest != nil, "--flip-test"), (scales != nil, "--scales"), (nms != nil, "--nms"), (heads != nil, "--heads"),
      (!degradeOptions.kinds.isEmpty, "--degrade"), (report != nil, "--report"), (formatOnly, "--format-only"),
      (output != nil, "--output"),
    ]
    guard let option = given.first(where: \.0)?.1 else { return }
    throw UsageError(
      "\(option) is for poses, and \(network) segments pictures: leave it out. `pose segment --masks` writes masks")
  }
}
