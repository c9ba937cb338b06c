import ArgumentParser

/// A number of bytes on the command line: `1500`, `512M`, `4G` (powers of 1024).
struct ByteCount: CustomStringConvertible {
  let bytes: Int

  init(bytes: Int) { self.bytes = bytes }

  /// - Throws: `ValidationError` for what is no number of bytes.
  init(argument: String) throws {
    let units: [Character: Int] = ["K": 10, "M": 20, "G": 30, "T": 40]
    let shift = argument.last.flatMap { units[Character($0.uppercased())] }
    let digits = shift == nil ? argument[...] : argument.dropLast()
    // No sign, no spaces.
    guard digits.allSatisfy({ $0.isASCII && $0.isNumber }), let count = Int(digits),
      case (let bytes, false) = count.multipliedReportingOverflow(by: 1 << (shift ?? 0)), bytes > 0
    else { throw ValidationError("a number of bytes is whole and above 0, such as 500000000, 512M or 4G") }
    self.bytes = bytes
  }

  var description: String {
    for (shift, unit) in [(40, "T"), (30, "G"), (20, "M"), (10, "K")] where bytes % (1 << shift) == 0 {
      return "\(bytes >> shift)\(unit)"
    }
    return "\(bytes)"
  }
}
