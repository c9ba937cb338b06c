import Foundation

/// A new folder that is removed when the tests end, below the one folder that this process's tests write to.
package struct ScratchFolder: Sendable {
  package let url: URL

  /// An empty folder.
  package init(_ name: String) throws {
    url = Self.unused(name)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  /// A copy of a folder that can be changed.
  package init(_ name: String, copying source: String) throws {
    url = Self.unused(name)
    try FileManager.default.copyItem(atPath: source, toPath: url.path)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: url.path)
  }

  package var path: String { url.path }

  /// The names of the files in the folder.
  package var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? [] }

  /// A path without a file.
  ///
  /// - Parameter suffix: what its name ends in, after a dot.
  package static func file(_ suffix: String) -> URL { unused("file").appendingPathExtension(suffix) }

  private static func unused(_ name: String) -> URL { root.appending(path: "\(name)-\(UUID().uuidString)") }

  private static let root: URL = {
    let url = FileManager.default.temporaryDirectory.appending(path: "pose-tests-\(UUID().uuidString)")
    // Without the folder, the first test that writes to it says why.
    try? FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    atexit { try? FileManager.default.removeItem(at: ScratchFolder.root) }
    return url
  }()
}
