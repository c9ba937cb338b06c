/// A format that pictures are read in and, unless it needs libheif, written in.
package enum PictureFormat: Sendable, Hashable, CaseIterable {
  case jpeg, png, webP
  /// Formats that libheif reads, where it is installed.
  case heic, avif

  package var name: String {
    switch self {
    case .jpeg: "JPEG"
    case .png: "PNG"
    case .webP: "WebP"
    case .heic: "HEIC"
    case .avif: "AVIF"
    }
  }

  /// The format that a picture is written in when it is drawn on.
  package var written: PictureFormat { [.heic, .avif].contains(self) ? .jpeg : self }

  /// The endings of file names in lower case, the usual one first.
  package var endings: [String] {
    switch self {
    case .jpeg: ["jpg", "jpeg", "jpe", "jfif"]
    case .png: ["png"]
    case .webP: ["webp"]
    case .heic: ["heic", "heif", "hif"]
    case .avif: ["avif"]
    }
  }

  /// The format that the first bytes of a file indicate; nil if it is none of them.
  init?(head: [UInt8]) {
    if head.starts(with: [0xFF, 0xD8, 0xFF]) {
      self = .jpeg
    } else if head.starts(with: PNGChunks.signature) {
      self = .png
    } else if head.starts(with: "RIFF".utf8), head.dropFirst(8).starts(with: "WEBP".utf8),
      !WebPChunks.isAnimation(head: head)
    {
      self = .webP
    } else if head.dropFirst(4).starts(with: "ftyp".utf8) {
      switch String(decoding: head.dropFirst(8).prefix(4), as: UTF8.self) {
      case "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "mif2", "msf1": self = .heic
      case "avif", "avis": self = .avif
      default: return nil
      }
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
    case .webP: .webP
    case .heif(let format, _, _): format
    }
  }
}
