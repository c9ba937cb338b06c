import PoseCore
import PoseFormats
import PoseImage

extension Image {
  /// Writes a PNG or JPEG file, depending on the path's extension (`.png`, `.jpg`, `.jpeg`). The file appears either
  /// complete or not at all, because a temporary file in the same folder is written, synchronized and renamed.
  ///
  /// - Throws: ``MediaError``; no file is left behind in this case.
  public func write(to path: String) throws(MediaError) {
    let name = path.lastIndex(of: "/").map { path[path.index(after: $0)...] } ?? path[...]
    let bytes =
      switch name.lastIndex(of: ".").map({ name[name.index(after: $0)...].lowercased() }) {
      case "png": try png()
      case "jpg", "jpeg": try jpeg()
      default: throw MediaError.unknownExtension(path: path)
      }
    do {
      try FileBytes.write(bytes, to: path)
    } catch {
      throw .file(error)
    }
  }
}
