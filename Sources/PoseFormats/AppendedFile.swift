#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file that grows at its end, such as a log. Only one thread at a time may append.
package struct AppendedFile: ~Copyable, Sendable {
  private let descriptor: Int32
  private let path: String

  /// Opens a file, or creates an empty one.
  ///
  /// - Throws: ``FileError`` if the path is a folder, or if the file cannot be opened or created.
  package init(_ path: String) throws(FileError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileError(path: path, writing: errno) }
    self.descriptor = descriptor
    self.path = path
  }

  deinit { _ = close(descriptor) }

  /// Appends all bytes.
  ///
  /// - Throws: ``FileError``; the file is left as it was in this case.
  package borrowing func append(_ bytes: [UInt8]) throws(FileError) {
    let end = lseek(descriptor, 0, SEEK_END)
    do throws(FileError) {
      try FileBytes.write(bytes, to: descriptor, path: path)
    } catch {
      if end >= 0 { _ = ftruncate(descriptor, end) }
      throw error
    }
  }

  /// Returns once everything that was appended would survive a crash of the machine.
  ///
  /// - Throws: ``FileError``.
  package borrowing func synchronize() throws(FileError) {
    // A path that is not a file on a disk has nothing to synchronize.
    guard fsync(descriptor) == 0 || errno == EINVAL || errno == ENOTSUP else {
      throw FileError(path: path, writing: errno)
    }
  }
}
