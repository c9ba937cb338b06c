import PoseImage

/// How often crops are degraded, and how much. Strengths are drawn evenly from whole ranges, not from the steps that reports
/// compare.
package struct RandomDegradation: Sendable, Hashable, Codable {
  /// How often a crop is degraded.
  package var probability: Double
  /// What may happen to it, each as often as the others, and the range of its strength.
  package var kinds: [Choice]
  /// The most kinds that happen to one crop; each count from 1 on is as frequent.
  package var mostAtOnce = 1

  package struct Choice: Sendable, Hashable, Codable {
    package var kind: DegradationKind
    package var strength: ClosedRange<Double>
  }

  /// Decides for one crop.
  ///
  /// - Returns: what happens to it, in the order in which it happens.
  func draw(from stream: inout RandomStream) -> [Degradation] {
    guard stream.happens(probability), !kinds.isEmpty, mostAtOnce > 0 else { return [] }
    let count = Int.random(in: 1...min(mostAtOnce, kinds.count), using: &stream)
    let chosen = Set(kinds.indices.shuffled(using: &stream).prefix(count).map { kinds[$0].kind })
    return DegradationKind.allCases.compactMap { kind in
      guard let choice = kinds.first(where: { $0.kind == kind }), chosen.contains(kind) else { return nil }
      let strength = stream.uniform(choice.strength.lowerBound, choice.strength.upperBound)
      return Degradation(kind, strength: strength, chance: stream.split(UInt64(kind.order)))
    }
  }
}

extension DegradationKind {
  /// The kind's place in the order of the cases.
  fileprivate var order: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
