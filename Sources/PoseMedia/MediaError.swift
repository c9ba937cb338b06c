/// Why a picture cannot be read, drawn or written.
public enum MediaError: Error, Hashable {
  /// The file cannot be opened, read or written; `reason` is the system's.
  case file(path: String, reason: String)
  /// The bytes are neither JPEG nor PNG.
  case unknownFormat(path: String?)
  case corrupt(path: String?, format: String, reason: String)
  case tooLarge(path: String?, width: Int, height: Int, limit: Int)
  /// The name does not say what to write.
  case unknownExtension(path: String)
  /// The picture cannot be encoded or drawn.
  case failed(reason: String)

  /// The same with the file that it happened in.
  func at(_ path: String) -> MediaError {
    switch self {
    case .unknownFormat: .unknownFormat(path: path)
    case .corrupt(_, let format, let reason): .corrupt(path: path, format: format, reason: reason)
    case .tooLarge(_, let width, let height, let limit):
      .tooLarge(path: path, width: width, height: height, limit: limit)
    default: self
    }
  }
}

extension MediaError: CustomStringConvertible {
  public var description: String {
    func subject(_ path: String?) -> String { path.map { "'\($0)'" } ?? "the picture" }
    return switch self {
    case .file(let path, let reason): "cannot use '\(path)': \(reason)"
    case .unknownFormat(let path): "cannot read \(subject(path)): it is neither JPEG nor PNG"
    case .corrupt(let path, let format, let reason):
      "cannot read \(subject(path)): its \(format) data is broken or cut short (\(reason)); get the file again"
    case .tooLarge(let path, let width, let height, let limit):
      "cannot read \(subject(path)): \(width) x \(height) is over the limit of \(limit) pixels; make it smaller first"
    case .unknownExtension(let path): "cannot write '\(path)': the name must end in .png, .jpg or .jpeg"
    case .failed(let reason): "cannot make the picture: \(reason)"
    }
  }
}
