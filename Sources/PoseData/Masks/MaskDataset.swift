import PoseCore
import PoseFormats
import PoseMedia

/// The pictures of a segmentation dataset, and the files of their masks.
public struct MaskDataset: Sendable {
  /// How a dataset is laid out.
  public enum Layout: String, Sendable, Hashable, Codable, CaseIterable {
    /// `leftImg8bit/PART` and `gtFine/PART`, each with a folder a city (Cordts et al., CVPR 2016). Masks have training
    /// numbers (`_labelTrainIds`) or the dataset's own (`_labelIds`).
    case cityscapes
    /// `JPEGImages`, `SegmentationClass` and `ImageSets/Segmentation/PART.txt` (Everingham et al., IJCV 2010).
    case voc
    /// `pictures` and `masks`, whose files have the same names before their endings.
    case folder
  }

  /// A picture and its mask.
  public struct Entry: Sendable, Hashable {
    public let picture: String
    public let mask: String
    let hasCityscapesNumbers: Bool
  }

  public let classes: [String]
  /// In the order of the files' paths, or of the list.
  public let entries: [Entry]

  /// - Parameters:
  ///   - layout: how the folder is laid out.
  ///   - root: the dataset's folder.
  ///   - part: the part's name, such as `train`; a folder of pictures and masks has no parts.
  ///   - classes: the names of the classes, by the masks' labels.
  /// - Throws: ``MaskError`` where files are missing, `FileError` where the list cannot be read.
  public init(_ layout: Layout, at root: String, part: String = "train", classes: [String]) throws {
    self.classes = classes
    switch layout {
    case .cityscapes:
      entries = try Self.pairs("\(root)/leftImg8bit/\(part)", "\(root)/gtFine/\(part)")
    case .folder:
      entries = try Self.pairs("\(root)/pictures", "\(root)/masks")
    case .voc:
      entries = try Self.names(in: "\(root)/ImageSets/Segmentation/\(part).txt").map {
        Entry(
          picture: "\(root)/JPEGImages/\($0).jpg", mask: "\(root)/SegmentationClass/\($0).png",
          hasCityscapesNumbers: false)
      }
    }
  }

  /// The mask of a picture, with the classes of the dataset.
  ///
  /// - Parameter entry: one of ``entries``.
  /// - Throws: `MediaError` where the file is no mask, ``MaskError`` where it has a label of no class.
  public func mask(of entry: Entry, pixelLimit: Int = EncodedImage.defaultPixelLimit) throws -> SegmentationMask {
    try SegmentationMask(
      contentsOf: entry.mask, classes: classes, hasCityscapesNumbers: entry.hasCityscapesNumbers, pixelLimit: pixelLimit
    )
  }

  private static func pairs(_ pictures: String, _ masks: String) throws -> [Entry] {
    let masks = try MaskFolder(masks, endings: MaskFolder.maskEndings)
    return try MaskFolder(pictures, endings: MaskFolder.pictureEndings).paired(with: masks).map {
      Entry(picture: $0.first.path, mask: $0.second.path, hasCityscapesNumbers: $0.second.hasCityscapesNumbers)
    }
  }

  /// The names of a list, a line each.
  private static func names(in path: String) throws -> [String] {
    let text = String(decoding: try FileBytes.read(path, limit: 1 << 26), as: UTF8.self)
    let names = text.split(whereSeparator: \.isNewline).map { $0.filter { !$0.isWhitespace } }.filter { !$0.isEmpty }
    for name in names {
      let isPlain =
        name.utf8.count <= 200 && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_-".contains($0)) }
      guard isPlain else { throw MaskError.badList(path: path, reason: "'\(name.prefix(40))' is no name of a picture") }
    }
    guard !names.isEmpty else { throw MaskError.badList(path: path, reason: "it has no names") }
    guard Set(names).count == names.count else { throw MaskError.badList(path: path, reason: "a name is there twice") }
    return names
  }
}

extension SegmentationMask {
  /// Reads a mask and checks its labels.
  ///
  /// - Parameter hasCityscapesNumbers: whether labels are Cityscapes' own numbers, which become those of its 19 classes.
  /// - Throws: `MediaError`, ``MaskError``.
  package init(
    contentsOf path: String, classes: [String], hasCityscapesNumbers: Bool,
    pixelLimit: Int = EncodedImage.defaultPixelLimit
  ) throws {
    var mask = try SegmentationMask(contentsOf: path, classes: classes, pixelLimit: pixelLimit)
    if hasCityscapesNumbers {
      mask = SegmentationMask(
        size: mask.size, labels: mask.labels.map { Self.cityscapesLabels[Int($0)] }, classes: classes)
    }
    if let label = mask.labels.first(where: { $0 >= classes.count && $0 != Self.ignored }) {
      throw MaskError.unknownLabel(path: path, label: Int(label), classes: classes.count)
    }
    self = mask
  }

  /// Cityscapes' training numbers by its own, of which the classes that do not count become ``ignored``.
  private static let cityscapesLabels: [UInt8] = {
    var labels = [UInt8](repeating: ignored, count: 256)
    let counted = [7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33]
    for (label, number) in counted.enumerated() { labels[number] = UInt8(label) }
    return labels
  }()
}
