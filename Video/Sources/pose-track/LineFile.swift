import Foundation

/// A file that grows line by line and can be read at any time.
///
/// What the file had before stays until the first line is written, so that nothing is lost where another output cannot be
/// made, or where there is nothing to write.
final class LineFile {
  private let handle: FileHandle
  private let path: String
  /// Whether the file was not there before.
  private let isNew: Bool
  private var hasBegun: Bool

  /// - Parameter path: `-` for standard output.
  init(_ path: String) throws(WrongOutput) {
    if path == "-" {
      // What others wrote there before stays.
      (self.path, isNew, hasBegun) = ("standard output", false, true)
      handle = FileHandle(fileDescriptor: dup(STDOUT_FILENO), closeOnDealloc: true)
      return
    }
    let created = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    let descriptor = created < 0 ? open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666) : created
    if descriptor < 0 {
      throw WrongOutput("cannot write '\(path)': \(String(cString: strerror(errno)))", exitCode: 74)
    }
    (self.path, isNew, hasBegun) = (path, created >= 0, false)
    handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  deinit { if isNew, !hasBegun { unlink(path) } }

  func write(_ lines: String) throws(WrongOutput) {
    // A pipe or a device has nothing to empty.
    if !hasBegun { ftruncate(handle.fileDescriptor, 0) }
    hasBegun = true
    var rest = Array(lines.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(handle.fileDescriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      if count < 0 { throw WrongOutput("cannot write '\(path)': \(String(cString: strerror(errno)))", exitCode: 74) }
      rest = rest.dropFirst(count)
    }
  }
}
