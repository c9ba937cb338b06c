import Foundation
import Testing

/// The folder of golden values, real pictures and real weights that most parity tests need: `POSE_SHARED`, else
/// `../shared` beside the checkout.
public enum SharedData {
  /// Nil where this machine has none: suites that need it are then skipped.
  public static let folder: URL? = {
    let candidates =
      if let path = ProcessInfo.processInfo.environment["POSE_SHARED"] { [URL(filePath: path)] } else {
        [checkout.appending(path: "../shared"), URL(filePath: "../shared")]
      }
    return candidates.map(\.standardizedFileURL).first {
      FileManager.default.fileExists(atPath: $0.appending(path: "golden").path)
    }
  }()

  /// The root of this repository.
  public static let checkout = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// A file below the folder.
  public static func url(_ path: String) throws -> URL {
    try #require(folder).appending(path: path)
  }
}

extension Trait where Self == ConditionTrait {
  /// Runs a test only where the shared data is; the report says why it was skipped.
  public static var needsSharedData: Self {
    .enabled(
      if: SharedData.folder != nil,
      "skipped: no golden values here (set POSE_SHARED, or put them in ../shared)")
  }
}
