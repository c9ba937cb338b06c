import PoseFormats

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file that is being fetched, under a name of its own until it is complete. Whoever opens it is alone with it, among all
/// threads and processes; the lock ends with the process, whatever ends it.
final class PartialFile {
  private let path: String
  private let descriptor: Int32
  /// How many bytes are in it.
  private(set) var count: Int

  /// Opens or makes the file and its folder.
  ///
  /// - Parameter waiting: called once if another has the file, before waiting for it.
  /// - Throws: `FileError`.
  init(_ path: String, waiting: () -> Void) throws {
    var attempts = 0
    while true {
      try Self.makeFolders(of: path)
      let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
      // Another that failed may have removed the folder in between.
      attempts += 1
      if descriptor < 0, errno == ENOENT, attempts < 100 { continue }
      guard descriptor >= 0 else { throw FileError(path: path, writing: errno) }
      Self.lock(descriptor, waiting)
      var (ours, current) = (stat(), stat())
      // The other may have completed or removed the file that was opened here.
      if fstat(descriptor, &ours) == 0, stat(path, &current) == 0, ours.st_ino == current.st_ino,
        ours.st_dev == current.st_dev
      {
        (self.path, self.descriptor, count) = (path, descriptor, Int(ours.st_size))
        return
      }
      _ = close(descriptor)
    }
  }

  deinit { _ = close(descriptor) }

  /// Writes bytes at the end.
  ///
  /// - Throws: `FileError`.
  func append(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes
    while !rest.isEmpty {
      let written = pwrite(descriptor, rest.baseAddress, rest.count, off_t(count))
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { throw FileError(path: path, writing: written < 0 ? errno : ENOSPC) }
      count += written
      rest = UnsafeRawBufferPointer(rebasing: rest[written...])
    }
  }

  /// Drops everything that is in the file.
  func clear() throws {
    guard count > 0 else { return }
    guard ftruncate(descriptor, 0) == 0 else { throw FileError(path: path, writing: errno) }
    count = 0
  }

  /// The first bytes.
  func head(_ count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      filled = max(0, pread(descriptor, buffer.baseAddress, count, 0))
    }
  }

  /// Puts the complete file in its place.
  ///
  /// - Throws: `FileError`.
  func move(to target: String) throws {
    guard fsync(descriptor) == 0, rename(path, target) == 0 else { throw FileError(path: target, writing: errno) }
  }

  /// Removes the file, and its folder and the one above if nothing else is in them.
  func remove() {
    _ = unlink(path)
    let folder = Self.folder(of: path)
    if rmdir(folder) == 0 { _ = rmdir(Self.folder(of: folder)) }
  }

  private static func lock(_ descriptor: Int32, _ waiting: () -> Void) {
    if flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK { return }
    waiting()
    while flock(descriptor, LOCK_EX) != 0, errno == EINTR {}
  }

  private static func folder(of path: String) -> String { String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]) }

  private static func makeFolders(of path: String) throws {
    var end = path.startIndex
    while let slash = path[end...].dropFirst().firstIndex(of: "/") {
      let folder = String(path[..<slash])
      var status = stat()
      if mkdir(folder, 0o777) != 0, errno != EEXIST, stat(folder, &status) != 0 {
        throw FileError(path: folder, writing: errno)
      }
      end = slash
    }
  }
}
