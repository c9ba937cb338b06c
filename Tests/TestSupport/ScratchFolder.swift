import Foundation
import Synchronization

/// A new folder that is removed when the tests end.
package struct ScratchFolder: Sendable {
  package let url: URL

  package init(_ name: String) throws {
    url = FileManager.default.temporaryDirectory.appending(path: "pose-\(name)-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    Self.all.withLock { folders in
      if folders.isEmpty { atexit { ScratchFolder.removeAll() } }
      folders.append(url)
    }
  }

  private static let all = Mutex<[URL]>([])

  private static func removeAll() {
    for folder in all.withLock(\.self) { try? FileManager.default.removeItem(at: folder) }
  }
}
