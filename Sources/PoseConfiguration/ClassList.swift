import PoseCore

/// The `classes` of a detector or of a segmentation network: `person`, `coco80`, `cityscapes19`, `voc21`, or a list of names.
struct ClassList: Codable {
  let names: [String]

  init(_ names: [String] = []) { self.names = names }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let name = try? container.decode(String.self) {
      guard let preset = Self.presets.first(where: { $0.key == name }) else {
        let problem = ConfigurationError.Problem.unknown(name, among: Self.presets.map(\.key))
        throw DecodingError.dataCorrupted(
          .init(codingPath: decoder.codingPath, debugDescription: problem.description, underlyingError: problem))
      }
      names = preset.value
      return
    }
    names = try container.decode([String].self)
    let isSound =
      (1...10_000).contains(names.count) && Set(names).count == names.count
      && names.allSatisfy { (1...100).contains($0.utf8.count) }
    guard isSound else {
      let problem = ConfigurationError.Problem.invalid("needs 1 to 10000 different names of 100 characters at most")
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: problem.description, underlyingError: problem))
    }
  }

  func encode(to encoder: any Encoder) throws {
    if let preset = Self.presets.first(where: { $0.value == names }) { return try preset.key.encode(to: encoder) }
    try names.encode(to: encoder)
  }

  private static let presets =
    [(key: "person", value: ["person"]), (key: "coco80", value: coco80)]
    + SegmentationClasses.all.map { (key: $0.name, value: $0.classes) }

  /// The classes of COCO, in the order of its annotations.
  static let coco80 = [
    "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat", "traffic light",
    "fire hydrant", "stop sign", "parking meter", "bench", "bird", "cat", "dog", "horse", "sheep", "cow", "elephant",
    "bear", "zebra", "giraffe", "backpack", "umbrella", "handbag", "tie", "suitcase", "frisbee", "skis", "snowboard",
    "sports ball", "kite", "baseball bat", "baseball glove", "skateboard", "surfboard", "tennis racket", "bottle",
    "wine glass", "cup", "fork", "knife", "spoon", "bowl", "banana", "apple", "sandwich", "orange", "broccoli",
    "carrot", "hot dog", "pizza", "donut", "cake", "chair", "couch", "potted plant", "bed", "dining table", "toilet",
    "tv", "laptop", "mouse", "remote", "keyboard", "cell phone", "microwave", "oven", "toaster", "sink",
    "refrigerator", "book", "clock", "vase", "scissors", "teddy bear", "hair drier", "toothbrush",
  ]
}
