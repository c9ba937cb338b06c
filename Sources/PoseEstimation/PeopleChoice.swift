import PoseCore

/// Which of the people in a picture are looked at.
public struct PeopleChoice: Sendable, Hashable {
  /// How many at most.
  public var count: Int
  public var rule: Rule

  /// Who comes first.
  public enum Rule: String, Sendable, Hashable, CaseIterable {
    /// Of the greatest box.
    case largest
    /// Of the best score.
    case best
    /// Nearest to the middle of the picture.
    case central
  }

  /// - Precondition: `count` is not negative.
  public init(_ count: Int, _ rule: Rule = .largest) {
    precondition(count >= 0, "\(count) people cannot be chosen")
    (self.count, self.rule) = (count, rule)
  }

  /// The indices of the chosen people in their order; of equals the first.
  func callAsFunction(_ people: [Detection], in picture: Size) -> [Int] {
    func rank(_ detection: Detection) -> Double {
      let box = detection.boundingBox
      switch rule {
      case .largest: return -box.area
      case .best: return -detection.score
      case .central:
        let x = box.x + (box.width - Double(picture.width)) / 2
        let y = box.y + (box.height - Double(picture.height)) / 2
        return x * x + y * y
      }
    }
    let ranks = people.map(rank)
    return people.indices.sorted { ranks[$0] != ranks[$1] ? ranks[$0] < ranks[$1] : $0 < $1 }.prefix(count).sorted()
  }
}
