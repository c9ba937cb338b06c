/// The files and folders of a search that are not pictures, counted by kind.
struct SkippedFiles {
  private var counts: [String: Int] = [:]
  /// The number of folders that were not searched.
  var folderCount = 0

  /// - Parameter kind: a file's ending, or what it is.
  mutating func add(_ kind: String) { counts[kind, default: 0] += 1 }

  func added(since before: SkippedFiles) -> SkippedFiles {
    var added = SkippedFiles()
    for (kind, count) in counts where count > before.counts[kind, default: 0] {
      added.counts[kind] = count - before.counts[kind, default: 0]
    }
    added.folderCount = folderCount - before.folderCount
    return added
  }

  /// One line about all of them; nil if there are none.
  var text: String? {
    let total = counts.values.reduce(0, +)
    var parts: [String] = []
    if total > 0 {
      let kinds = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      var names = kinds.prefix(5).map { "\($0.value) \($0.key)" }
      let others = kinds.dropFirst(5).reduce(0) { $0 + $1.value }
      if others > 0 { names.append(others.counted("other")) }
      let subject = total.counted("file that is not a picture", "files that are not pictures")
      parts.append("\(subject): \(names.joined(separator: ", "))")
    }
    if folderCount > 0 {
      parts.append("\(folderCount.counted("folder")) (--recursive searches folders)")
    }
    return parts.isEmpty ? nil : "skipped " + parts.joined(separator: "; ")
  }
}
