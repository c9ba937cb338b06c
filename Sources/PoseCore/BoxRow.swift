/// The rows of numbers in which a batch holds the boxes of its pictures: the left, top, right and bottom side in pixels of
/// the input, counted from the corner of its first pixel, and the number of the class.
public enum BoxRow {
  /// How many numbers a row has.
  public static let count = 5
  /// Stands for the class where nothing is known of what an area shows.
  public static let ignored: Float = -1
  /// Stands for the class in rows without a box.
  public static let empty: Float = -2
}
