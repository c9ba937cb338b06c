import PoseCore
import PoseFormats
import PoseImage

extension Image {
  /// Writes a PNG, JPEG or lossless WebP file, depending on the path's extension (`.png`, `.webp`, or `.jpg`, `.jpeg`,
  /// `.jpe` and `.jfif`). The file appears either complete or not at all, because a temporary file in the same folder is
  /// written, synchronized and renamed.
  ///
  /// - Throws: ``MediaError``; no file is left behind in this case.
  public func write(to path: String) throws(MediaError) { try write(to: path, keeping: PictureExtras()) }

  /// - Parameter extras: what is written besides the colors, as far as the format can hold it.
  package func write(to path: String, keeping extras: PictureExtras) throws(MediaError) {
    let bytes =
      switch PictureFormat(nameOf: path) {
      case .png: try png(keeping: extras)
      case .jpeg: try jpeg(keeping: extras)
      case .webP: try webP(keeping: extras)
      case .heic, .avif, nil: throw MediaError.unknownExtension(path: path)
      }
    do {
      try FileBytes.write(bytes, to: path)
    } catch {
      throw .file(error)
    }
  }
}
