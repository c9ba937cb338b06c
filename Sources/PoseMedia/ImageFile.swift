import PoseCore

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Image {
  /// What decoding refuses to exceed unless told otherwise.
  public static let defaultPixelLimit = 100_000_000

  /// Reads a JPEG or PNG file; the content, not the name, says which. EXIF's orientation is applied.
  ///
  /// - Parameter pixelLimit: the most pixels that are decoded, checked before memory is taken.
  /// - Throws: ``MediaError`` with the path.
  public init(contentsOf path: String, pixelLimit: Int = defaultPixelLimit) throws(MediaError) {
    let bytes: [UInt8]
    do {
      bytes = Array(try Data(contentsOf: URL(filePath: path)))
    } catch {
      throw .file(path: path, reason: error.sentence)
    }
    do {
      try self.init(encoded: bytes, pixelLimit: pixelLimit)
    } catch {
      throw error.at(path)
    }
  }

  /// Decodes JPEG or PNG bytes.
  public init(encoded bytes: [UInt8], pixelLimit: Int = defaultPixelLimit) throws(MediaError) {
    if bytes.starts(with: [0xff, 0xd8]) {
      self = try JPEG.decode(bytes, pixelLimit: pixelLimit).turned(by: Orientation(exif: bytes))
    } else if bytes.starts(with: [0x89, 0x50, 0x4e, 0x47]) {
      self = try PNG.decode(bytes, pixelLimit: pixelLimit)
    } else {
      throw .unknownFormat(path: nil)
    }
  }

  /// Writes a PNG or, by extension, a JPEG file of quality 92, whole or not at all.
  ///
  /// - Throws: ``MediaError`` where the extension is another or the file cannot be written.
  public func write(to path: String) throws(MediaError) {
    let name = path.lowercased()
    let bytes: [UInt8]
    if name.hasSuffix(".png") {
      bytes = try png()
    } else if name.hasSuffix(".jpg") || name.hasSuffix(".jpeg") {
      bytes = try jpeg(quality: 92)
    } else {
      throw .unknownExtension(path: path)
    }
    do {
      try Data(bytes).write(to: URL(filePath: path), options: .atomic)
    } catch {
      throw .file(path: path, reason: error.sentence)
    }
  }
}

extension Error {
  /// What the system says of a file, without Foundation's codes.
  fileprivate var sentence: String {
    guard let error = self as? CocoaError else { return "\(self)" }
    switch error.code {
    case .fileReadNoSuchFile, .fileNoSuchFile: return "there is no such file or folder"
    case .fileReadNoPermission, .fileWriteNoPermission: return "permission denied"
    case .fileWriteOutOfSpace: return "no space left on the disk"
    case .fileReadUnknown: return "it cannot be read; is it a folder?"
    default: return "\(error.underlying ?? error)"
    }
  }
}
