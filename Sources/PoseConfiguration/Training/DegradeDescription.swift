import PoseImage

/// The `degrade` section of an augmentation: how often crops look as worse cameras take them, and how much worse. Of a teacher
/// and its student, only the student sees them so.
package struct DegradeDescription: Sendable, Hashable, Codable {
  /// How often a crop is degraded.
  package var probability = 0.5
  /// What may happen to it.
  package var kinds = DegradationKind.allCases
  /// The least and the greatest strength, of 0...5; each between them is as frequent.
  package var strength = [0.5, 5]
  /// The same for kinds that have a range of their own.
  package var ranges: [String: [Double]] = [:]
  /// The most kinds that happen to one crop at once.
  package var mostAtOnce = 1

  package init() {}

  enum CodingKeys: String, CodingKey, CaseIterable {
    case probability, kinds, strength, ranges
    case mostAtOnce = "most_at_once"
  }

  package init(from decoder: any Decoder) throws {
    let section = try Section<CodingKeys>(decoder)
    probability = try section.number(.probability, default: probability, in: 0...1)
    let names = try section.value(.kinds, default: kinds.map(\.rawValue))
    kinds = try names.map { name in
      guard let kind = DegradationKind(rawValue: name) else {
        throw section.unknown(name, .kinds, known: DegradationKind.allCases.map(\.rawValue))
      }
      return kind
    }
    try section.check(
      .kinds, !kinds.isEmpty && Set(kinds).count == kinds.count, "needs one kind or more, each once, not \(names)")
    func check(_ range: [Double], _ key: CodingKeys, of subject: String) throws {
      let isRange = range.count == 2 && range[0] <= range[1] && range.allSatisfy { (0...5).contains($0) }
      try section.check(key, isRange, "needs two ascending numbers in 0...5\(subject), not \(range)")
    }
    strength = try section.value(.strength, default: strength)
    try check(strength, .strength, of: "")
    ranges = try section.value(.ranges, default: ranges)
    for (name, range) in ranges.sorted(by: { $0.key < $1.key }) {
      guard kinds.contains(where: { $0.rawValue == name }) else {
        throw section.unknown(name, .ranges, known: kinds.map(\.rawValue))
      }
      try check(range, .ranges, of: " for \(name)")
    }
    mostAtOnce = try section.count(.mostAtOnce, default: mostAtOnce, in: 1...DegradationKind.allCases.count)
  }

  /// The range of a kind's strength.
  package func strength(of kind: DegradationKind) -> ClosedRange<Double> {
    let range = ranges[kind.rawValue] ?? strength
    guard range.count == 2, range[0] <= range[1] else { return 0...5 }
    return range[0]...range[1]
  }
}
