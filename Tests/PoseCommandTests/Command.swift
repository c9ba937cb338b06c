import Foundation
import PoseConfiguration
import PoseFormats
import PoseGraph
import TestSupport
import Testing

/// The built `pose`, run as a user runs it.
struct Command {
  var code: Int32
  var output: String
  var errors: String

  init(_ arguments: String...) throws { try self.init(arguments) }

  /// - Throws: where the executable is not beside the tests.
  init(_ arguments: [String]) throws { try self.init(Self.executable, arguments) }

  /// - Parameter bytes: what a pipe brings to standard input.
  init(standardInput bytes: [UInt8], _ arguments: String...) throws {
    try self.init(Self.executable, arguments, standardInput: bytes)
  }

  /// - Parameter folder: where the command runs.
  init(at folder: URL, _ arguments: String...) throws { try self.init(at: folder, arguments) }

  init(at folder: URL, _ arguments: [String]) throws { try self.init(Self.executable, arguments, folder: folder) }

  /// - Parameters:
  ///   - path: what `PATH` is; nil for that of the tests.
  ///   - folder: where the command runs; nil for where the tests do.
  ///   - variables: added to the environment of the tests, if there are any.
  ///   - bytes: what a pipe brings to standard input; nil for that of the tests.
  init(
    _ executable: URL, _ arguments: [String], path: String? = nil, folder: URL? = nil,
    variables: [String: String] = [:], standardInput bytes: [UInt8]? = nil
  ) throws {
    let process = Process()
    if let folder { process.currentDirectoryURL = folder }
    process.executableURL = executable
    process.arguments = arguments
    if let path { process.environment = ["PATH": path] }
    if !variables.isEmpty {
      process.environment = ProcessInfo.processInfo.environment.merging(variables) { $1 }
    }
    let (output, errors) = (ScratchFolder.file("out"), ScratchFolder.file("err"))
    for file in [output, errors] { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    let input = ScratchFolder.file("in")
    if let bytes {
      // The shell's pipe, as a command that does not read it would end this process by a signal.
      try Data(bytes).write(to: input)
      process.executableURL = URL(filePath: "/bin/sh")
      process.arguments = ["-c", "cat \"$0\" | \"$@\"", input.path, executable.path] + arguments
    }
    try process.run()
    process.waitUntilExit()
    if bytes != nil { try FileManager.default.removeItem(at: input) }
    code = process.terminationStatus
    self.output = try String(contentsOf: output, encoding: .utf8)
    self.errors = try String(contentsOf: errors, encoding: .utf8)
    for file in [output, errors] { try FileManager.default.removeItem(at: file) }
  }

  /// The numbers of an object that was printed as JSON.
  var numbers: [String: Double] {
    get throws {
      let object = try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any]
      return try #require(object, "\(output) \(errors)").compactMapValues { $0 as? Double }
    }
  }

  static var executable: URL {
    get throws {
      let configurations = ["release", "debug"].map {
        SharedData.checkout.appending(path: ".build/\($0)/pose")
      }
      // The tests' own process lies in the folder of the configuration that they were built in.
      let beside = CommandLine.arguments.first.map {
        URL(filePath: $0).resolvingSymlinksInPath().deletingLastPathComponent().appending(path: "pose")
      }
      let found = ([beside].compactMap(\.self) + configurations).first {
        FileManager.default.isExecutableFile(atPath: $0.path)
      }
      return try #require(found, "no `pose` beside the tests: build it first")
    }
  }
}

/// Files that tests of the command work with.
enum Sample {
  /// Weights by the recipe, in a file whose name says which network's they are.
  static var weights: String { get throws { try recipe.get() } }

  private static let recipe = Result {
    let name = "wider_naive_litehrnet_18_person_256x192"
    let path = try ScratchFolder("weights").url.appending(path: name + ".pth").path
    try WeightRecipe.checkpoint(for: Zoo.configuration(named: name).graph()).write(to: path)
    return path
  }

  /// Options that name the model that comes with `pose`, as a file.
  static let model = [
    "--model", SharedData.checkout.appending(path: "Models/litehrnet_18_person_256x192.safetensors").path, "--config",
    "litehrnet_18_person_256x192",
  ]

  /// What is said about the configuration of ``weights``.
  static let announcement = "pose: using wider_naive_litehrnet_18_person_256x192 (from the file's name)\n"

  static var picture: String {
    get throws { try DrawnDataset.shared.picture }
  }

  /// A file of these bytes.
  static func file(_ bytes: Data, _ suffix: String) throws -> String {
    let url = ScratchFolder.file(suffix)
    try bytes.write(to: url)
    return url.path
  }

  /// The first bytes of a file.
  static func truncated(_ path: String, to count: Int) throws -> String {
    let bytes = try Data(contentsOf: URL(filePath: path))
    return try file(bytes.prefix(count), URL(filePath: path).pathExtension)
  }
}
