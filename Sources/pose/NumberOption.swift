import ArgumentParser

/// A number that an option takes.
protocol OptionNumber: Comparable, LosslessStringConvertible, Sendable {
  /// What messages call such a number.
  static var noun: String { get }
}

extension Int: OptionNumber {
  static var noun: String { "whole number" }
}

extension UInt64: OptionNumber {
  static var noun: String { "whole number" }
}

extension Double: OptionNumber {
  static var noun: String { "number" }
}

extension Option where Value: Sendable {
  /// An option that takes a number of a range, which the message about any other value names.
  init(wrappedValue: Value, name: NameSpecification = .long, in range: ClosedRange<Value>, help: ArgumentHelp)
  where Value: OptionNumber {
    var help = help
    // The parser only shows the defaults of values that it can print itself.
    help.abstract += " (default: \(text(wrappedValue)))"
    self.init(wrappedValue: wrappedValue, name: name, help: help) { try number($0, in: range) }
  }

  /// An option without a default that takes a number of a range.
  init<Number: OptionNumber>(name: NameSpecification = .long, in range: ClosedRange<Number>, help: ArgumentHelp)
  where Value == Number? {
    self.init(name: name, help: help) { try number($0, in: range) }
  }
}

/// - Throws: `ValidationError` for text that is not a number of the range.
private func number<Number: OptionNumber>(_ argument: String, in range: ClosedRange<Number>) throws -> Number {
  // No range contains a value that is not a number.
  guard let number = Number(argument), range.contains(number) else {
    throw ValidationError("give a \(Number.noun) of \(text(range.lowerBound))...\(text(range.upperBound))")
  }
  return number
}

/// Without the decimals of a whole number.
private func text(_ number: some OptionNumber) -> String {
  let text = "\(number)"
  return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}

extension ClosedRange<Double> {
  /// The scores of detectors and networks, most of which lie within 0...1.
  static let scores = -1_000_000.0...1_000_000
  /// Shares of a whole.
  static let shares = 0.0...1
}
