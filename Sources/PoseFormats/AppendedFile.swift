#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file that grows at its end, as logs do. One thread at a time appends.
public struct AppendedFile: ~Copyable, Sendable {
  private let descriptor: Int32
  private let path: String

  /// Opens a file, or makes an empty one.
  ///
  /// - Throws: ``FileError`` where the path is a folder, or the file cannot be opened or made.
  public init(_ path: String) throws(FileError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileError(path: path, writing: errno) }
    self.descriptor = descriptor
    self.path = path
  }

  deinit { _ = close(descriptor) }

  /// Appends all bytes, or throws ``FileError`` and leaves the file as it was.
  public borrowing func append(_ bytes: [UInt8]) throws(FileError) {
    let end = lseek(descriptor, 0, SEEK_END)
    do throws(FileError) {
      try FileBytes.write(bytes, to: descriptor, path: path)
    } catch {
      if end >= 0 { _ = ftruncate(descriptor, end) }
      throw error
    }
  }

  /// Returns when what was appended would outlive a crash of the machine.
  ///
  /// - Throws: ``FileError``.
  public borrowing func synchronize() throws(FileError) {
    // What is no file on a disk has nothing to synchronise.
    guard fsync(descriptor) == 0 || errno == EINVAL || errno == ENOTSUP else {
      throw FileError(path: path, writing: errno)
    }
  }
}
