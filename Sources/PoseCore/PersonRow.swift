/// The rows of numbers in which a batch holds the people of its pictures: the left, top, right and bottom side of the person's
/// box in pixels of the input, the class as in ``BoxRow``, the person's area in square pixels, and of each joint its x, its y
/// and whether it is labelled.
public enum PersonRow {
  /// The class of a person; ``BoxRow/ignored`` and ``BoxRow/empty`` stand in its place.
  public static let person: Float = 0
  /// Where the joints begin.
  public static let joints = 6

  /// How many numbers a row has.
  public static func count(joints: Int) -> Int { Self.joints + 3 * joints }
}
