#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file that is written beside another and takes its place when it is complete, so that a crash at any moment leaves the
/// old bytes or the new ones.
package struct ReplacingFile: ~Copyable {
  private let path: String
  /// The path without links, so that replacing the file keeps them.
  private let target: String
  /// Nil if the path is a pipe, a device or a terminal, which is written in place: to replace it would destroy it.
  private let temporary: String?
  private let descriptor: Int32
  private var isOpen = true

  /// Opens a temporary file in the folder of the path.
  ///
  /// - Throws: ``FileError`` where the path is a folder, or the file cannot be made.
  package init(_ path: String) throws(FileError) {
    var status = stat()
    let exists = stat(path, &status) == 0
    if exists, status.st_mode & S_IFMT == S_IFDIR { throw .isFolder(path) }
    guard !exists || status.st_mode & S_IFMT == S_IFREG else {
      let descriptor = open(path, O_WRONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw FileError(path: path, writing: errno) }
      (self.path, target, temporary, self.descriptor) = (path, path, nil, descriptor)
      return
    }
    let target = exists ? FileBytes.resolved(path) ?? path : path
    let temporary = "\(Self.folder(of: target)).pose-\(getpid())-\(UInt64.random(in: 0 ... .max)).tmp"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileError(path: path, writing: errno) }
    (self.path, self.target, self.temporary, self.descriptor) = (path, target, temporary, descriptor)
    if exists { _ = fchmod(descriptor, status.st_mode & 0o7777) }
  }

  deinit { if isOpen { removeTemporary() } }

  /// Writes more bytes at the end.
  ///
  /// - Throws: ``FileError``.
  package borrowing func append(_ bytes: [UInt8]) throws(FileError) {
    try FileBytes.write(bytes, to: descriptor, path: path)
  }

  /// Puts the file in its place; the file and its folder are synchronized.
  ///
  /// - Throws: ``FileError``; nothing is left behind then.
  package consuming func commit() throws(FileError) {
    isOpen = false
    guard let temporary else {
      _ = close(descriptor)
      return
    }
    guard fsync(descriptor) == 0, rename(temporary, target) == 0 else {
      let code = errno
      removeTemporary()
      throw FileError(path: path, writing: code)
    }
    _ = close(descriptor)
    let folder = open(Self.folder(of: target), O_RDONLY | O_CLOEXEC)
    if folder >= 0 {
      // Some file systems cannot synchronize a folder; the bytes themselves are safe by now.
      _ = fsync(folder)
      _ = close(folder)
    }
  }

  private borrowing func removeTemporary() {
    _ = close(descriptor)
    if let temporary { _ = unlink(temporary) }
  }

  private static func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[...$0]) } ?? "./"
  }
}
