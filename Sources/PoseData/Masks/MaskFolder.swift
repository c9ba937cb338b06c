import PoseCore
import PoseFormats

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The files of a folder and of those below it that belong together by their names: `photo.jpg` and `photo.png`, or
/// Cityscapes' `aachen_000000_000019_leftImg8bit.png` and `aachen_000000_000019_gtFine_labelTrainIds.png`.
package struct MaskFolder: Sendable {
  /// A picture or a mask.
  package struct File: Sendable, Hashable {
    package let path: String
    /// The name without its ending and without what Cityscapes appends.
    package let stem: String
    /// Whether the labels are Cityscapes' own numbers, of which 19 count.
    package let hasCityscapesNumbers: Bool
  }

  package let path: String
  /// In the order of their paths.
  package let files: [File]

  private static let maximumDepth = 16
  private static let maximumCount = 10_000_000
  /// What Cityscapes appends to names, the best file of a picture first.
  private static let cityscapes = ["_gtFine_labelTrainIds", "_gtFine_labelIds", "_leftImg8bit"]
  private static let others = ["_gtFine_color", "_gtFine_instanceIds", "_gtFine_instanceTrainIds"]

  /// - Parameters:
  ///   - folder: is searched with all folders below it, without hidden ones.
  ///   - endings: of the files that are meant, in lower case.
  /// - Throws: ``MaskError`` where a folder cannot be listed, has no such file, or has two of one name.
  package init(_ folder: String, endings: [String]) throws(MaskError) {
    path = folder
    var paths: [String] = []
    var searched: Set<String> = []
    try Self.search(folder, endings, depth: 0, &searched, &paths)
    var byStem: [String: File] = [:]
    for path in paths.sorted() {
      guard let file = Self.file(path) else { continue }
      guard let other = byStem[file.stem] else {
        byStem[file.stem] = file
        continue
      }
      // Cityscapes has the same labels by its own and by the training's numbers.
      guard file.hasCityscapesNumbers != other.hasCityscapesNumbers else {
        throw .repeated(stem: file.stem, other.path, path)
      }
      if other.hasCityscapesNumbers { byStem[file.stem] = file }
    }
    guard !byStem.isEmpty else { throw .empty(folder: folder, endings: endings) }
    files = byStem.values.sorted { $0.path < $1.path }
  }

  private static func file(_ path: String) -> File? {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let bare = name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
    if others.contains(where: bare.hasSuffix) { return nil }
    let suffix = cityscapes.first(where: bare.hasSuffix)
    return File(
      path: path, stem: String(bare.dropLast(suffix?.count ?? 0)), hasCityscapesNumbers: suffix == "_gtFine_labelIds")
  }

  private static func search(
    _ folder: String, _ endings: [String], depth: Int, _ searched: inout Set<String>, _ paths: inout [String]
  ) throws(MaskError) {
    // No folder is searched twice, whatever links lead to it.
    if let real = FileBytes.resolved(folder), !searched.insert(real).inserted { return }
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder)
    } catch {
      var isFolder = false
      guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder) else { throw .noFolder(folder) }
      throw isFolder ? .noPermission(folder) : .isFile(folder)
    }
    for name in names.sorted() where !name.hasPrefix(".") {
      let path = folder.hasSuffix("/") ? folder + name : folder + "/" + name
      var isFolder = false
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { continue }
      if isFolder {
        guard depth < maximumDepth else { throw .tooDeep(folder) }
        try search(path, endings, depth: depth + 1, &searched, &paths)
      } else if endings.contains(where: name.lowercased().hasSuffix) {
        guard paths.count < maximumCount else { throw .tooMany(folder, limit: maximumCount) }
        paths.append(path)
      }
    }
  }
}

extension MaskFolder {
  /// The endings of pictures of datasets.
  package static let pictureEndings = [".jpg", ".jpeg", ".png", ".webp"]
  package static let maskEndings = [".png"]

  /// The files of this folder, which are pictures or results, with the masks that belong to them. Files without a mask are left
  /// out.
  ///
  /// - Throws: ``MaskError`` where a mask has none.
  package func paired(with masks: MaskFolder) throws(MaskError) -> [(first: File, second: File)] {
    let files = Dictionary(files.map { ($0.stem, $0) }) { one, _ in one }
    var pairs: [(first: File, second: File)] = []
    for mask in masks.files {
      guard let file = files[mask.stem] else { throw .missing(stem: mask.stem, folder: path) }
      pairs.append((file, mask))
    }
    return pairs
  }
}
