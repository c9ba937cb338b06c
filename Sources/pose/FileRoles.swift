import PoseFormats

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The files that a command reads and writes. An output that is an input or another output is refused before anything
/// runs.
struct FileRoles {
  private var inputs: [FileIdentity: String] = [:]
  /// The options that write, by what they write.
  private var outputs: [String: String] = [:]

  /// Notes a file that is read. Files that do not exist are left to the reader.
  mutating func read(_ path: String?) {
    guard let path, let identity = FileIdentity(path) else { return }
    inputs[identity] = path
  }

  /// Notes files that are read.
  mutating func read(_ paths: some Sequence<String>) { for path in paths { read(path) } }

  /// Notes a file that is to be written. Call this after all inputs are known.
  ///
  /// - Parameter option: the option that names it.
  /// - Throws: ``UsageError`` where it is an input, by whatever path or link, or where another option writes it.
  mutating func write(_ path: String?, _ option: String) throws {
    guard let path, path != "-" else { return }
    if let identity = FileIdentity(path), let input = inputs[identity] {
      let name = input == path ? "" : " by the name '\(path)'"
      throw UsageError("\(option) would replace the input '\(input)'\(name): write to another file")
    }
    guard FileIdentity(path) != nil || !Self.isSpecial(path) else { return }
    let place = Self.place(of: path)
    if let other = outputs.updateValue(option, forKey: place) {
      throw UsageError(
        other == option
          ? "'\(path)' would be written twice: give pictures whose names differ, or their folder"
          : "\(other) and \(option) would both write '\(path)'")
    }
  }

  /// Pipes and devices, such as /dev/null, keep nothing that could be lost.
  private static func isSpecial(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
  }

  /// The path without links, which a file that is yet to be made has too.
  private static func place(of path: String) -> String {
    if let real = resolved(path) { return real }
    let slash = path.lastIndex(of: "/")
    let folder = slash.map { String(path[...$0]) } ?? "."
    let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
    return (resolved(folder) ?? folder) + "/" + name
  }

  private static func resolved(_ path: String) -> String? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return String(cString: real)
  }
}

/// What tells a regular file from all others, however its path is spelled.
struct FileIdentity: Hashable {
  private let device: UInt64
  private let number: UInt64

  /// Nil where there is no regular file.
  init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    (device, number) = (UInt64(truncatingIfNeeded: status.st_dev), UInt64(truncatingIfNeeded: status.st_ino))
  }
}
