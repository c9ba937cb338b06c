import PoseMedia

/// What pictures are called below the folder that drawn ones are written to: their names, or for pictures of a folder
/// their paths below it. Pictures of several folders keep the folder's name as well. A name without
/// the ending of a picture format gets the ending of the picture's own format, or of JPEG if that format is not written.
/// Standard input is called `stdin`.
struct OutputNames {
  private let pictures: PictureList
  private let folders: [String]

  /// - Parameter inputs: what the command line names.
  init(_ inputs: [String], pictures: PictureList) {
    self.pictures = pictures
    // A folder is an input that is no picture itself, but the beginning of pictures' paths.
    let files = Set(pictures.paths)
    folders = inputs.filter { !files.contains($0) }.map(\.withoutTrailingSlashes).filter { folder in
      pictures.paths.contains { $0.hasPrefix(folder + "/") }
    }
  }

  subscript(path: String) -> String {
    let name = name(of: path)
    if let format = PictureFormat(nameOf: name), format == format.written { return name }
    // The format of a pipe's picture is not known yet.
    return name + "." + (pictures.format(of: path) ?? .png).written.endings[0]
  }

  private func name(of path: String) -> String {
    if path == PictureList.standardInput { return "stdin" }
    guard let folder = folders.filter({ path.hasPrefix($0 + "/") }).max(by: { $0.count < $1.count }) else {
      return path.fileName
    }
    let name = path.dropFirst(folder.count).drop { $0 == "/" }
    return folders.count > 1 ? folder.fileName + "/" + name : String(name)
  }
}

extension String {
  fileprivate var withoutTrailingSlashes: String {
    var text = self
    while text.count > 1, text.last == "/" { text.removeLast() }
    return text
  }
}
