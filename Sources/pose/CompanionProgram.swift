import PoseEstimation

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A program of its own beside this one, which links libraries that pose does not need. A command hands over to it as git
/// hands over to its commands.
struct CompanionProgram {
  let name: String
  /// What it is for, and how to get it.
  let remedy: String

  static let train = CompanionProgram(
    name: "pose-train",
    remedy: """
      training is a program of its own, pose-train, which is not there. In a checkout, `make train` builds it \
      (`make libtorch` fetches LibTorch, which it links); else put it beside pose or in PATH
      """)
  static let track = CompanionProgram(
    name: "pose-track",
    remedy: """
      videos are read by a program of its own, pose-track, which is not there. In a checkout, `make video` builds it \
      with FFmpeg; else put it beside pose or in PATH
      """)

  /// Becomes the program.
  ///
  /// - Throws: ``InputError`` where it is not there or does not start.
  func run(_ arguments: [String]) throws {
    guard let path else { throw InputError(remedy) }
    var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) }
    words.append(nil)
    // Comes back only where it fails.
    execv(path, words)
    let reason = String(cString: strerror(errno))
    for word in words { free(word) }
    throw InputError("cannot start '\(path)': \(reason)")
  }

  /// Where the program is; nil where it is not there.
  var path: String? { places.first { access($0, X_OK) == 0 } }

  /// Whether a program starts: it needs libraries, which it finds when it starts.
  static func starts(_ path: String) -> Bool {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] {
      posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
    }
    var words: [UnsafeMutablePointer<CChar>?] = []
    for word in [path, "--help"] { words.append(strdup(word)) }
    words.append(nil)
    defer { for word in words { free(word) } }
    var process = pid_t()
    guard posix_spawn(&process, path, &actions, nil, &words, environ) == 0 else { return false }
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 {
      guard errno == EINTR else { return false }
    }
    return status == 0
  }

  /// Where it may be: beside this program, and in PATH.
  private var places: [String] {
    let program = ModelStore.program ?? CommandLine.arguments[0]
    let own = URL(filePath: program).resolvingSymlinksInPath().deletingLastPathComponent()
    let folders =
      [own.path] + (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
    return folders.map { "\($0)/\(name)" }
  }
}
