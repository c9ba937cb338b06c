import ArgumentParser

/// A count on the command line, whole or with a suffix: `1500000`, `108M`, `2G`.
struct ScaledCount: CustomStringConvertible, Sendable {
  let count: Int
  /// The factor from one suffix to the next: 1024 for bytes, 1000 for pixels.
  private let step: Int

  init(_ count: Int, step: Int) { (self.count, self.step) = (count, step) }

  /// - Throws: `ValidationError` for text that is not such a count.
  static func bytes(_ argument: String) throws -> ScaledCount { try ScaledCount(argument, step: 1024) }

  /// - Throws: `ValidationError` for text that is not such a count.
  static func pixels(_ argument: String) throws -> ScaledCount { try ScaledCount(argument, step: 1000) }

  private init(_ argument: String, step: Int) throws {
    let suffix = Self.suffixes.firstIndex(of: argument.suffix(1).uppercased())
    let digits = suffix == nil ? argument[...] : argument.dropLast()
    // Signs and spaces are not allowed.
    guard digits.allSatisfy({ $0.isASCII && $0.isNumber }), let number = Int(digits),
      case (let count, false) = number.multipliedReportingOverflow(by: Self.factor(suffix, step)), count > 0
    else {
      throw ValidationError(
        "give a whole number of 1...\(Int.max), or a smaller one with a suffix: K for \(step), M for "
          + "\(Self.factor(1, step)), G or T")
    }
    self.init(count, step: step)
  }

  var description: String {
    for (index, suffix) in Self.suffixes.enumerated().reversed() {
      let factor = Self.factor(index, step)
      if count.isMultiple(of: factor) { return "\(count / factor)\(suffix)" }
    }
    return "\(count)"
  }

  private static let suffixes = ["K", "M", "G", "T"]

  private static func factor(_ suffix: Int?, _ step: Int) -> Int {
    suffix.map { repeatElement(step, count: $0 + 1).reduce(1, *) } ?? 1
  }
}
