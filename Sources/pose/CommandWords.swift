import PoseGraph

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The words of a command line, made ready for the parser: former spellings become today's, and words that the parser
/// would misread are refused or made clear.
struct CommandWords {
  /// The words to parse.
  private(set) var words: [String]
  /// A sentence for each former spelling that was used.
  private(set) var warnings: [String] = []

  /// Former names of options, by command. They are accepted for one release.
  private static let formerNames = [
    "test": ["--out": "--output", "--detections": "--boxes"],
    "doctor": ["--kind": "--dataset"],
  ]

  /// The commands whose `--json` took no file.
  private static let jsonWasFlag: Set = ["test", "evaluate", "bench", "doctor", "browse", "summary", "models"]

  /// - Parameters:
  ///   - words: as the shell passed them, without the program's name.
  ///   - commands: the names of the subcommands.
  /// - Throws: ``UsageError`` for an empty word, and for help on a command that does not exist.
  init(_ words: [String], commands: [String]) throws {
    self.words = words
    try checkNames(commands)
    guard let command = words.first, !["train", "track"].contains(command) else { return }
    try checkEmptyWords()
    renameFormerOptions(of: command)
    if Self.jsonWasFlag.contains(command) { completeJSONFlag(of: command) }
    markFiles()
    joinNegativeNumbers()
  }

  /// `pose help nosuch` would print the general help and succeed.
  private func checkNames(_ commands: [String]) throws {
    for word in words.prefix(words.first == "help" ? 2 : 1) where !word.isEmpty && !word.hasPrefix("-") {
      guard word != "help", !commands.contains(word) else { continue }
      let hint = nearest(to: word, among: commands).map { "did you mean '\($0)'?" } ?? "`pose help` lists them"
      throw UsageError("there is no command '\(word)': \(hint)")
    }
  }

  /// An empty word is a variable of the shell that is not set, more often than not.
  private func checkEmptyWords() throws {
    for (index, word) in words.enumerated() {
      let isEmptyOption = word.hasPrefix("--") && word.hasSuffix("=")
      guard word.isEmpty || isEmptyOption else { continue }
      let option = isEmptyOption ? String(word.dropLast()) : index > 0 ? words[index - 1] : ""
      let place = option.hasPrefix("--") ? "\(option) is given" : "the command line has"
      throw UsageError("\(place) an empty value: is a variable of the shell not set?")
    }
  }

  /// The parser takes the `-1` of `--epoch -1` for an option and says that the value is missing.
  private mutating func joinNegativeNumbers() {
    for index in words.indices.prefix(optionEnd).dropFirst().reversed() {
      let (option, word) = (words[index - 1], words[index])
      guard word.hasPrefix("-"), word.dropFirst().first?.isNumber == true, option.hasPrefix("--"), !option.contains("=")
      else { continue }
      words[index - 1] = "\(option)=\(word)"
      words.remove(at: index)
    }
  }

  private mutating func renameFormerOptions(of command: String) {
    guard let names = Self.formerNames[command] else { return }
    for index in words.indices.prefix(optionEnd) {
      let parts = words[index].split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = parts.first.map(String.init), let newName = names[name] else { continue }
      words[index] = ([newName] + parts.dropFirst().map(String.init)).joined(separator: "=")
      warnings.append("\(name) is now called \(newName); the next release no longer accepts the old name")
    }
  }

  private mutating func completeJSONFlag(of command: String) {
    for index in words.indices.prefix(optionEnd).reversed() where words[index] == "--json" {
      let next = index + 1 < words.count ? words[index + 1] : nil
      if let next, next == "-" || !next.hasPrefix("-") { continue }
      words.insert("-", at: index + 1)
      warnings.append("--json takes a file, or - for standard output: write --json -")
    }
  }

  /// The parser takes a file called `-dash.jpg` for a group of options, among them -h.
  private mutating func markFiles() {
    for index in words.indices.prefix(optionEnd).dropFirst() {
      let word = words[index]
      guard word.count > 2, word.hasPrefix("-"), !word.hasPrefix("--"),
        FileManager.default.fileExists(atPath: word)
      else { continue }
      words[index] = "./" + word
    }
  }

  /// Behind `--` there are no options.
  private var optionEnd: Int { words.firstIndex(of: "--") ?? words.count }
}
