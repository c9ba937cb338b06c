import Foundation
import PoseConfiguration
import PoseFormats
import PoseGraph
import TestSupport
import Testing

/// The README's table of formats says of each what `pose` reads and writes.
struct FormatTableTests {
  /// A row of the table.
  struct Row: Sendable, CustomTestStringConvertible {
    let endings: [String]
    let readsWeights: String
    let writesWeights: String
    let network: String
    var testDescription: String { endings.joined(separator: " ") }
  }

  static let rows: [Row] = {
    let readme = SharedData.checkout.appending(path: "README.md")
    let lines = ((try? String(contentsOf: readme, encoding: .utf8)) ?? "").split(
      separator: "\n", omittingEmptySubsequences: false)
    let table = lines.drop { !$0.hasPrefix("| format | of | weights read") }.dropFirst(2).prefix { $0.hasPrefix("|") }
    return table.map { line in
      let cells = line.dropFirst().split(separator: "|", omittingEmptySubsequences: false).map {
        $0.trimmingCharacters(in: .whitespaces)
      }
      return Row(
        endings: cells[0].split(separator: ",").map { $0.trimmingCharacters(in: CharacterSet(charactersIn: " `.")) },
        readsWeights: cells[2], writesWeights: cells[3], network: cells[4])
    }
  }()

  private static let recipe = ["--config", "wider_naive_litehrnet_18_everyday_128x96", "--weights", "recipe"]

  @Test("every format that is written or read has a row")
  func complete() throws {
    #expect(Self.rows.filter { $0.writesWeights == "yes" }.flatMap(\.endings).sorted() == CheckpointFormats.extensions)
    let refused = try Command(["export", "--output", "x.x"] + Self.recipe)
    let named = refused.errors.split { !$0.isLetter && $0 != "." }.filter { $0.hasPrefix(".") }.map { $0.dropFirst() }
    let written = Self.rows.filter { $0.network.hasPrefix("written") }.flatMap(\.endings)
    #expect(Set(named.map(String.init)).subtracting(["x"]) == Set(written), "\(refused.errors)")
  }

  @Test("a row says what is read and written", arguments: rows)
  func row(_ row: Row) throws {
    for ending in row.endings {
      let file = ScratchFolder.file(ending).path
      let writes = row.writesWeights == "yes"
      #expect(try Command(["convert", file] + Self.recipe).code == (writes ? 0 : 64), "\(ending)")
      if writes {
        let read = try Command("convert", file, ScratchFolder.file("npz").path, "--config", Self.recipe[1])
        #expect(read.code == (row.readsWeights == "yes" ? 0 : 65), "\(read.errors)")
      }
      let exported = ScratchFolder.file(ending).path
      let isWritten = row.network.hasPrefix("written")
      #expect(try Command(["export", "--output", exported] + Self.recipe).code == (isWritten ? 0 : 64), "\(ending)")
      guard isWritten else { continue }
      // A network is no file of weights.
      let weights = try Command("convert", exported, ScratchFolder.file("npz").path, "--config", Self.recipe[1])
      #expect(weights.code == 65, "\(ending): \(weights.errors)")
      guard row.network.contains("run") else { continue }
      let input = ScratchFolder.file("npy")
      try Data(WeightRecipe.input(shape: [1, 3, 128, 96]).npy()).write(to: input)
      let run = try Command(
        "forward", "--model", exported, "--input", input.path, "--output", ScratchFolder.file("npy").path)
      #expect(run.code == 0, "\(run.errors)")
    }
  }
}
