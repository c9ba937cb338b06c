import Foundation
import TestSupport
import Testing

@Suite("pose test --degrade")
struct DegradeTests {
  private func run(_ more: String...) throws -> Command {
    let dataset = try DrawnDataset.shared
    return try Command(
      ["test", "--annotations", dataset.annotations, "--images", dataset.folder, "--no-flip-test"] + Sample.model + more
    )
  }

  private struct Numbers: Decodable {
    struct Losses: Decodable {
      struct Curve: Decodable {
        let degradation: String
        let strengths, amounts, values: [Double]
        let lost: Double
      }
      let metric: String
      let clean: Double
      let curves: [Curve]
    }
    let robustness: Losses?
    // swift-format-ignore: AlwaysUseLowerCamelCase
    let AP: Double
  }

  @Test("the losses come as JSON, as a table beside another network's, and as a page with pictures")
  func reports() throws {
    let (file, folder) = (ScratchFolder.file("json"), ScratchFolder.file("report"))
    let first = try run("--degrade", "jpeg,gray", "--json", file.path, "--report", folder.path)
    #expect(first.code == 0, "\(first.errors)")
    #expect(first.output.contains("AP on pictures of worse cameras"))
    #expect(first.output.contains("quality 40 to quality 5"))
    let numbers = try JSONDecoder().decode(Numbers.self, from: Data(contentsOf: file))
    let losses = try #require(numbers.robustness)
    #expect(losses.metric == "AP" && losses.clean == numbers.AP)
    #expect(losses.curves.map(\.degradation) == ["gray", "jpeg"])
    for curve in losses.curves {
      #expect(curve.strengths == [1, 2, 3, 4, 5] && curve.values.count == 5 && curve.amounts.count == 5)
      #expect(abs(losses.clean - curve.values.reduce(0, +) / 5 - curve.lost) < 1e-9)
    }
    let page = try String(contentsOf: folder.appending(path: "index.html"), encoding: .utf8)
    // Two people, two kinds, the clean crop and five strengths.
    #expect(page.components(separatedBy: "data:image/jpeg;base64,").count == 1 + 2 * 2 * 6)
    #expect(page.contains("quality 15") && page.contains("<polyline"))

    let again = try run("--degrade", "gray", "--degrade", "jpeg", "--against", file.path)
    #expect(again.code == 0 && again.output.contains("of the other's %"), "\(again.errors)")
    let other = again.output.split(separator: "\n").filter { $0.hasPrefix("gray") || $0.hasPrefix("jpeg") }
    #expect(other.count == 2 && other.allSatisfy { $0.contains("100.0") || $0.contains(" - ") }, "\(other)")
  }

  @Test(
    "what is no degradation is refused with what there are",
    arguments: ["snow", "gray,", ",", "Gray"])
  func unknown(_ list: String) throws {
    let run = try run("--degrade", list)
    #expect(run.code == 64 && run.errors.contains("gray, infrared, blur, lowres, noise, jpeg, or all"), "\(run.errors)")
  }

  @Test("options that do not go together are refused")
  func usage() throws {
    #expect(try run("--against", "a.json").code == 64)
    #expect(try run("--degrade", "").code == 64)
    #expect(try run("--degrade", "gray", "--format-only", "--output", ScratchFolder.file("json").path).code == 64)
    let file = ScratchFolder.file("json")
    try Data("{\"AP\": 1}".utf8).write(to: file)
    let wrong = try run("--degrade", "gray", "--against", file.path)
    #expect(wrong.code == 65 && wrong.errors.contains("has no losses"), "\(wrong.errors)")
    let over = try run("--degrade", "gray", "--against", file.path, "--json", file.path)
    #expect(over.code == 64 && over.errors.contains("would replace the input"), "\(over.errors)")
  }
}
