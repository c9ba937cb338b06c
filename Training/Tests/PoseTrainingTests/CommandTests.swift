import Foundation
import PoseExperiments
import PoseFormats
import PoseGraph
import Testing

@testable import PoseTraining

/// The built `pose-train`, run and ended as users and their machines do it.
@Suite("pose-train", .serialized)
final class CommandTests {
  let run: TinyRun

  init() throws { run = try TinyRun() }

  /// Five epochs of two iterations.
  private func arguments(_ folder: String, _ more: [String] = []) -> [String] {
    let settings =
      run.settings + [
        "model.input=32x32", "train.epochs=5", "train.log_every=1", "train.checkpoint={iterations: 1, keep: 3}",
      ]
    return ["naive_litehrnet_18_coco_256x192", "--work-dir", folder, "--threads", "1"]
      + settings.flatMap { ["--set", $0] } + more
  }

  /// What a run does when it is killed, as its folder shows it.
  private enum Moment: CaseIterable {
    case starts, writes, hasLogged, hasSaved

    /// Whether it is now, or has been since the folder was as before.
    func isOver(_ before: Traces, _ now: Traces) -> Bool {
      switch self {
      case .starts: true
      case .writes: now.isWriting || now.iteration > before.iteration
      case .hasLogged: now.logged > before.logged
      case .hasSaved: now.iteration > before.iteration
      }
    }
  }

  /// What a run has left in its folder.
  private struct Traces {
    var iteration = 0
    var logged = 0
    var isWriting = false

    init(of folder: String) {
      func names(_ path: String) -> [String] { (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] }
      let checkpoints = names(folder + "/checkpoints")
      iteration = checkpoints.compactMap { Int($0.prefix { $0 != "." }) }.max() ?? 0
      logged = (try? FileBytes.read(folder + "/log.jsonl").count) ?? 0
      isWriting = (checkpoints + names(folder)).contains { $0.hasSuffix(".tmp") }
    }
  }

  @Test("a run that is killed again and again ends with the same bits")
  func killed() throws {
    let whole = run.folder + "/whole"
    let expected = try Command(arguments(whole)).finish()
    #expect(expected.code == 0, "\(expected.errors)")
    let folder = run.folder + "/killed"
    func start() throws -> Command {
      let hasCheckpoint = try !WorkFolder(folder).newestCheckpoints.isEmpty
      return try Command(arguments(folder, hasCheckpoint ? ["--resume-from", "auto"] : []))
    }
    for moment in Moment.allCases {
      let before = Traces(of: folder)
      try start().kill { moment.isOver(before, Traces(of: folder)) }
    }
    let last = try start().finish()
    #expect(last.code == 0, "\(last.errors)")
    #expect(try FileBytes.read(folder + "/last.safetensors") == FileBytes.read(whole + "/last.safetensors"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).allSatisfy { !$0.hasSuffix(".tmp") })
    let lines = try JSONLinesLog.records(of: folder + "/log.jsonl")
    #expect(lines.map(\.iteration) == Array(1...10))
  }

  @Test("Ctrl-C saves and says how to go on")
  func interrupted() throws {
    let folder = run.folder + "/interrupted"
    let command = try Command(
      arguments(folder, ["--set", "train.epochs=100000", "--set", "train.checkpoint.iterations=0"]))
    let log = folder + "/log.jsonl"
    while (try? JSONLinesLog.records(of: log).count) ?? 0 < 2, command.isRunning { usleep(50_000) }
    command.interrupt()
    let result = try command.finish()
    #expect(result.code == 130)
    #expect(result.errors.contains("--resume-from auto"))
    #expect(try WorkFolder(folder).newestCheckpoints.count >= 1)
  }

  @Test(
    "what a user gets wrong is said",
    arguments: [
      (["--set", "train.optimzer.lr=1"], 65, "Did you mean 'optimizer'?"), (["--set", "lr"], 65, "KEY=VALUE"),
      (["--device", "tpu"], 64, "cuda:NUMBER"), (["--resume-from", "auto"], 65, "no checkpoint"),
      (["--resume-from", "/nowhere.safetensors"], 65, "does not exist"),
      (["--load-from", "/nowhere.pth"], 65, "does not exist"), (["--threads", "0"], 64, "--threads"),
      (["--set", "train.data.train.0.annotations=/nowhere.json"], 65, "does not exist"),
      (["--resume-from", "a", "--load-from", "b"], 64, "leave --load-from out"),
    ] as [([String], Int32, String)])
  func wrong(_ more: [String], _ code: Int32, _ words: String) throws {
    let result = try Command(arguments(run.folder + "/wrong", more)).finish()
    #expect(result.code == code)
    #expect(result.errors.contains(words), "\(result.errors)")
  }

  @Test("a folder with a run's checkpoints is not begun in anew, and the configuration can be seen")
  func folders() throws {
    let folder = run.folder + "/used"
    let experiment = try run.experiment()
    try TrainingCheckpoint(experiment, TrainingProgress()).write(to: WorkFolder(folder).checkpoint(0))
    let result = try Command(arguments(folder)).finish()
    #expect(result.code == 65 && result.errors.contains("--resume-from auto"))
    let printed = try Command(arguments(folder, ["--print-config", "--seed", "7", "--amp"])).finish()
    #expect(printed.code == 0)
    #expect(printed.output.contains("seed: 7") && printed.output.contains("precision: bfloat16"))
  }
}

/// A process of `pose-train`.
private final class Command {
  private let process = Process()
  private let folder = FileManager.default.temporaryDirectory.appending(path: "pose-command-\(UUID().uuidString)")

  init(_ arguments: [String]) throws {
    let folders =
      Bundle.allBundles.map { $0.bundleURL.deletingLastPathComponent() }
      + [URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()]
      + ["release", "debug"].map {
        URL(filePath: #filePath).appending(path: "../../../.build/\($0)").standardizedFileURL
      }
    let programs = folders.map { $0.appending(path: "pose-train") }
    let program: URL = try #require(
      programs.first { FileManager.default.isExecutableFile(atPath: $0.path) },
      "no pose-train beside the tests: build it first")
    process.executableURL = program
    process.arguments = arguments
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for name in ["out", "err"] {
      _ = FileManager.default.createFile(atPath: folder.appending(path: name).path, contents: nil)
    }
    process.standardOutput = try FileHandle(forWritingTo: folder.appending(path: "out"))
    process.standardError = try FileHandle(forWritingTo: folder.appending(path: "err"))
    try process.run()
  }

  deinit {
    if process.isRunning { process.terminate() }
    try? FileManager.default.removeItem(at: folder)
  }

  var isRunning: Bool { process.isRunning }

  func interrupt() { process.interrupt() }

  /// Kills it once something holds, unless it ends before.
  func kill(when holds: () -> Bool) {
    while process.isRunning, !holds() { usleep(1_000) }
    if process.isRunning { Foundation.kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
  }

  func finish() throws -> (code: Int32, output: String, errors: String) {
    process.waitUntilExit()
    return (
      process.terminationStatus, try String(contentsOf: folder.appending(path: "out"), encoding: .utf8),
      try String(contentsOf: folder.appending(path: "err"), encoding: .utf8)
    )
  }
}
