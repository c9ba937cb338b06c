import PoseCore
import PoseData
import PoseImage
import PoseMetrics

/// How much a network loses on pictures of worse cameras, by a dataset's own metric.
package struct Robustness: Sendable, Codable {
  /// The metric's main number, such as `AP`.
  package let metric: String
  /// That number on the pictures as they are.
  package let clean: Double
  package let curves: [Curve]

  /// The numbers of one degradation.
  package struct Curve: Sendable, Codable {
    package let degradation: DegradationKind
    package let strengths: [Double]
    /// The degradation's main amount at each strength, as ``Degradation/steps(of:)`` has it.
    package let amounts: [Double]
    package let values: [Double]
    /// How much less than on clean pictures the mean of the values is.
    package let lost: Double

    package var mean: Double { values.reduce(0, +) / Double(max(values.count, 1)) }
  }

  /// Runs a network at each strength of each degradation.
  ///
  /// - Parameters:
  ///   - kinds: the degradations.
  ///   - clean: the metric's main number without any.
  ///   - input: the network's, and how much larger its crops are than boxes.
  ///   - score: the same number with one.
  package init(
    _ kinds: [DegradationKind], clean: MetricValue, input: Size, padding: Double,
    score: (PersonDegradation) throws -> Double
  ) rethrows {
    (metric, self.clean) = (clean.name, clean.value)
    let strengths = Degradation.reportedStrengths
    curves = try kinds.map { kind in
      let values = try strengths.map { strength in
        try score(PersonDegradation(kind: kind, strength: strength, input: input, padding: padding))
      }
      let mean = values.reduce(0, +) / Double(max(values.count, 1))
      return Curve(
        degradation: kind, strengths: strengths,
        amounts: strengths.map { Degradation(kind, strength: $0, chance: RandomStream(seed: 0)).amount },
        values: values, lost: clean.value - mean)
    }
  }

  /// What a degradation takes from this network, as a share of what it takes from another.
  ///
  /// - Returns: nil where the other has no such curve, or loses nothing.
  package func shareOfLoss(_ kind: DegradationKind, against other: Robustness) -> Double? {
    guard let own = curves.first(where: { $0.degradation == kind }),
      let others = other.curves.first(where: { $0.degradation == kind }), others.lost > 0
    else { return nil }
    return own.lost / others.lost
  }
}

extension DegradationKind {
  /// What a kind's main amount is, for people to read.
  package func words(of amount: Double) -> String {
    func share(_ value: Double) -> String { "\(Int((100 * value).rounded()))%" }
    switch self {
    case .gray, .infrared: return "contrast \(share(amount))"
    case .blur: return "motion of \(share(amount)) of the height"
    case .lowres: return "\(Int(amount.rounded())) pixels high"
    case .noise: return "deviation \(Int(amount.rounded())) of 255"
    case .jpeg: return "quality \(Int(amount.rounded()))"
    }
  }
}
