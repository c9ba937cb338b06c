import Foundation
import TestSupport

/// A command line that the documentation shows.
struct DocumentedCommand: CustomStringConvertible, Sendable {
  /// The file and line; for sentences, the line after the paragraph.
  var place: String
  var words: [String]
  /// Whether it stands inside a sentence, which may leave arguments out.
  var isInline: Bool

  var text: String { words.joined(separator: " ") }
  var description: String { "\(place): \(text)" }

  /// The lines of `pose` and `make` in README.md, CONTRIBUTING.md, Models/README.md and Documentation/.
  static let all: [DocumentedCommand] = {
    let folder = SharedData.checkout.appending(path: "Documentation")
    let names = (try? FileManager.default.subpathsOfDirectory(atPath: folder.path)) ?? []
    let pages = names.filter { $0.hasSuffix(".md") }.sorted().map { "Documentation/" + $0 }
    return (["README.md", "CONTRIBUTING.md", "Models/README.md"] + pages).flatMap { file in
      let text = (try? String(contentsOf: SharedData.checkout.appending(path: file), encoding: .utf8)) ?? ""
      return commands(in: text, file: file)
    }
  }()

  static func commands(in text: String, file: String) -> [DocumentedCommand] {
    var found: [DocumentedCommand] = []
    var isCode = false
    // The beginning of a line that a backslash continues, and of a paragraph.
    var (continued, paragraph) = ("", "")
    for (index, line) in (text + "\n").split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let place = "\(file):\(index + 1)"
      if !isCode, line.isEmpty || line.hasPrefix("```") {
        let spans = paragraph.split(separator: "`", omittingEmptySubsequences: false).enumerated()
        for (number, span) in spans where number % 2 == 1 {
          found += commands(inLine: String(span), place: place, isInline: true)
        }
        paragraph = ""
      }
      if line.hasPrefix("```") {
        isCode.toggle()
      } else if !isCode {
        paragraph += line + " "
      } else if continued.isEmpty, line.hasPrefix(" ") {
        // Drawings and code are set in, commands are not.
        continue
      } else if line.hasSuffix("\\") {
        continued += line.dropLast()
      } else {
        found += commands(inLine: continued + line, place: place, isInline: false)
        continued = ""
      }
    }
    return found
  }

  private static func commands(inLine line: String, place: String, isInline: Bool) -> [DocumentedCommand] {
    var commands: [[String]] = [[]]
    for word in shellWords(line) {
      if word == "&&" { commands.append([]) } else { commands[commands.count - 1].append(word) }
    }
    return commands.compactMap { words in
      // What stands before the command: variables of the environment, sudo, and launchers of many processes.
      let launchers = ["torchrun", "srun", "mpirun"]
      var rest = words[...]
      while let first = rest.first, first.contains("="), !first.hasPrefix("-") { rest.removeFirst() }
      if rest.first == "sudo" { rest.removeFirst() }
      if let first = rest.first, launchers.contains(first) { rest = rest.drop { $0 != "pose" } }
      guard rest.first == "pose" || rest.first == "make" else { return nil }
      return DocumentedCommand(place: place, words: Array(rest), isInline: isInline)
    }
  }

  /// A line's words as a shell sees them: quotes keep words together, and a comment ends the line.
  private static func shellWords(_ line: String) -> [String] {
    var words: [String] = []
    var word: String?
    var quote: Character?
    for character in line {
      if let open = quote {
        if character == open { quote = nil } else { word = (word ?? "") + String(character) }
      } else if character == "'" || character == "\"" {
        quote = character
        word = word ?? ""
      } else if character == " " {
        if let complete = word { words.append(complete) }
        word = nil
      } else if character == "#", word == nil {
        break
      } else {
        word = (word ?? "") + String(character)
      }
    }
    return words + [word].compactMap(\.self)
  }
}
