import ArgumentParser
import Foundation
import PoseConfiguration
import TestSupport
import Testing

// The whole module would hide Testing's `Test`.
@testable import struct pose.CommandWords
@testable import struct pose.PoseCommand

/// A line that the documentation shows must work: options that were renamed and targets that are gone are found here.
@Suite("The documentation's commands")
struct DocumentationTests {
  static let commands = DocumentedCommand.all

  @Test("the parser takes every `pose` line in a block of code")
  func blocks() throws {
    let lines = Self.commands.filter { $0.words.first == "pose" && !$0.isInline }
    try #require(lines.count > 20)
    for line in lines { #expect(complaint(about: line.words) == nil, "\(line)") }
    print("Only parsed, not run:\n" + lines.map { "  \($0)" }.joined(separator: "\n"))
  }

  @Test("sentences name commands and options that exist")
  func sentences() throws {
    let lines = Self.commands.filter { $0.words.first == "pose" && $0.isInline && $0.words.count > 1 }
    try #require(lines.count > 10)
    let names = PoseCommand.configuration.subcommands.map { $0._commandName } + ["help"]
    for line in lines {
      #expect(names.contains(line.words[1]) || line.words[1].hasPrefix("-"), "\(line)")
      let text = helpText(of: line.words[1])
      for option in line.options where !["train", "track"].contains(line.words[1]) {
        #expect(text.contains(option), "\(line)")
      }
    }
  }

  @Test("every `make` line names a target and variables that the Makefile has")
  func targets() throws {
    let makefile = try String(contentsOf: SharedData.checkout.appending(path: "Makefile"), encoding: .utf8)
    let targets = Set(makefile.matches(of: /(?m)^([a-z][a-z-]*):/).map { String($0.1) })
    let lines = Self.commands.filter { $0.words.first == "make" }
    try #require(lines.count > 10)
    for line in lines {
      for word in line.words.dropFirst() {
        if let variable = word.firstMatch(of: /^([A-Z_]+)=/) {
          #expect(makefile.contains("$(\(variable.1))"), "\(line)")
        } else {
          #expect(targets.contains(word), "\(line)")
        }
      }
    }
  }

  @Test("configurations that lines name are in the zoo")
  func configurations() {
    for line in Self.commands where line.words.first == "pose" {
      let named = zip(line.words, line.words.dropFirst()).filter {
        ["train", "summary", "--config"].contains($0.0) && !$0.1.hasPrefix("-") && !$0.1.contains(".")
      }
      for (_, name) in named where name == name.lowercased() {
        #expect(Zoo.names.contains(name), "\(line)")
      }
    }
  }

  @Test("options of `pose train` are those of pose-train")
  func training() throws {
    let source = SharedData.checkout.appending(path: "Training/Sources/pose-train/PoseTrain.swift")
    let text = try String(contentsOf: source, encoding: .utf8)
    for line in Self.commands where line.words.starts(with: ["pose", "train"]) {
      for option in line.options where option != "--help" {
        let parts = option.dropFirst(2).split(separator: "-")
        let property = parts.dropFirst().reduce(String(parts.first ?? "")) { $0 + $1.capitalized }
        let isKnown = text.contains("var \(property)") || text.contains("\"\(option.dropFirst(2))\"")
        #expect(isKnown, "\(line): \(option)")
      }
    }
  }

  @Test("every link leads to a file of the repository, to one of its headings, or has the form of a web address")
  func links() throws {
    try #require(DocumentedLink.pages.count > 10 && DocumentedLink.all.count > 25)
    for link in DocumentedLink.all { #expect(link.problem == nil, "\(link)") }
  }

  @Test("links are found outside of code, and those that lead nowhere are noticed")
  func wrongLinks() {
    let page = """
      # A `b`, [c](README.md): d_e
      [two
      lines](README.md) ![picture](nowhere.png "title") `[code](x)` <https://a.b/c> [web](http://nowhere) [1]
      ```
      [code](x)
      ```
      [own](#nowhere) [other](CONTRIBUTING.md#layers) [above](../x)

      [1]: LICENSE
      """
    let links = DocumentedLink.links(of: "CHANGELOG.md", in: page)
    let problems = Dictionary(
      uniqueKeysWithValues: Set(links.map(\.target)).map { target in
        (target, DocumentedLink(page: "CHANGELOG.md", target: target).problem ?? "")
      })
    #expect(
      problems == [
        "README.md": "", "nowhere.png": "no such file", "https://a.b/c": "", "http://nowhere": "not a web address",
        "#nowhere": "no such heading", "CONTRIBUTING.md#layers": "", "../x": "no such file", "LICENSE": "",
      ])
    #expect(DocumentedLink.anchors(in: page + "\n## A\n## A\n") == ["a-b-c-d_e", "a", "a-1"])
  }

  @Test("lines are found as a shell reads them")
  func reading() {
    let page = """
      Use `pose models` or `make demo IMAGE=a.jpg`.
      ```
      A=1 pose predict 'a b.jpg' \\
        --output out   # drawn
      make train && pose doctor
      torchrun --nproc-per-node 4 pose train x --launcher pytorch
      import pose
      ```
      """
    let found = DocumentedCommand.commands(in: page, file: "a.md")
    #expect(
      found.map(\.words) == [
        ["pose", "models"], ["make", "demo", "IMAGE=a.jpg"], ["pose", "predict", "a b.jpg", "--output", "out"],
        ["make", "train"], ["pose", "doctor"], ["pose", "train", "x", "--launcher", "pytorch"],
      ])
    #expect(found.map(\.isInline) == [true, true, false, false, false, false])
  }

  @Test(
    "lines that the parser does not take are noticed",
    arguments: [
      "pose predikt a.jpg", "pose predict a.jpg --outptu out", "pose test --out a.json", "pose models --json",
    ])
  func wrongLines(_ line: String) {
    #expect(complaint(about: line.split(separator: " ").map(String.init)) != nil)
  }

  /// Parses and validates, and opens nothing. Warnings about former spellings are complaints, too.
  private func complaint(about words: [String]) -> String? {
    do {
      let names = PoseCommand.configuration.subcommands.map { $0._commandName }
      let line = try CommandWords(Array(words.dropFirst()), commands: names)
      if let warning = line.warnings.first { return warning }
      _ = try PoseCommand.parseAsRoot(line.words)
      return nil
    } catch {
      // Help is no failure.
      return PoseCommand.exitCode(for: error) == .success ? nil : PoseCommand.message(for: error)
    }
  }

  private func helpText(of command: String) -> String {
    guard let type = PoseCommand.configuration.subcommands.first(where: { $0._commandName == command }) else {
      return PoseCommand.helpMessage() + "--generate-completion-script"
    }
    return PoseCommand.helpMessage(for: type)
  }
}

extension DocumentedCommand {
  /// The options without their values.
  var options: [String] {
    words.filter { $0.hasPrefix("--") && $0.count > 2 }.compactMap { $0.split(separator: "=").first.map(String.init) }
  }
}
