import PoseCore

/// A picture and the objects in it, for a detector to learn from.
public struct LabelledPicture: Sendable, Hashable {
  /// Its number in the annotations.
  public var id: Int
  /// Where its file is.
  public var path: String
  public var boxes: [LabelledBox]

  public init(id: Int, path: String, boxes: [LabelledBox]) { (self.id, self.path, self.boxes) = (id, path, boxes) }
}

/// An object in a picture, or an area of which nothing is known.
public struct LabelledBox: Sendable, Hashable {
  /// In pixels, counted from the corner of the first one.
  public var box: BoundingBox
  /// The number of the object's class; nil for an area in which objects are neither learnt nor unlearnt, such as a crowd.
  public var label: Int?

  public init(_ box: BoundingBox, label: Int?) { (self.box, self.label) = (box, label) }
}
