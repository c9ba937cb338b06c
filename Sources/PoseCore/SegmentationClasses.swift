/// The classes of a segmentation dataset, in the order of their labels, with the colors that the dataset draws them in.
public struct SegmentationClasses: Sendable, Hashable {
  /// The name by which configurations and commands know them.
  public let name: String
  public let classes: [String]
  /// Red, green and blue of each class.
  public let colors: [[UInt8]]

  /// The 19 classes of Cityscapes that count (Cordts et al., CVPR 2016), by their training numbers.
  public static let cityscapes = SegmentationClasses(
    name: "cityscapes19",
    [
      ("road", 0x804080), ("sidewalk", 0xF423E8), ("building", 0x464646), ("wall", 0x66669C), ("fence", 0xBE9999),
      ("pole", 0x999999), ("traffic light", 0xFAAA1E), ("traffic sign", 0xDCDC00), ("vegetation", 0x6B8E23),
      ("terrain", 0x98FB98), ("sky", 0x4682B4), ("person", 0xDC143C), ("rider", 0xFF0000), ("car", 0x00008E),
      ("truck", 0x000046), ("bus", 0x003C64), ("train", 0x005064), ("motorcycle", 0x0000E6), ("bicycle", 0x770B20),
    ])

  /// The background and the 20 classes of PASCAL VOC (Everingham et al., IJCV 2010).
  public static let voc: SegmentationClasses = {
    let names = [
      "background", "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow",
      "diningtable",
      "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor",
    ]
    return SegmentationClasses(name: "voc21", names.enumerated().map { ($1, distinctColor($0)) })
  }()

  /// People before anything else.
  public static let person = SegmentationClasses(
    name: "person2", [("background", distinctColor(0)), ("person", distinctColor(15))])

  /// All that have a name.
  public static let all = [cityscapes, voc, person]

  private init(name: String, _ entries: [(String, Int)]) {
    self.name = name
    classes = entries.map(\.0)
    colors = entries.map { Self.bytes($0.1) }
  }

  /// The colors of classes: a dataset's own where it has the same classes, and otherwise those by which PASCAL VOC numbers
  /// its classes, of which the first is black only for a background.
  public static func colors(of classes: [String]) -> [[UInt8]] {
    if let known = all.first(where: { $0.classes == classes }) { return known.colors }
    let first = classes.first == "background" ? 0 : 1
    return classes.indices.map { bytes(distinctColor($0 + first)) }
  }

  /// The bits of a label dealt out over the high bits of red, green and blue, as PASCAL VOC's palette does.
  private static func distinctColor(_ label: Int) -> Int {
    var color = 0
    for bit in 0..<8 {
      for channel in 0..<3 where label >> (3 * bit + channel) & 1 == 1 {
        color |= 1 << (8 * (2 - channel) + 7 - bit)
      }
    }
    return color
  }

  private static func bytes(_ color: Int) -> [UInt8] {
    [16, 8, 0].map { UInt8(truncatingIfNeeded: color >> $0) }
  }
}
