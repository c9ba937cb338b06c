import Foundation
import PoseFormats
import PoseGraph
import Testing

/// The folder of golden values: `POSE_SHARED`, else `../shared` beside the checkout.
public enum SharedData {
  /// Nil where this machine has none: tests that need it are then skipped.
  public static let folder: URL? = {
    let checkout = URL(filePath: #filePath).appending(path: "../../../..").standardizedFileURL
    let named = ProcessInfo.processInfo.environment["POSE_SHARED"].map { URL(filePath: $0) }
    let folder = named ?? checkout.appending(path: "../shared").standardizedFileURL
    return FileManager.default.fileExists(atPath: folder.appending(path: "golden").path) ? folder : nil
  }()

  /// Arrays of the golden values that are in the repository itself.
  public static func ownArrays(_ name: String) throws -> NumpyArchive {
    let folder = URL(filePath: #filePath).appending(path: "../../../../Tests/Goldens").standardizedFileURL
    return try NumpyArchive(contentsOf: folder.appending(path: name).path)
  }

  public static func path(_ path: String) throws -> String { try #require(folder).appending(path: path).path }
  public static func arrays(_ path: String) throws -> NumpyArchive { try NumpyArchive(contentsOf: self.path(path)) }
}

extension Trait where Self == ConditionTrait {
  public static var needsSharedData: Self {
    .enabled(
      if: SharedData.folder != nil, "skipped: no golden values here (set POSE_SHARED, or put them in ../shared)")
  }
}

/// The largest difference, as a part of the largest expected value.
public func worstDifference(_ a: [Float], _ b: [Float]) -> Float {
  guard a.count == b.count else { return .infinity }
  let largest = b.reduce(0) { max($0, $1.magnitude) }
  let worst = zip(a, b).reduce(Float(0)) { worst, pair in
    let difference = pair.0 == pair.1 ? 0 : (pair.0 - pair.1).magnitude
    return difference.isNaN ? .infinity : max(worst, difference)
  }
  return worst == 0 ? 0 : worst / largest
}
