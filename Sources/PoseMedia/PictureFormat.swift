/// A format that pictures are read and written in.
package enum PictureFormat: Sendable, Hashable, CaseIterable {
  case jpeg, png

  /// The endings of file names in lower case, the usual one first.
  package var endings: [String] {
    switch self {
    case .jpeg: ["jpg", "jpeg", "jpe", "jfif"]
    case .png: ["png"]
    }
  }

  /// The format that the first bytes of a file indicate; nil if it is neither.
  init?(head: [UInt8]) {
    if head.starts(with: [0xFF, 0xD8, 0xFF]) {
      self = .jpeg
    } else if head.starts(with: PNGChunks.signature) {
      self = .png
    } else {
      return nil
    }
  }

  /// The format that a file's name indicates, in upper or lower case; nil if its ending is missing or unknown.
  package init?(nameOf path: String) {
    let name = path.lastIndex(of: "/").map { path[path.index(after: $0)...] } ?? path[...]
    guard let dot = name.lastIndex(of: ".") else { return nil }
    let ending = name[name.index(after: dot)...].lowercased()
    guard let format = Self.allCases.first(where: { $0.endings.contains(ending) }) else { return nil }
    self = format
  }
}

extension EncodedImage {
  /// The format of the bytes, whatever the file is called.
  package var pictureFormat: PictureFormat {
    switch format {
    case .jpeg: .jpeg
    case .png: .png
    }
  }
}
