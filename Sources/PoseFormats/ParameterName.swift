// The parts of a parameter's name: `backbone.stem.conv1.conv` is the module and `weight` the leaf.

extension String {
  /// What follows the last dot of a parameter's name: `weight`.
  var leaf: String { lastIndex(of: ".").map { String(self[index(after: $0)...]) } ?? self }
  /// What comes before the last dot.
  var module: String { lastIndex(of: ".").map { String(self[..<$0]) } ?? "" }
  func joined(_ leaf: String) -> String { isEmpty ? leaf : "\(self).\(leaf)" }

  /// The same name with another word in the places between dots where one word stands.
  func replacing(part: String, with other: String) -> String {
    split(separator: ".", omittingEmptySubsequences: false).map { $0 == part ? other : String($0) }.joined(
      separator: ".")
  }
}
