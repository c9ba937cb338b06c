import PoseCore

/// The reasons why bytes cannot be read as a ZIP file, or written as one.
public enum ZipError: UserError, Hashable {
  case noDirectory
  case truncated(Truncation)
  case badHeader(offset: Int)
  case impossibleCount(Int)
  case impossibleSize(String, size: Int, compressed: Int)
  case overlapping(String)
  case duplicate(String)
  case encrypted(String)
  case unknownMethod(String, Int)
  case tooLarge(String, size: Int, limit: Int)
  case damaged(String)
  case nameTooLong(String)
}

extension ZipError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noDirectory: "this is not a ZIP file, or its end is missing: is the file whole?"
    case .truncated(let truncation): "\(truncation)"
    case .badHeader(let offset): "byte \(offset) should begin a ZIP header: the file is damaged, get it again"
    case .impossibleCount(let count): "the ZIP directory is too small for its \(count) entries: the file is damaged"
    case .impossibleSize(let name, let size, let compressed):
      "entry '\(name)' cannot expand from \(compressed) to \(size) bytes: the file is damaged"
    case .overlapping(let name): "entry '\(name)' overlaps another one or the directory: the file is damaged"
    case .duplicate(let name): "there are two entries '\(name)': it is not clear which one is meant"
    case .encrypted(let name): "entry '\(name)' is encrypted, which is not supported: unpack and store it plainly"
    case .unknownMethod(let name, let method):
      "entry '\(name)' is compressed with method \(method): only stored and deflated entries are supported"
    case .tooLarge(let name, let size, let limit):
      "entry '\(name)' expands to \(size) bytes, more than the \(limit) that a file of this size may: "
        + "if it is yours, store it uncompressed"
    case .damaged(let name): "entry '\(name)' does not match its checksum: the file is damaged, get it again"
    case .nameTooLong(let name): "a ZIP entry's name has at most 65535 bytes, '\(name.prefix(60))...' has more"
    }
  }
}
