extension Zoo {
  /// The configurations that a weights file's name speaks for, the most likely first: those that list it among their
  /// published weights, then those whose name it starts with, longest first.
  public static func configurations(forFile path: String) -> [ModelConfiguration] {
    let stem = String(path.split(separator: "/").last ?? "").withoutWeightsSuffix
    guard !stem.isEmpty else { return [] }
    // Most texts do not mention the name and need not be parsed.
    let publishers = names.filter {
      embeddedConfigurations[$0].map { $0.contains("/" + stem) || $0.contains("file: " + stem) } ?? false
    }
    .compactMap { try? configuration(named: $0) }
    .filter { $0.weights.contains { $0.fileName.withoutWeightsSuffix == stem } }
    let named = names.filter { stem.startsWithWords($0) }.sorted { $0.utf8.count > $1.utf8.count }
      .compactMap { try? configuration(named: $0) }
    return publishers + named
  }
}

extension ModelConfiguration {
  /// Whether both networks are the same and get the same input from a picture, and both read their outputs alike.
  package func treatsPictures(like other: ModelConfiguration) -> Bool {
    model == other.model && image == other.image && inputPose == other.inputPose && codec == other.codec
      && test == other.test
  }
}

extension String {
  /// A file's name without the suffixes of weights.
  fileprivate var withoutWeightsSuffix: String {
    let suffix = [".safetensors", ".pth", ".pt", ".tar", ".bin", ".ckpt", ".pdparams", ".npz", ".onnx"].first(
      where: hasSuffix)
    return suffix.map { String(dropLast($0.count)).withoutWeightsSuffix } ?? self
  }

  /// Whether the text starts with a name and goes on with neither a letter nor a digit.
  fileprivate func startsWithWords(_ name: String) -> Bool {
    guard hasPrefix(name) else { return false }
    return dropFirst(name.count).first.map { !$0.isLetter && !$0.isNumber } ?? true
  }
}
