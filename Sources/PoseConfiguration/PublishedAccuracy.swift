/// The `published` section: how good the published weights are, in percent, with the flip test.
public struct PublishedAccuracy: Sendable, Hashable, Codable {
  public var measure: Measure
  public var value: Double
  /// What it was measured on: `val2017`, `test-dev2017`; MPII's `val`; otherwise the dataset and its part.
  public var split: String
  /// The average precision of the detector whose boxes were used; nil where people's own boxes were.
  package var detectorAP: Double?

  public enum Measure: String, Sendable, Hashable, Codable, CaseIterable {
    /// COCO's average precision; for people with faces and hands that of all their joints.
    case ap
    /// MPII's share of joints within half a head.
    case pckh
    /// The share of joints within a fifth of the box's longer side.
    case pck
    /// The area below the curve of shares of joints within distances.
    case auc
    /// The mean distance in sizes of the face, where less is better.
    case nme
    /// The mean intersection over union of classes of pixels.
    case miou
  }

  public init(_ measure: Measure, _ value: Double, split: String? = nil, detectorAP: Double? = nil) {
    (self.measure, self.value) = (measure, value)
    self.split = split ?? (measure == .ap ? "val2017" : "val")
    self.detectorAP = detectorAP
  }

  enum CodingKeys: String, CodingKey, CaseIterable {
    case ap, pckh, pck, auc, nme, miou, split
    case detectorAP = "detector_ap"

    init(_ measure: Measure) {
      self =
        switch measure {
        case .ap: .ap
        case .pckh: .pckh
        case .pck: .pck
        case .auc: .auc
        case .nme: .nme
        case .miou: .miou
        }
    }
  }

  public init(from decoder: any Decoder) throws {
    let section = try Section<CodingKeys>(decoder)
    let values = try Measure.allCases.compactMap { measure in
      try section.optional(CodingKeys(measure)).map { (value: Double) in (measure, value) }
    }
    let split: String? = try section.optional(.split)
    guard let (measure, value) = values.first, values.count == 1 else {
      throw section.problem(
        .ap, "needs one number: ap, COCO's; pckh, MPII's; pck or auc; miou; or nme, which is better where it is less")
    }
    self.init(measure, value, split: split, detectorAP: try section.optional(.detectorAP))
    let percent = 0.0...100
    try section.check(CodingKeys(measure), percent.contains(value), "needs percent in 0...100, not \(value)")
    try section.check(.detectorAP, percent.contains(detectorAP ?? 0), "needs percent in 0...100")
    try section.check(.split, (1...40).contains(self.split.utf8.count), "needs a name of 40 characters at most")
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(value, forKey: CodingKeys(measure))
    try container.encode(split, forKey: .split)
    try container.encodeIfPresent(detectorAP, forKey: .detectorAP)
  }
}

extension PublishedAccuracy: CustomStringConvertible {
  public var description: String {
    "\(short) on \(split)"
      + (detectorAP.map { ", boxes of a detector with AP \($0)" } ?? "")
  }

  /// The measure and the number: `AP 64.8`.
  public var short: String { "\(measure.name) \(value)" }
}

extension PublishedAccuracy.Measure {
  /// As papers write it.
  fileprivate var name: String {
    switch self {
    case .pckh: "PCKh"
    case .miou: "mIoU"
    default: rawValue.uppercased()
    }
  }
}
