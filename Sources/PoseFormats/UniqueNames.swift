/// The names of a file's values, which must differ: a number is appended to one that is taken.
struct UniqueNames {
  private var taken: Set<String>
  /// The number that a name was given last, from which the search for a free one goes on.
  private var numbers: [String: Int] = [:]

  init(taken: Set<String> = []) { self.taken = taken }

  /// The name itself, or `name_1`, `name_2` and so on if it is taken. The result is then taken, too.
  mutating func next(_ name: String) -> String {
    var (candidate, number) = (name, numbers[name] ?? 0)
    while !taken.insert(candidate).inserted {
      number += 1
      candidate = "\(name)_\(number)"
    }
    numbers[name] = number
    return candidate
  }

  func contains(_ name: String) -> Bool { taken.contains(name) }
}
