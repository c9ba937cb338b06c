import Foundation
import PoseCore

/// A folder with files of a video, whose names begin with the video's.
struct OutputFolder {
  private let url: URL
  private let name: String

  /// - Parameters:
  ///   - path: of the folder, which is made where it is not there.
  ///   - name: the video's.
  init(_ path: String, name: String) throws(WrongOutput) {
    (url, self.name) = (URL(filePath: path), name)
    do {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    } catch {
      throw WrongOutput("cannot make the folder '\(path)': \(error.localizedDescription)", exitCode: 74)
    }
    guard access(path, W_OK) == 0 else {
      throw WrongOutput("cannot write into the folder '\(path)': \(String(cString: strerror(errno)))", exitCode: 74)
    }
  }

  /// - Parameters:
  ///   - start: what follows the video's name and a low line.
  ///   - end: what follows the number.
  func file(_ start: String, _ number: String, _ end: String) -> URL {
    url.appending(path: "\(name)_\(start)\(number)\(end)")
  }

  /// Removes the files of an earlier run, whatever their numbers, and no others.
  func removeFiles(_ start: String, _ end: String) throws(WrongOutput) {
    let start = "\(name)_\(start)"
    for file in (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
    where file.hasPrefix(start) && file.hasSuffix(end) && file.utf8.count > start.utf8.count + end.utf8.count {
      let number = file.dropFirst(start.count).dropLast(end.count)
      guard number.allSatisfy({ ("0"..."9").contains($0) }) else { continue }
      try Self.reporting(url.appending(path: file)) { try FileManager.default.removeItem(at: $0) }
    }
  }

  /// Does something with a file.
  ///
  /// - Throws: ``WrongOutput`` with the reason.
  static func reporting(_ file: URL, _ body: (URL) throws -> Void) throws(WrongOutput) {
    do {
      try body(file)
    } catch let error as any UserError {
      throw WrongOutput("\(error)", exitCode: 74)
    } catch {
      throw WrongOutput("cannot write '\(file.path)': \(error.localizedDescription)", exitCode: 74)
    }
  }
}
