import PoseCore

/// Why a checkpoint does not fit a network: every name at fault, each with the nearest candidate.
public struct CheckpointMismatch: UserError, Hashable {
  /// How many names of each kind the message shows.
  static let shownCount = 5

  /// The network's name.
  public let network: String
  /// Parameters that the checkpoint lacks.
  public let missing: [Name]
  /// Tensors that have no place in the network.
  public let unexpected: [Name]
  /// Tensors of another shape than the network's.
  public let misshapen: [Shape]

  public struct Name: Sendable, Hashable {
    public let name: String
    /// The most similar name on the other side that is at fault too; for the first few names only.
    public let candidate: String?
  }

  public struct Shape: Sendable, Hashable {
    public let name: String
    public let expected: [Int]
    public let actual: [Int]
  }
}

extension Graph {
  /// Checks that a checkpoint has every parameter in its shape and nothing else.
  ///
  /// Counters of batches (`num_batches_tracked`) may be missing, as they are in old and in converted checkpoints.
  ///
  /// - Throws: ``CheckpointMismatch`` with all that does not fit.
  public func check(_ checkpoint: Checkpoint) throws(CheckpointMismatch) {
    let needed = Set(parameters.map(\.name))
    let missing = parameters.filter { $0.role != .buffer(isInteger: true) && checkpoint[$0.name] == nil }.map(\.name)
    let unexpected = checkpoint.names.filter { !needed.contains($0) }
    let misshapen = parameters.compactMap { parameter -> CheckpointMismatch.Shape? in
      guard let tensor = checkpoint[parameter.name], tensor.shape != parameter.shape,
        parameter.role != .buffer(isInteger: true)
      else { return nil }
      return .init(name: parameter.name, expected: parameter.shape, actual: tensor.shape)
    }
    if missing.isEmpty, unexpected.isEmpty, misshapen.isEmpty { return }
    throw CheckpointMismatch(
      network: name,
      missing: named(missing, candidates: unexpected),
      unexpected: named(unexpected, candidates: missing),
      misshapen: misshapen)
  }
}

/// Names with their nearest candidates; a candidate takes thousands of edit distances, so only the names that a message
/// shows get one.
private func named(_ names: [String], candidates: [String]) -> [CheckpointMismatch.Name] {
  names.enumerated().map { index, name in
    let isShown = index < CheckpointMismatch.shownCount
    return .init(name: name, candidate: isShown ? nearest(to: name, among: candidates) : nil)
  }
}

extension CheckpointMismatch: CustomStringConvertible {
  public var description: String {
    var lines = ["the checkpoint does not fit \(network):"]
    func list(_ title: String, _ entries: [String]) {
      guard !entries.isEmpty else { return }
      lines.append("  \(title) \(entries.count)")
      lines += entries.prefix(Self.shownCount).map { "    " + $0 }
      if entries.count > Self.shownCount { lines.append("    ... and \(entries.count - Self.shownCount) more") }
    }
    func describe(_ name: Name) -> String { name.candidate.map { "\(name.name) (like \($0)?)" } ?? name.name }
    list("parameters that are missing:", missing.map(describe))
    list("tensors without a place in this network:", unexpected.map(describe))
    list("tensors of another shape:", misshapen.map { "\($0.name): \($0.actual), the network has \($0.expected)" })
    return lines.joined(separator: "\n")
  }
}

/// The candidate that starts with the name but for separators and case, or else the one that needs the fewest edits, if
/// those are less than half the name or, as two swapped letters, two.
package func nearest(to name: String, among candidates: [String]) -> String? {
  func letters(_ text: String) -> String { text.prefix(256).lowercased().filter { $0.isLetter || $0.isNumber } }
  let beginning = letters(name)
  if beginning.count >= 3 {
    // If several do, the one that shares the longest beginning with the name, separators included.
    let whole = name.lowercased()
    let starting = candidates.prefix(500).filter { letters($0).hasPrefix(beginning) }
    let ranked = starting.map { (candidate: $0, common: zip($0.lowercased().utf8, whole.utf8).prefix(while: ==).count) }
    if let first = ranked.first {
      return ranked.dropFirst().reduce(first) { $1.common > $0.common ? $1 : $0 }.candidate
    }
  }
  // The distance is quadratic in the length and a mismatch can have thousands of names: only look where it can help.
  let name = Array(name.utf8.prefix(256))
  var best: (distance: Int, candidate: String)?
  for candidate in candidates.prefix(500) {
    let other = Array(candidate.utf8.prefix(256))
    let bound = min(best?.distance ?? .max, max(name.count / 2, 3))
    guard abs(other.count - name.count) < bound else { continue }
    let distance = editDistance(name, other)
    if distance < bound { best = (distance, candidate) }
  }
  return best?.candidate
}

/// Levenshtein's distance.
func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
  var row = Array(0...b.count)
  for (i, x) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, y) in b.enumerated() {
      let cost = x == y ? diagonal : min(diagonal, row[j], row[j + 1]) + 1
      diagonal = row[j + 1]
      row[j + 1] = cost
    }
  }
  return row[b.count]
}
