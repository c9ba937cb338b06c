/// The rows of numbers in which a batch holds the people of whole pictures: `pictures x people x count(joints:)`.
///
/// A row has the left, top, right and bottom side of the person's box, the number of the class, the area, and then the x, the
/// y and the visibility of each joint. Sides, area and positions are in pixels of the input, sides and class as ``BoxRow``
/// has them. A visibility is 0 for a joint without a label, 1 for a hidden one and 2 for one in plain sight.
public enum PersonRow {
  /// The name of the target with these rows.
  public static let port = "people"
  /// The place of the class in a row.
  public static let label = 4
  /// The place of the area.
  public static let area = 5
  /// The place of the first joint's x.
  public static let firstJoint = 6
  /// Stands for the class of a person.
  public static let person: Float = 0
  /// Stands for the class where nothing is known of what an area shows, such as a crowd.
  public static let ignored = BoxRow.ignored
  /// Stands for the class in rows without a person.
  public static let empty = BoxRow.empty

  /// How many numbers a row has.
  public static func count(joints: Int) -> Int { firstJoint + 3 * joints }
}
