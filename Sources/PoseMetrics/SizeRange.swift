/// The size ranges for which COCO's metrics report separate numbers; areas are in square pixels.
enum SizeRange: Sendable {
  case all, small, medium, large

  /// The ranges of people: small ones have no keypoints in COCO.
  static let ofPeople: [SizeRange] = [.all, .medium, .large]
  /// The ranges of boxes.
  static let ofBoxes: [SizeRange] = [.all, .small, .medium, .large]

  /// Whether an area is in the range. Both bounds belong to it, so that an area of 32² is small and medium.
  func contains(_ area: Double) -> Bool {
    switch self {
    case .all: area >= 0 && area <= 1e10
    case .small: area >= 0 && area <= 1024
    case .medium: area >= 1024 && area <= 9216
    case .large: area >= 9216 && area <= 1e10
    }
  }
}
