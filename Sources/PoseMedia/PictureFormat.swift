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

  /// What the first bytes of a file say; nil where it is neither.
  init?(head: [UInt8]) {
    if head.starts(with: [0xFF, 0xD8, 0xFF]) {
      self = .jpeg
    } else if head.starts(with: PNGChunks.signature) {
      self = .png
    } else {
      return nil
    }
  }

  /// What a file's name says, in whatever case; nil where its ending is another or missing.
  package init?(nameOf path: String) {
    let name = path.lastIndex(of: "/").map { path[path.index(after: $0)...] } ?? path[...]
    guard let dot = name.lastIndex(of: ".") else { return nil }
    let ending = name[name.index(after: dot)...].lowercased()
    guard let format = Self.allCases.first(where: { $0.endings.contains(ending) }) else { return nil }
    self = format
  }
}

extension EncodedImage {
  /// What the bytes are, whatever the file is called.
  package var pictureFormat: PictureFormat {
    switch format {
    case .jpeg: .jpeg
    case .png: .png
    }
  }
}
