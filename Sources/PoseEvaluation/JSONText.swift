#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Double {
  /// JSON has no numbers that are not finite.
  var json: String { isFinite ? "\(self)" : "0" }
}

extension String {
  /// In quotation marks, with escapes.
  var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
  }
}
