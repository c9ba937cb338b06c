/// An object that a detector found in an image: a box, how sure the detector is, and what the object is.
public struct Detection: Sendable, Hashable, Codable {
  /// Where, in pixels of the image.
  public var boundingBox: BoundingBox
  /// From 0 to 1; 1 for boxes that people drew.
  public var score: Double
  /// The index of the object's class among the detector's classes; 0 is a person in COCO's order.
  public var label: Int

  public init(_ boundingBox: BoundingBox, score: Double = 1, label: Int = 0) {
    self.boundingBox = boundingBox
    self.score = score
    self.label = label
  }
}
