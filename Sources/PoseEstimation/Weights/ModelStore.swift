import PoseConfiguration
import PoseCore
import PoseFormats

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The published weights on this machine, by the names of their configurations; fetches those that are missing.
///
/// ```swift
/// let estimator = try PoseEstimator(model: .named("hrnet_w32_coco_256x192"))
/// ```
///
/// A file is fetched once, verified by its published SHA-256, and then read without a connection. Nothing but a name that the
/// caller gives makes a store connect. Two stores of one folder, in one process or several, fetch a file once.
public struct ModelStore: Sendable {
  /// The folder with a folder for each configuration: `$XDG_CACHE_HOME/swift-pose`, or else `~/.cache/swift-pose`.
  public var folder: String
  /// An address that is asked before the published ones, of a folder like ``folder``: `$POSE_WEIGHTS_MIRROR`.
  public var mirror: String?
  /// Folders with the models that an installation brought, which come first.
  public var installed: [String]
  /// Whether the store only gives what is here: `$POSE_OFFLINE` is neither empty nor 0.
  public var isOffline: Bool
  /// Whether to fetch files for which no SHA-256 is published.
  public var acceptsUnverified = false
  /// How long to wait, and how often to try.
  package var patience = Patience()
  /// How many bytes a folder has room for, if the system says so.
  package var freeBytes: @Sendable (String) -> Int? = { ModelStore.freeBytes(of: $0) }

  /// - Parameters:
  ///   - environment: the variables named above, and those of the XDG specification that say where data is.
  ///   - program: the path of this program, beside whose folder models may be installed.
  public init(
    environment: [String: String] = ProcessInfo.processInfo.environment, program: String? = ModelStore.program
  ) {
    func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    // The specification of the variable says that relative paths are ignored.
    let cache = value("XDG_CACHE_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil }
    let home = value("HOME") ?? URL.homeDirectory.path
    folder = (cache ?? home + "/.cache") + "/swift-pose"
    mirror = value("POSE_WEIGHTS_MIRROR")
    installed = Self.installedFolders(program: program, environment: environment)
    isOffline = value("POSE_OFFLINE").map { $0 != "0" } ?? false
  }

  /// The path of this program.
  public static var program: String? {
    #if os(Linux)
      "/proc/self/exe"
    #else
      Bundle.main.executablePath
    #endif
  }

  /// A file of published weights that is here.
  public struct File: Sendable, Hashable {
    public let path: String
    public let weights: PublishedWeights
    /// The file's size.
    public let bytes: Int
    /// The file's SHA-256 in hexadecimal digits.
    public let sha256: String
  }

  /// What happens while weights are fetched.
  public enum Event: Sendable {
    /// Another thread or process fetches the file; this one waits for it.
    case waiting(file: String)
    /// A host is asked. `offset` is how many bytes are here already.
    case connecting(file: String, host: String, offset: Int)
    /// So many bytes of so many, if the server said how many, are here.
    case progress(done: Int, total: Int?)
    /// An address did not give the file; another try or another address follows.
    case failed(TransferFailure)
    /// The file is complete, verified as far as it can be, and in its place.
    case fetched(File)
  }

  package struct Patience: Sendable {
    var connectSeconds = 30
    /// How long nothing may come.
    var stallSeconds = 60
    /// How many tries in a row may bring nothing new.
    var tries = 3
    var pause = Duration.seconds(1)
  }

  /// The weights of a configuration: the first of its published files that is here, or else the first that can be fetched.
  ///
  /// - Parameters:
  ///   - configuration: names the files.
  ///   - report: gets the progress, on the calling thread.
  /// - Throws: ``StoreError``. Nothing is left behind then, except where a connection broke: the bytes that came are kept
  ///   for the next try.
  public func file(
    of configuration: ModelConfiguration, report: @escaping (Event) -> Void = { _ in }
  ) throws -> File {
    for weights in configuration.weights {
      if let file = try storedFile(weights, of: configuration) { return file }
    }
    if let weights = configuration.weights.first(where: { !$0.addresses.isEmpty }) {
      return try fetchedFile(weights, of: configuration, report: report)
    }
    guard let weights = configuration.weights.first, let page = weights.browserPage else {
      throw StoreError.noWeights(configuration: configuration.name)
    }
    throw StoreError.needsBrowser(
      configuration: configuration.name, page: page, path: path(of: weights, for: configuration))
  }

  /// One of a configuration's published files, fetched if it is not here or not the published one.
  ///
  /// - Throws: as ``file(of:report:)``.
  public func file(
    _ weights: PublishedWeights, of configuration: ModelConfiguration, report: @escaping (Event) -> Void = { _ in }
  ) throws -> File {
    if let file = try storedFile(weights, of: configuration) { return file }
    return try fetchedFile(weights, of: configuration, report: report)
  }

  /// One of a configuration's published files if it is here. Never connects.
  ///
  /// - Throws: ``StoreError`` if the file can only be had by a browser, and the one that is here is another.
  public func storedFile(_ weights: PublishedWeights, of configuration: ModelConfiguration) throws -> File? {
    let path = path(of: weights, for: configuration)
    guard let (digest, bytes) = try verifiedDigest(of: path, weights) else { return nil }
    if let digits = weights.digits, !digest.hasPrefix(digits) {
      // What can be fetched replaces it.
      if !weights.addresses.isEmpty, !isOffline { return nil }
      throw StoreError.notPublished(path: path, expected: digits, found: digest)
    }
    return File(path: path, weights: weights, bytes: bytes, sha256: digest)
  }

  /// Where a file is or would be.
  package func path(of weights: PublishedWeights, for configuration: ModelConfiguration) -> String {
    [folder, Self.folderName(of: configuration), weights.fileName].joined(separator: "/")
  }

  /// A configuration's name, which may be any text, as the name of a folder.
  static func folderName(of configuration: ModelConfiguration) -> String {
    let name = String(
      configuration.name.map { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) ? $0 : "_" })
    return name.isEmpty || name.hasPrefix(".") ? "_" + name : name
  }
}
