/// Some of a dataset's pictures, chosen by their numbers, so that the pictures to train on and those held out stay apart even
/// if the annotations are written in another order.
///
/// Written `2/5` for the pictures whose number leaves 1 when divided by 5, and `not 2/5` for all others.
public struct PictureSplit: Sendable, Hashable {
  /// From 0 up to, but not including, ``count``.
  public let index: Int
  public let count: Int
  /// Whether the split holds all other pictures.
  package let isRest: Bool

  /// - Returns: nil if there is no such split.
  public init?(index: Int, of count: Int, isRest: Bool = false) {
    guard (1...1_000_000).contains(count), (0..<count).contains(index) else { return nil }
    (self.index, self.count, self.isRest) = (index, count, isRest)
  }

  /// Whether the picture with that number belongs to the split.
  public func contains(picture id: Int) -> Bool {
    let remainder = id % count
    return ((remainder < 0 ? remainder + count : remainder) == index) != isRest
  }
}

extension PictureSplit: LosslessStringConvertible {
  public init?(_ text: String) {
    let isRest = text.hasPrefix("not ")
    let numbers = text.dropFirst(isRest ? 4 : 0).split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 2, let number = numbers[0], let count = numbers[1], number > 0 else { return nil }
    self.init(index: number - 1, of: count, isRest: isRest)
  }

  public var description: String { "\(isRest ? "not " : "")\(index + 1)/\(count)" }
}

extension Dataset {
  /// The pictures of a split, with their people.
  public func keeping(_ split: PictureSplit) -> Dataset {
    var dataset = self
    dataset.pictures = []
    var indices: [Int: Int] = [:]
    for (index, picture) in pictures.enumerated() where split.contains(picture: picture.id) {
      indices[index] = dataset.pictures.count
      dataset.pictures.append(picture)
    }
    dataset.people = people.compactMap { person in
      guard let picture = indices[person.picture] else { return nil }
      var person = person
      person.picture = picture
      return person
    }
    return dataset
  }
}
