import PoseCore

/// How well masks agree, by the numbers of pixels that both, one or the other have of each class.
///
/// Follows MMSegmentation's `IoUMetric`: pixels whose true label is ``ignored`` count nowhere, a class that neither side has
/// has no number (NaN), and means leave such classes out.
public struct SegmentationScores: Sendable, Hashable {
  /// The names of the classes, by their labels.
  public let classes: [String]
  /// The true label of pixels that do not count.
  public let ignored: UInt8
  public private(set) var counts: Counts

  /// Numbers of pixels by class.
  public struct Counts: Sendable, Hashable, Codable {
    /// Of a class by both sides.
    public fileprivate(set) var both: [Int]
    /// Of a class by the results, among those that count.
    public fileprivate(set) var predicted: [Int]
    /// Of a class in truth.
    public fileprivate(set) var annotated: [Int]
  }

  public init(classes: [String], ignored: UInt8 = SegmentationMask.ignored) {
    (self.classes, self.ignored) = (classes, ignored)
    let zeros = [Int](repeating: 0, count: classes.count)
    counts = Counts(both: zeros, predicted: zeros, annotated: zeros)
  }

  /// Counts a picture's pixels.
  ///
  /// - Parameter what: names the picture in errors.
  /// - Throws: ``MetricError`` where the sizes differ.
  public mutating func add(
    _ result: SegmentationMask, truth: SegmentationMask, of what: String
  ) throws(MetricError) {
    guard result.size == truth.size else {
      throw .otherSize(what: what, found: result.size.description, expected: truth.size.description)
    }
    // Counted by all 256 labels, of which only the classes' are kept.
    let zeros = [Int](repeating: 0, count: 256)
    var own = Counts(both: zeros, predicted: zeros, annotated: zeros)
    for (label, actual) in zip(result.labels, truth.labels) where actual != ignored {
      own.predicted[Int(label)] += 1
      own.annotated[Int(actual)] += 1
      if label == actual { own.both[Int(label)] += 1 }
    }
    add(own)
  }

  /// Adds the numbers of pixels of other pictures with the same classes.
  public mutating func add(_ others: Counts) {
    func sums(_ a: [Int], _ b: [Int]) -> [Int] { a.indices.map { a[$0] + (b.indices.contains($0) ? b[$0] : 0) } }
    counts.both = sums(counts.both, others.both)
    counts.predicted = sums(counts.predicted, others.predicted)
    counts.annotated = sums(counts.annotated, others.annotated)
  }

  /// A class's intersection over union; NaN where neither side has the class.
  public var intersectionsOverUnions: [Double] {
    classes.indices.map { quotient(counts.both[$0], counts.predicted[$0] + counts.annotated[$0] - counts.both[$0]) }
  }

  /// The part of a class's pixels that were found; NaN where it has none.
  public var accuracies: [Double] { classes.indices.map { quotient(counts.both[$0], counts.annotated[$0]) } }

  /// A class's Dice coefficient; NaN where neither side has the class.
  public var diceCoefficients: [Double] {
    classes.indices.map { quotient(2 * counts.both[$0], counts.predicted[$0] + counts.annotated[$0]) }
  }

  /// The part of all pixels whose class was found.
  public var pixelAccuracy: Double { quotient(counts.both.reduce(0, +), counts.annotated.reduce(0, +)) }

  /// The mean of the classes' intersections over unions, without those that have none.
  public var meanIoU: Double { intersectionsOverUnions.meanOfNumbers }

  /// The means in 0...1 under the names of MMSegmentation: `aAcc`, `mIoU`, `mAcc`, `mDice`.
  public var values: [MetricValue] {
    [
      MetricValue("aAcc", pixelAccuracy), MetricValue("mIoU", meanIoU), MetricValue("mAcc", accuracies.meanOfNumbers),
      MetricValue("mDice", diceCoefficients.meanOfNumbers),
    ]
  }

  /// ``values``, and after them the intersection over union of each class that either side has.
  ///
  /// - Throws: ``MetricError/noPixel`` where there is nothing to find.
  package func valuesWithClasses() throws(MetricError) -> [MetricValue] {
    guard counts.annotated.contains(where: { $0 > 0 }) else { throw .noPixel }
    let own = zip(classes, intersectionsOverUnions).filter { !$1.isNaN }
    return values + own.map { MetricValue("IoU \($0)", $1) }
  }

  private func quotient(_ part: Int, _ whole: Int) -> Double { whole == 0 ? .nan : Double(part) / Double(whole) }
}

extension [Double] {
  /// The mean without NaN; NaN where nothing is left.
  fileprivate var meanOfNumbers: Double {
    let numbers = filter { !$0.isNaN }
    return numbers.isEmpty ? .nan : numbers.reduce(0, +) / Double(numbers.count)
  }
}
