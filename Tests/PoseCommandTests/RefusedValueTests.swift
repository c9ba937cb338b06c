import ArgumentParser
import Testing

// The whole module would hide Testing's `Test`.
@testable import struct pose.CommandWords
@testable import struct pose.PoseCommand

/// A message about a value says what the option takes.
@Suite("Values that options refuse")
struct RefusedValueTests {
  /// An option that takes a value.
  struct ValuedOption: CustomStringConvertible, Sendable {
    var command: String
    var name: String
    /// What the help calls the value.
    var value: String

    var description: String { "\(command) \(name)" }
  }

  /// All options but those that take a path.
  static let options: [ValuedOption] = PoseCommand.configuration.subcommands.flatMap { command in
    let text = PoseCommand.helpMessage(for: command)
    return text.matches(of: /(--[a-z-]+) <([^>]+)>/).map {
      ValuedOption(command: command._commandName, name: String($0.1), value: String($0.2))
    }
  }
  .filter { option in
    let value = option.value
    // Names of classes are those of files that are read later.
    return !["file", "folder", "file|name", "names", "category,category"].contains(value) && !value.contains(".np")
  }

  @Test("every option that takes no path says what it takes instead of some text", arguments: options)
  func text(_ option: ValuedOption) throws {
    let words = try #require(complaint(about: option.command, "\(option.name)=any"))
    let rest = try #require(words.firstMatch(of: /invalid for '[^']*'(?s)(.*)/), "\(words)").1
    #expect(rest.count > 15, "\(words)")
  }

  static let shares = ("0...1", ["-0.1", "1.1"])
  static let scores = ("-1000000...1000000", ["1000001"])
  static let counts = ("1...\(Int.max)", ["0", "-1", "9999999999999G", "1.5M"])

  @Test(
    "numbers out of range are refused with the range",
    arguments: [
      ("predict --threads", "1...256", ["0", "257"]), ("predict --max-pixels", counts.0, counts.1),
      ("predict --memory-limit", counts.0, counts.1), ("test --box-threshold", scores.0, scores.1),
      ("test --box-nms", shares.0, shares.1), ("test --nms-threshold", shares.0, shares.1),
      ("test --shard", "from 1/4 to 4/4", ["0/4", "5/4", "1/0"]),
      ("test --part", "1/5 to 5/5", ["0/4", "5/4", "not 1", "1/0"]), ("refine --nms-threshold", shares.0, shares.1),
      ("label --minimum-score", scores.0, scores.1), ("evaluate --threshold", "0.001...1000", ["0", "-1"]),
      ("evaluate --crowd-bounds", "0...1", ["0.2", "0.8,0.2", "-1,0.5", "0.2,0.8,0.9"]),
      ("evaluate --size", "count from 0", ["-1,2", "3,3", "1", "3,x,4"]),
      ("summary --shape", "32...4096", ["0x0", "16x64", "64x8192"]),
      ("forward --norm-gain", "0.001...1000", ["0", "1001"]), ("export --norm-gain", "0.001...1000", ["0", "-1"]),
      ("export --largest-batch", "1...4096", ["0", "4097"]),
      ("bench --batch", "1...1024", ["0", "1025"]), ("bench --streams", "1...128", ["0", "129"]),
      ("bench --rounds", "1...1000000", ["0", "1000001"]), ("bench --seconds", "0.001...3600", ["0", "3601"]),
      ("browse --count", "1...1000", ["0", "1001"]), ("browse --columns", "1...100", ["0", "101"]),
      ("browse --epoch", "0...1000000", ["-1"]), ("browse --first", "0...1000000000", ["-1"]),
      ("browse --seconds", "0.01...3600", ["0", "3601"]), ("browse --seed", "0...\(UInt64.max)", ["-1", "1.5"]),
    ] as [(String, String, [String])])
  func range(_ option: String, _ range: String, _ values: [String]) throws {
    let words = option.split(separator: " ").map(String.init)
    for value in values + ["nan", "inf", "1e99", "-99999999999999999999", "1,2,3,x"] {
      for argument in [["\(words[1])=\(value)"], [words[1], value]] {
        let message = try #require(complaint(about: [words[0]] + argument), "\(value)")
        #expect(message.contains(range) && message.contains("'\(value)'"), "\(message)")
      }
    }
  }

  @Test("the help names the defaults of numbers")
  func defaults() throws {
    let bench = try #require(PoseCommand.configuration.subcommands.first { $0._commandName == "bench" })
    let words = PoseCommand.helpMessage(for: bench).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(words.contains("The number of pictures in one run. (default: 1)"), "\(words)")
  }

  @Test("a setting that the configuration does not take is wrong usage")
  func settings() throws {
    for (setting, words) in [("train.augmentation.rotation=abc", "needs numbers"), ("trian.epochs=1", "train")] {
      let run = try Command("browse", "--time", "--set", setting)
      #expect(run.code == 64 && run.errors.contains(words), "\(run.errors)")
    }
  }

  private func complaint(about words: String...) -> String? { complaint(about: words) }

  /// The message of a line that is wrong usage; nil if the parser takes it.
  private func complaint(about words: [String]) -> String? {
    do {
      let names = PoseCommand.configuration.subcommands.map { $0._commandName }
      _ = try PoseCommand.parseAsRoot(CommandWords(words, commands: names).words)
      return nil
    } catch {
      return PoseCommand.exitCode(for: error) == .validationFailure ? PoseCommand.message(for: error) : nil
    }
  }
}
