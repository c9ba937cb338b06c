#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The kind of the file at a path, after following links.
enum FileKind {
  case file(FileIdentity)
  case folder(FileIdentity)
  /// A pipe, a socket or a device, by its name.
  case special(String)

  /// - Returns: nil if there is no file.
  init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    let identity = FileIdentity(
      device: UInt64(truncatingIfNeeded: status.st_dev), number: UInt64(truncatingIfNeeded: status.st_ino))
    switch status.st_mode & S_IFMT {
    case S_IFREG: self = .file(identity)
    case S_IFDIR: self = .folder(identity)
    case S_IFIFO: self = .special("named pipe")
    case S_IFSOCK: self = .special("socket")
    default: self = .special("device")
    }
  }
}

/// The device and the number of a file or folder, which are the same by whatever path it is reached.
struct FileIdentity: Hashable {
  let device: UInt64
  let number: UInt64
}
