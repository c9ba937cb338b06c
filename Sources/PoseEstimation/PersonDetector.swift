import PoseCore
import PoseFormats

/// Finds people in pictures, for networks that look at one person at a time.
public protocol PersonDetector: Sendable {
  /// The people of a picture: their boxes in pixels of the upright picture. Nobody found is no error.
  ///
  /// - Throws: what reading the picture's pixels throws.
  func people(in picture: Picture) throws -> [Detection]
}

/// Takes each picture as one person's.
public struct WholePicture: PersonDetector {
  public init() {}

  public func people(in picture: Picture) -> [Detection] { [Detection(picture.frame)] }
}

/// Looks people up among boxes that are known beforehand, such as a detector's file, by the path of the picture.
public struct GivenBoxes: PersonDetector {
  private let records: [DetectionFile.Record]

  /// - Parameter records: of these and maybe of other pictures, by file name or number.
  public init(_ records: [DetectionFile.Record]) { self.records = records }

  public func people(in picture: Picture) -> [Detection] {
    guard let path = picture.path else { return [] }
    return records.filter { $0.isOf(path) }.map(\.detection)
  }
}
