import Testing

/// A text that a test takes as an argument. Reports print its beginning and its length, however long it is.
package struct TestText: Sendable, ExpressibleByStringLiteral, CustomTestStringConvertible {
  package var text: String

  package init(_ text: String) { self.text = text }
  package init(stringLiteral text: String) { self.text = text }

  /// A part again and again.
  package static func repeating(_ part: String, _ count: Int) -> TestText {
    TestText(String(repeating: part, count: count))
  }

  package var testDescription: String {
    let size = text.utf8.count
    return size <= 100 ? text.debugDescription : "\(text.prefix(40).debugDescription) ... (\(size) bytes)"
  }
}
