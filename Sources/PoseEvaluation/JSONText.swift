#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Double {
  /// The shortest text that reads back as the same number; `null` for what is no finite number, which JSON does not have.
  var json: String { isFinite ? "\(self)" : "null" }
}

extension String {
  /// In quotation marks, with escapes.
  var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
  }
}
