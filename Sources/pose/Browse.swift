import ArgumentParser
import PoseCore
import PoseData
import PoseFormats
import PoseMedia

struct Browse: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "See what training sees: varied crops with their joints and targets.",
    discussion: """
      Every sample is drawn twice: as the network gets it, with the joints on it, and under its target. The caption says \
      how it was varied. A page (.html) also says which picture it is.

      pose browse person_keypoints.json --images images/ --output sheet.html
      pose browse person_keypoints.json --images images/ --output sheet.png --targets udp --colors --count 8
      pose browse person_keypoints.json --images images/ --time --threads 1
      """)

  @OptionGroup var options: SampleOptions

  @Option(
    help: ArgumentHelp("Where to write: .html, .png or .jpg.", valueName: "file"),
    completion: .file(extensions: ["html", "png", "jpg"]))
  var output: String?

  @Option(help: "How many samples to draw.")
  var count = 12

  @Option(help: "Samples in a row; 4 unless given.")
  var columns = 4

  @Option(help: "The epoch, which decides how each sample is varied.")
  var epoch = 0

  @Option(help: "The first sample's number in the dataset.")
  var first = 0

  @Flag(help: "Draw nothing: load samples as training does, and say how many a second.")
  var time = false

  @Option(help: "Threads that load samples with --time; one a processor unless given.")
  var threads: Int?

  @Option(help: "How long to measure with --time, after an epoch or a second that nobody times.")
  var seconds = 5.0

  @Flag(help: "Print what --time measured as one line of JSON.")
  var json = false

  func validate() throws {
    guard time != (output != nil) else { throw ValidationError("Give either --output FILE or --time.") }
    let names = [".html", ".png", ".jpg", ".jpeg"]
    if let output, !names.contains(where: { output.lowercased().hasSuffix($0) }) {
      throw ValidationError("End the name of --output in .html, .png or .jpg.")
    }
    guard (1...1000).contains(count) else { throw ValidationError("--count must be 1...1000.") }
    guard (1...100).contains(columns) else { throw ValidationError("--columns must be 1...100.") }
    guard epoch >= 0, first >= 0 else { throw ValidationError("--epoch and --first must be 0 or more.") }
    if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads must be 1...1024.") }
    guard (0.01...3600).contains(seconds) else { throw ValidationError("--seconds must be 0.01...3600.") }
  }

  func run() throws {
    try reporting {
      let (samples, recipe, problems) = try options.load()
      for problem in problems.first.prefix(3) { Failure.report("\(problem)") }
      if problems.count > 3 { Failure.report("\(problems.count) entries of '\(options.annotations)' cannot be used") }
      if let output {
        try draw(samples, recipe, to: output)
      } else {
        let timing = try SampleTiming(
          samples, recipe: recipe, seed: options.seed, threads: threads ?? processorCount, seconds: seconds)
        print(json ? timing.json : timing.text)
      }
    }
  }

  private func draw(_ samples: [TrainingSample], _ recipe: SampleRecipe, to output: String) throws {
    guard first < samples.count else {
      throw InputError("there is no sample \(first): '\(options.annotations)' has \(samples.count)")
    }
    let maker = SampleMaker(recipe, seed: options.seed)
    var sheet = SampleSheet(recipe: recipe)
    var failed = 0
    var progress = Progress(total: min(count, samples.count - first))
    for index in first..<min(first + count, samples.count) {
      do {
        try sheet.add(maker.preview(samples[index], index: index, epoch: epoch), of: samples[index], index: index)
      } catch {
        progress.finish()
        Failure.report("\(error)")
        failed += 1
      }
      progress.advance()
    }
    progress.finish()
    if !sheet.isEmpty {
      do {
        if output.lowercased().hasSuffix(".html") {
          try FileBytes.write(Array(sheet.html(title: options.annotations.fileName).utf8), to: output)
        } else {
          try sheet.image(columns: columns).write(to: output)
        }
      } catch {
        throw OutputError(output, error)
      }
      print(output)
    }
    if failed > 0 { throw Failure.input }
  }
}
