import PoseCore

/// Why masks of pictures cannot be used.
public enum MaskError: UserError, Hashable {
  case noFolder(String)
  case isFile(String)
  case noPermission(String)
  case empty(folder: String, endings: [String])
  case tooDeep(String)
  case tooMany(String, limit: Int)
  /// Two files that belong to one picture.
  case repeated(stem: String, String, String)
  /// A picture without a mask, or a mask without a result.
  case missing(stem: String, folder: String)
  /// A mask of another size than its picture.
  case otherSize(picture: String, String, mask: String)
  /// A mask with a label that no class has.
  case unknownLabel(path: String, label: Int, classes: Int)
  /// A list of a dataset's pictures that cannot be read.
  case badList(path: String, reason: String)
}

extension MaskError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noFolder(let folder): "the folder '\(folder)' does not exist: check the path"
    case .isFile(let path): "'\(path)' is a file: name the folder that it is in"
    case .noPermission(let folder): "the folder '\(folder)' cannot be listed: check its permissions"
    case .empty(let folder, let endings):
      "the folder '\(folder)' has no files that end in \(endings.joined(separator: ", ")): check the path"
    case .tooDeep(let folder): "'\(folder)' is nested too deeply: give the folder that has the files"
    case .tooMany(let folder, let limit): "'\(folder)' has more than \(limit) files: give a smaller folder"
    case .repeated(let stem, let first, let second):
      "'\(first)' and '\(second)' are both of '\(stem)': give folders in which each picture has one file"
    case .missing(let stem, let folder):
      "'\(folder)' has no file for '\(stem)': the files of a picture need the same name before their endings"
    case .otherSize(let picture, let size, let mask):
      "'\(picture)' has \(size) pixels (height x width), but its mask has \(mask): give the mask of this picture"
    case .unknownLabel(let path, let label, let classes):
      "'\(path)' has the label \(label), but there are \(classes) classes: labels are 0...\(max(classes - 1, 0)), and 255 for "
        + "pixels that do not count. Give the classes that the mask was made for"
    case .badList(let path, let reason): "'\(path)' is no list of pictures: \(reason)"
    }
  }
}
