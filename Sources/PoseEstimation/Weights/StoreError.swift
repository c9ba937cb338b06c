import PoseCore
import PoseFormats

/// Why published weights cannot be had.
public enum StoreError: UserError {
  /// The configuration names no published weights.
  case noWeights(configuration: String)
  /// The weights are on a page that no program can fetch from. `path` is where they are looked for.
  case needsBrowser(configuration: String, page: String, path: String)
  /// The file is not here, and the store may not connect.
  case offline(file: String, path: String)
  /// Nothing is published by which the file could be verified.
  case unverified(configuration: String, file: String)
  /// What should be the address of a mirror is none.
  case badMirror(String)
  /// A file is in its place that is not the published one.
  case notPublished(path: String, expected: String, found: String)
  /// No address gave the file. `kept` is how many bytes the next try need not fetch again.
  case notFetched(file: String, path: String, [TransferFailure], kept: Int)
  case noRoom(path: String, needed: Int, free: Int)
  case file(FileError)
  /// A library of the system is missing; Debian has it in this package.
  case noLibrary(String, package: String)
}

/// Why one address did not give a file.
public struct TransferFailure: Error, Sendable, Hashable {
  public let address: String
  public let reason: Reason

  public enum Reason: Sendable, Hashable {
    case noHost(String)
    case noConnection(String)
    /// The host did not prove that it is the host.
    case untrusted(String)
    case broken(String)
    case stalled
    /// The server answered with this code of HTTP.
    case status(Int)
    /// The server sent a page for people to read.
    case page
    case redirect(to: String)
    case tooManyRedirects
    case wrongSize(expected: Int, found: Int)
    case tooLarge(limit: Int)
    case wrongDigest(expected: String, found: String)
    case other(String)
  }
}

extension TransferFailure: CustomStringConvertible {
  public var description: String { "\(address): \(reason)" }
}

extension TransferFailure.Reason: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noHost(let host):
      "the host '\(host)' is not known: the machine is not connected, or the name has lapsed"
    case .noConnection(let message): "no connection: \(message)"
    case .untrusted(let message): "the host's certificate is not valid, so that another may have its name: \(message)"
    case .broken(let message): "the connection broke: \(message)"
    case .stalled: "the server sent nothing for too long"
    case .status(404), .status(410): "the server does not have the file any more"
    case .status(let code): "the server answered with HTTP status \(code)"
    case .page: "the server sent a web page instead of the file: the file is gone, or the name of the host has lapsed"
    case .redirect(let address): "the server refers to \(address), and only https is followed"
    case .tooManyRedirects: "the server refers from one address to another without end"
    case .wrongSize(let expected, let found): "the file has \(found) bytes there, and the published one has \(expected)"
    case .tooLarge(let limit): "the file has more than \(limit) bytes, the most that is fetched"
    case .wrongDigest(let expected, let found):
      "the file is not the published one: its SHA-256 is \(found), and the published one starts with \(expected)"
    case .other(let message): message
    }
  }
}

extension StoreError: CustomStringConvertible {
  /// 64 for what the command line must say, 65 for data that is not what was published, 69 for what is not to be had now, 74
  /// for files.
  public var exitCode: Int32 {
    switch self {
    case .unverified, .badMirror: return 64
    case .noWeights, .notPublished: return 65
    case .needsBrowser, .offline, .noLibrary: return 69
    case .noRoom, .file: return 74
    case .notFetched(_, _, let failures, _):
      switch failures.last?.reason {
      case .wrongDigest, .wrongSize, .tooLarge: return 65
      default: return 69
      }
    }
  }

  public var description: String {
    switch self {
    case .noWeights(let name):
      return "\(name) has no published weights: name a file of weights"
    case .needsBrowser(let name, let page, let path):
      return "the weights of \(name) are on a page for browsers: open \(page) and save the file as '\(path)'"
    case .offline(let file, let path):
      return "'\(file)' is not here, and --offline or POSE_OFFLINE forbids to fetch it: "
        + "allow it, or put the file at '\(path)'"
    case .unverified(let name, let file):
      return "nothing is published by which '\(file)' could be verified: "
        + "`pose fetch \(name) --accept-unverified` fetches it nevertheless, and prints its SHA-256"
    case .badMirror(let text):
      return
        "POSE_WEIGHTS_MIRROR is '\(text)', which is no address that starts with https:// (http:// on this machine alone)"
    case .notPublished(let path, let expected, let found):
      return "'\(path)' is not the published file: its SHA-256 is \(found), and the published one starts with "
        + "\(expected). Remove it, and fetch it again"
    case .notFetched(let file, let path, let failures, let kept):
      let remedy =
        kept > 0
        ? "\(kept) bytes are kept, from which the next try goes on."
        : "Set POSE_WEIGHTS_MIRROR to the address of a copy, or put the file at '\(path)'."
      return (["cannot fetch '\(file)'"] + failures.map { "  \($0)" } + ["  \(remedy)"]).joined(separator: "\n")
    case .noRoom(let path, let needed, let free):
      return "there is no room for '\(path)': it takes \(needed) bytes, and \(free) are free. "
        + "Free some, or set XDG_CACHE_HOME to another folder"
    case .file(let error): return "\(error)"
    case .noLibrary(let library, let package):
      return
        "fetching needs the library \(library), which is not installed: on Debian and Ubuntu, apt-get install \(package)"
    }
  }
}
