import ArgumentParser
import PoseCore
import PoseData
import PoseFormats
import PoseMedia

struct Browse: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Show the samples that training sees: augmented crops or pictures with joints, or a detector's pictures with boxes.",
    discussion: """
      The samples are exactly those of the configuration's training: its datasets (or the annotation file that you name), \
      augmentation, targets and input. Every sample is drawn twice: the network's input with the joints, and the input under \
      the target. The caption lists the augmentation. A page (.html) also names the picture.

      A detector's samples are whole pictures, each drawn once with the boxes to learn; those of a network that looks for \
      everybody at once are whole pictures with everybody's joints.

      pose browse --config my.yaml --output sheet.html
      pose browse boxes.json --images images/ --config rtmdet_nano_person --output sheet.html
      pose browse person_keypoints.json --images images/ --config rtmpose_m_coco_256x192 --output sheet.html
      pose browse person_keypoints.json --images images/ --output sheet.png --targets udp --colors --count 8
      pose browse person_keypoints.json --images images/ --time --threads 1
      """)

  @OptionGroup var options: SampleOptions

  @Option(
    name: .output,
    help: ArgumentHelp(
      "The output file: .html, .png or .jpg. Many samples make several pictures: sheet-1.png, sheet-2.png.",
      valueName: "file"),
    completion: .file(extensions: ["html", "png", "jpg"]))
  var output: String?

  @Option(in: 1...1000, help: "The number of samples to draw.")
  var count = 12

  @Option(in: 1...100, help: "The number of samples in a row.")
  var columns = 4

  @Option(in: 0...1_000_000, help: "The epoch of training, which decides how each sample is augmented.")
  var epoch = 0

  @Option(in: 0...1_000_000_000, help: "The number of the first sample in the dataset.")
  var first = 0

  @Flag(help: "Draw nothing: load samples as training does and print how many a second.")
  var time = false

  @OptionGroup var threads: ThreadsOption

  @Option(in: 0.01...3600, help: "How many seconds to measure with --time, after a warm-up.")
  var seconds = 5.0

  @OptionGroup var json: JSONOption

  func validate() throws {
    guard time != (output != nil) else { throw ValidationError("Give either --output FILE or --time.") }
    if json.file != nil, !time { throw ValidationError("--json goes with --time.") }
    let names = [".html", ".png", ".jpg", ".jpeg"]
    if let output, !names.contains(where: { output.lowercased().hasSuffix($0) }) {
      throw ValidationError("End the name of --output in .html, .png or .jpg.")
    }
    if threads.count != nil, !time { throw ValidationError("--threads goes with --time.") }
  }

  func run() throws {
    try reporting {
      var roles = FileRoles(reading: [options.annotationFile, options.config])
      try roles.write(output, "--output")
      try roles.write(json.file, "--json")
      if let (data, seed) = try options.loadMasks() {
        report(data.problems)
        let pipeline = MaskPipeline(data.samples, data.recipe, seed: seed)
        try show(
          SampleSource(data.samples, recipe: data.recipe), seed: seed, on: SampleSheet(recipe: data.recipe)
        ) { index, sheet in
          try sheet.add(pipeline.preview(index, epoch: epoch), of: data.samples[index], index: index)
        }
        return
      }
      if let (data, classes, seed) = try options.loadPictures() {
        report(data.problems)
        let pipeline = PicturePipeline(data.samples, data.recipe, seed: seed)
        try show(
          SampleSource(data.samples, recipe: data.recipe), seed: seed,
          on: SampleSheet(recipe: data.recipe, classes: classes)
        ) { index, sheet in
          try sheet.add(pipeline.preview(index, epoch: epoch), of: data.samples[index], index: index)
        }
        return
      }
      if let (data, seed) = try options.loadScenes() {
        report(data.problems)
        let pipeline = ScenePipeline(data.samples, data.recipe, seed: seed)
        try show(
          SampleSource(data.samples, recipe: data.recipe), seed: seed, on: SampleSheet(recipe: data.recipe)
        ) { index, sheet in
          try sheet.add(pipeline.preview(index, epoch: epoch), of: data.samples[index], index: index)
        }
        return
      }
      let (data, seed) = try options.load()
      report(data.problems)
      let pipeline = SamplePipeline(data.recipe, seed: seed)
      try show(
        SampleSource(data.samples, recipe: data.recipe), seed: seed, on: SampleSheet(recipe: data.recipe)
      ) { index, sheet in
        let sample = data.samples[index]
        try sheet.add(pipeline.preview(sample, index: index, epoch: epoch), of: sample, index: index)
      }
    }
  }

  private func report(_ problems: DatasetProblems) {
    for problem in problems.first.prefix(3) { Failure.report("\(problem)") }
    if problems.count > 3 { Failure.report("\(problems.count) entries of '\(options.title)' cannot be used") }
  }

  /// Draws or times samples.
  ///
  /// - Parameter add: puts a sample by its number on the sheet.
  private func show(
    _ source: SampleSource, seed: UInt64, on sheet: SampleSheet, _ add: (Int, inout SampleSheet) throws -> Void
  ) throws {
    if let output { return try draw(source.count, on: sheet, to: output, add) }
    let timing = try SampleTiming(source, seed: seed, threads: threads.count ?? processorCount, seconds: seconds)
    try json.write(timing.json)
    if !json.isStandardOutput { try standardOutput(timing.text) }
  }

  private func draw(
    _ samples: Int, on sheet: SampleSheet, to output: String, _ add: (Int, inout SampleSheet) throws -> Void
  ) throws {
    guard first < samples else {
      throw InputError("there is no sample \(first): '\(options.title)' has \(samples)")
    }
    var sheet = sheet
    var failed = 0
    var progress = Progress(total: min(count, samples - first))
    for index in first..<min(first + count, samples) {
      do {
        try add(index, &sheet)
      } catch {
        progress.finish()
        Failure.report("\(error)")
        failed += 1
      }
      progress.advance()
    }
    progress.finish()
    var written: [String] = []
    if !sheet.isEmpty {
      do {
        if output.lowercased().hasSuffix(".html") {
          try FileBytes.write(Array(sheet.html(title: options.title).utf8), to: output)
          written.append(output)
        } else {
          let images = try sheet.images(columns: columns)
          for (index, image) in images.enumerated() {
            let path = images.count > 1 ? output.numbered(index + 1) : output
            try image.write(to: path)
            written.append(path)
          }
        }
      } catch {
        throw OutputError(output, error)
      }
      for path in written { try standardOutput(path.onOneLine) }
    }
    if failed > 0 { throw Failure.input }
  }
}

extension String {
  /// The path with a number before its ending: `sheet-2.png`.
  fileprivate func numbered(_ number: Int) -> String {
    guard let dot = lastIndex(of: ".") else { return "\(self)-\(number)" }
    return "\(self[..<dot])-\(number)\(self[dot...])"
  }
}
