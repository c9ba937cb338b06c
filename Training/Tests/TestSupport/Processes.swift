import Foundation
import Testing

/// Processes of one program that work together, as `torchrun` would start them.
public struct Processes {
  public struct Result {
    public let code: Int32
    public let output: String
    public let errors: String
  }

  private var running: [(process: Process, output: URL, errors: URL)] = []

  /// - Parameters:
  ///   - size: how many there should be; `count` are started.
  ///   - program: an executable of this package.
  public init(_ size: Int, count: Int? = nil, of program: String, _ arguments: [String]) throws {
    let port = try Self.freePort()
    for rank in 0..<(count ?? size) {
      try start(
        Self.program(program), arguments,
        [
          "RANK": "\(rank)", "LOCAL_RANK": "\(rank)", "WORLD_SIZE": "\(size)", "MASTER_ADDR": "127.0.0.1",
          "MASTER_PORT": "\(port)",
        ])
    }
  }

  /// Started by another program.
  public init(launcher: URL, _ arguments: [String]) throws { try start(launcher, arguments, [:]) }

  private mutating func start(_ program: URL, _ arguments: [String], _ variables: [String: String]) throws {
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(variables) { $1 }
    let (output, errors) = (Self.temporary("out"), Self.temporary("err"))
    for file in [output, errors] { try Data().write(to: file) }
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    running.append((process, output, errors))
  }

  public func isRunning(_ rank: Int) -> Bool { running[rank].process.isRunning }

  public func kill(_ rank: Int) { Foundation.kill(running[rank].process.processIdentifier, SIGKILL) }

  /// Waits for all but some ranks, whose processes are then killed.
  public func results(killing stopped: Set<Int> = []) throws -> [Result] {
    for (rank, one) in running.enumerated() where !stopped.contains(rank) { one.process.waitUntilExit() }
    for rank in stopped { kill(rank) }
    return try running.map { one in
      one.process.waitUntilExit()
      defer { for file in [one.output, one.errors] { try? FileManager.default.removeItem(at: file) } }
      return Result(
        code: one.process.terminationStatus, output: try String(contentsOf: one.output, encoding: .utf8),
        errors: try String(contentsOf: one.errors, encoding: .utf8))
    }
  }

  /// An executable of this package.
  public static func program(_ name: String) throws -> URL {
    let beside = CommandLine.arguments.first.map {
      URL(filePath: $0).resolvingSymlinksInPath().deletingLastPathComponent().appending(path: name)
    }
    let package = URL(filePath: #filePath).appending(path: "../../..").standardizedFileURL
    let built = ["release", "debug"].map { package.appending(path: ".build/\($0)/\(name)") }
    return try #require(
      ([beside].compactMap(\.self) + built).first { FileManager.default.isExecutableFile(atPath: $0.path) },
      "no `\(name)` beside the tests: build it first")
  }

  /// A path that nothing else uses.
  public static func temporary(_ suffix: String) -> URL {
    FileManager.default.temporaryDirectory.appending(path: "pose-\(UUID().uuidString).\(suffix)")
  }

  /// A port that nobody listens at just now.
  private static func freePort() throws -> UInt16 {
    #if canImport(Glibc)
      let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
      let descriptor = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
      }
    }
    try #require(isBound, "no free port")
    return UInt16(bigEndian: address.sin_port)
  }
}
