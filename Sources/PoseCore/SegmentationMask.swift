/// The class of each pixel of a picture.
public struct SegmentationMask: Sendable, Hashable {
  /// The picture's size.
  public let size: Size
  /// The class of each pixel, row by row: a position in ``classes``, or ``ignored``.
  public let labels: [UInt8]
  /// The names of the classes; empty where nobody has named them.
  public var classes: [String]
  /// How sure the network is of each pixel's class, in 0...1, row by row; nil where it was not asked for.
  public var scores: [Float]?

  /// The label of pixels whose class is unknown or does not count.
  public static let ignored: UInt8 = 255
  /// The most classes that a mask can tell apart.
  public static let maximumClassCount = 255

  /// - Precondition: There is one label, and one score where there are scores, for each pixel.
  public init(size: Size, labels: [UInt8], classes: [String] = [], scores: [Float]? = nil) {
    precondition(
      labels.count == size.height * size.width && scores.map { $0.count == labels.count } ?? true,
      "\(labels.count) labels are no mask of \(size)")
    (self.size, self.labels, self.classes, self.scores) = (size, labels, classes, scores)
  }

  /// The label of a pixel.
  ///
  /// - Precondition: The pixel lies in the picture.
  public subscript(row: Int, column: Int) -> UInt8 {
    precondition((0..<size.width).contains(column), "a row of \(size.width) pixels has no column \(column)")
    return labels[row * size.width + column]
  }

  /// How many pixels have each label, 256 numbers in all.
  public var counts: [Int] { labels.counts }

  /// How many pixels of each class there are, and how sure the network is of them on average.
  ///
  /// - Returns: one entry for each label that is there, the most frequent first. Ignored pixels are left out.
  public var shares: [ClassShare] {
    let counts = counts
    var sums = [Double](repeating: 0, count: 256)
    if let scores { for (label, score) in zip(labels, scores) { sums[Int(label)] += Double(score) } }
    return (0..<Self.maximumClassCount).filter { counts[$0] > 0 }.map { label in
      ClassShare(
        label: label, name: classes.indices.contains(label) ? classes[label] : nil, pixels: counts[label],
        share: Double(counts[label]) / Double(labels.count),
        score: scores == nil ? nil : sums[label] / Double(counts[label]))
    }.sorted { ($1.pixels, $0.label) < ($0.pixels, $1.label) }
  }
}

/// How much of a picture is of a class.
public struct ClassShare: Sendable, Hashable {
  /// The class's position among the classes.
  public let label: Int
  /// The class's name; nil where it has none.
  public let name: String?
  public let pixels: Int
  /// The part of the picture's pixels, in 0...1.
  public let share: Double
  /// The mean of the pixels' scores; nil where there are none.
  public let score: Double?
}

extension [UInt8] {
  /// How often each byte occurs.
  fileprivate var counts: [Int] {
    var counts = [Int](repeating: 0, count: 256)
    for label in self { counts[Int(label)] += 1 }
    return counts
  }
}
