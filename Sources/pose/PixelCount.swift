import ArgumentParser

/// A number of pixels on the command line: `1500000`, `108M` (million), `2G`.
struct PixelCount: ExpressibleByArgument, CustomStringConvertible {
  let pixels: Int

  init(pixels: Int) { self.pixels = pixels }

  init?(argument: String) {
    let units: [Character: Int] = ["K": 1000, "M": 1_000_000, "G": 1_000_000_000]
    let unit = argument.last.flatMap { units[Character($0.uppercased())] }
    let digits = unit == nil ? argument[...] : argument.dropLast()
    // No sign, no spaces.
    guard digits.allSatisfy({ $0.isASCII && $0.isNumber }), let count = Int(digits),
      case (let pixels, false) = count.multipliedReportingOverflow(by: unit ?? 1), pixels > 0
    else { return nil }
    self.pixels = pixels
  }

  var description: String { pixels.isMultiple(of: 1_000_000) ? "\(pixels / 1_000_000)M" : "\(pixels)" }

  var defaultValueDescription: String { description }
}
