import PoseCore
import PoseFormats
import PoseImage

extension Image {
  /// Writes a PNG or JPEG file, by the path's extension (`.png`; `.jpg`, `.jpeg`, `.jpe`, `.jfif`). The file appears whole or not at
  /// all: a temporary file in the same folder is written, synchronised and renamed.
  ///
  /// - Throws: ``MediaError``; nothing is left behind then.
  public func write(to path: String) throws(MediaError) { try write(to: path, keeping: PictureExtras()) }

  /// - Parameter extras: what the file holds besides the colors, as far as its format can.
  package func write(to path: String, keeping extras: PictureExtras) throws(MediaError) {
    let bytes =
      switch PictureFormat(nameOf: path) {
      case .png: try png(keeping: extras)
      case .jpeg: try jpeg(keeping: extras)
      case nil: throw MediaError.unknownExtension(path: path)
      }
    do {
      try FileBytes.write(bytes, to: path)
    } catch {
      throw .file(error)
    }
  }
}
