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
    case file
    /// A pipe that this process was given: its standard input, or a shell's `<(command)`.
    case pipe
    /// A device, which may never end.
    case device
  }

  private let descriptor: Int32
  /// Whether the descriptor is closed when the file is no longer needed.
  private let isOwned: Bool
  private let path: String
  let kind: Kind
  /// The size in bytes, as far as the system knows it.
  let expectedCount: Int

  /// Opens a file without waiting, because a named pipe without a writer would block a reader for ever.
  ///
  /// - Throws: ``FileError`` if the path is missing, a folder, a named pipe, a socket or not readable.
  init(_ path: String) throws(FileError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw errno == ENXIO ? .isSocket(path) : FileError(path: path, reading: errno) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else {
      let isFolder = status.st_mode & S_IFMT == S_IFDIR
      let code = errno
      _ = close(descriptor)
      throw isFolder ? .isFolder(path) : FileError(path: path, reading: code)
    }
    if status.st_mode & S_IFMT == S_IFIFO {
      guard Self.isInherited(path) else {
        _ = close(descriptor)
        throw .isNamedPipe(path)
      }
      // Reading waits for the writer.
      let flags = fcntl(descriptor, F_GETFL)
      if flags >= 0 { _ = fcntl(descriptor, F_SETFL, flags & ~O_NONBLOCK) }
    }
    self.init(descriptor, isOwned: true, path, status)
  }

  /// Standard input, from where it stands. What a process gets there instead of a file or a pipe, such as a socket, is read
  /// like a pipe.
  ///
  /// - Throws: ``FileError`` if it is closed, a folder or a terminal.
  static func standardInput() throws(FileError) -> FileStream {
    let path = FileBytes.standardInput
    var status = stat()
    guard fstat(STDIN_FILENO, &status) == 0 else {
      throw errno == EBADF ? .empty(path) : FileError(path: path, reading: errno)
    }
    guard status.st_mode & S_IFMT != S_IFDIR else { throw .isFolder(path) }
    // A person would have to type what is expected to come from a program.
    guard isatty(STDIN_FILENO) == 0 else { throw .isDevice(path) }
    return FileStream(STDIN_FILENO, isOwned: false, path, status)
  }

  private init(_ descriptor: Int32, isOwned: Bool, _ path: String, _ status: stat) {
    (self.descriptor, self.isOwned, self.path) = (descriptor, isOwned, path)
    kind =
      switch status.st_mode & S_IFMT {
      case S_IFREG: .file
      case S_IFIFO: .pipe
      default: .device
      }
    expectedCount = max(0, Int(status.st_size))
  }

  /// Whether the path names one of the files that this process was started with.
  private static func isInherited(_ path: String) -> Bool {
    path == "/dev/stdin" || ["/dev/fd/", "/proc/self/fd/"].contains { path.hasPrefix($0) }
  }

  deinit { if isOwned { _ = close(descriptor) } }

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
