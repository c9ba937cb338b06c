/// A pattern of layers' names with numbers: `layer1.{i}.conv{c}` is the name `layer1.0.conv2` where `i` is 0 and `c` is 2. A name
/// that counts from one has `{i+1}`. By two of them, names of one framework become those of another, in both directions.
struct NameTemplate {
  private enum Part {
    case text(Substring)
    case number(name: Substring, offset: Int)
  }

  private let parts: [Part]

  init(_ pattern: String) {
    var parts: [Part] = []
    for (index, piece) in pattern.split(separator: "{", omittingEmptySubsequences: false).enumerated() {
      guard index > 0, let end = piece.firstIndex(of: "}") else {
        parts.append(.text(piece))
        continue
      }
      let number = piece[..<end].split(separator: "+")
      parts.append(.number(name: number[0], offset: number.count > 1 ? Int(number[1]) ?? 0 : 0))
      parts.append(.text(piece[piece.index(after: end)...]))
    }
    self.parts = parts
  }

  /// The numbers of a name, or nil for a name of another pattern.
  func numbers(in name: String) -> [Substring: Int]? {
    var rest = name[...]
    var numbers: [Substring: Int] = [:]
    for part in parts {
      switch part {
      case .text(let text):
        guard rest.hasPrefix(text) else { return nil }
        rest = rest.dropFirst(text.count)
      case .number(let key, let offset):
        let digits = rest.prefix { ("0"..."9").contains($0) }
        guard digits.count < 6, let number = Int(digits), numbers[key] ?? number - offset == number - offset else {
          return nil
        }
        numbers[key] = number - offset
        rest = rest.dropFirst(digits.count)
      }
    }
    return rest.isEmpty ? numbers : nil
  }

  /// The name that has these numbers.
  func name(_ numbers: [Substring: Int]) -> String {
    parts.map { part in
      switch part {
      case .text(let text): String(text)
      case .number(let key, let offset): "\((numbers[key] ?? 0) + offset)"
      }
    }.joined()
  }
}
