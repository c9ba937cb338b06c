#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file that is read piece by piece.
struct FileStream: ~Copyable {
  enum Kind {
    case file, pipe
    /// A device or a socket, which may never end.
    case device
  }

  private let descriptor: Int32
  private let path: String
  let kind: Kind
  /// The size in bytes, as far as the system knows it.
  let expectedCount: Int

  /// - Throws: ``FileError`` if the path is missing, a folder or not readable.
  init(_ path: String) throws(FileError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(path: path, reading: errno) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else {
      let isFolder = status.st_mode & S_IFMT == S_IFDIR
      let code = errno
      _ = close(descriptor)
      throw isFolder ? .isFolder(path) : FileError(path: path, reading: code)
    }
    self.descriptor = descriptor
    self.path = path
    kind =
      switch status.st_mode & S_IFMT {
      case S_IFREG: .file
      case S_IFIFO: .pipe
      default: .device
      }
    expectedCount = max(0, Int(status.st_size))
  }

  deinit { _ = close(descriptor) }

  /// Reads bytes into the front of `buffer`.
  ///
  /// - Returns: the number of bytes that were read, which is 0 at the end of the file.
  borrowing func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
    while true {
      let count = readOnce(descriptor, buffer.baseAddress, buffer.count)
      if count >= 0 { return count }
      guard errno == EINTR else { throw FileError(path: path, reading: errno) }
    }
  }
}

/// The C library's function, which a method of the same name hides.
private func readOnce(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
  read(descriptor, buffer, count)
}
