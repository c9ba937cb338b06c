import Foundation
import TestSupport
import Testing

@Suite
struct BenchTests {
  private struct Result: Decodable, Equatable {
    var median: Double
    var least: Double
    var mostOfTen: Double
    var imagesPerSecond: Double
    var threads: Int
    var batch: Int
    var precision: String
    var kernels: String

    enum CodingKeys: String, CodingKey, CaseIterable {
      case threads, batch, precision, kernels
      case median = "median_ms"
      case least = "min_ms"
      case mostOfTen = "p90_ms"
      case imagesPerSecond = "images_per_second"
    }
  }

  private static let name = "litehrnet_18_coco_256x192"

  @Test("results are one line of JSON", arguments: [(1, 1, 1), (2, 1, 2), (1, 2, 1)])
  func json(_ threads: Int, _ batch: Int, _ streams: Int) throws {
    let run = try Command(
      "bench", "--config", Self.name, "--threads", "\(threads)", "--batch", "\(batch)", "--streams", "\(streams)",
      "--rounds", "3", "--json", "-")
    #expect(run.code == 0 && run.errors == "")
    #expect(run.output.split(separator: "\n").count == 1)
    let result = try JSONDecoder().decode(Result.self, from: Data(run.output.utf8))
    #expect(result.threads == threads && result.batch == batch && result.precision == "float32")
    #expect(0 < result.least && result.least <= result.median && result.median <= result.mostOfTen)
    #expect(result.imagesPerSecond > 0 && ["avx512", "avx2", "neon", "portable"].contains(result.kernels))
    let keys = try #require(try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any]).keys
    #expect(Set(keys) == Set(Result.CodingKeys.allCases.map(\.rawValue)))
  }

  @Test("every run of every caller is a line")
  func runs() throws {
    let run = try Command("bench", "--config", Self.name, "--streams", "2", "--rounds", "3", "--runs")
    let times = run.output.split(separator: "\n").map { Double($0) }
    #expect(times.count == 6 && times.allSatisfy { $0.map { $0 > 0 } ?? false })
  }

  @Test("weights of a file are timed, and steps listed beside the machine's peak")
  func profile() throws {
    let run = try Command("bench", "--model", Sample.weights, "--threads", "1", "--rounds", "1", "--profile")
    #expect(run.code == 0)
    #expect(run.output.hasPrefix("wider_naive_litehrnet_18_person_256x192, float32"))
    #expect(run.output.contains("% of the machine's") && run.output.contains("of peak %"))
  }

  @Test("the machine is measured alone")
  func machine() throws {
    let run = try Command("bench", "--machine", "--threads", "2", "--json", "-")
    let findings = try #require(try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
    for key in ["multiply_adds_per_second", "read_bytes_per_second", "copied_bytes_per_second"] {
      #expect(findings[key] as? Double ?? 0 > 1e8, "\(key)")
    }
  }

  @Test(
    "wrong options exit with 64",
    arguments: [
      ["--threads", "0"], ["--threads", "999999999999999999999"], ["--batch", "0"], ["--batch", "1025"],
      ["--streams", "0"], ["--streams", "9999"], ["--rounds", "0"], ["--seconds", "0"], ["--seconds", "nan"],
      ["--rounds", "1", "--seconds", "1"], ["--json", "-", "--runs"], ["--json", "-", "--profile"],
      ["--precision", "float64"],
      ["--machine", "--profile"], ["--memory-limit", "0"], ["--memory-limit", "-1M"], ["--memory-limit", "2.5G"],
      ["--memory-limit", "G"], ["--memory-limit", "9999999999T"],
    ])
  func usage(_ arguments: [String]) throws {
    let run = try Command(["bench", "--config", Self.name] + arguments)
    #expect(run.code == 64)
    #expect(run.errors.contains("Usage") || run.errors.contains("See 'pose"))
  }

  @Test("a network that takes more memory than allowed exits with 65", arguments: ["1000", "100k", "1M"])
  func memoryLimit(_ limit: String) throws {
    let run = try Command("bench", "--config", Self.name, "--rounds", "1", "--memory-limit", limit)
    #expect(run.code == 65 && run.output == "")
    #expect(run.errors.contains("--memory-limit"), "\(run.errors)")
    #expect(try Command("bench", "--config", Self.name, "--rounds", "1", "--memory-limit", "500M", "--runs").code == 0)
  }

  @Test("a profile shows the passes, the compiled program and its memory")
  func plan() throws {
    let run = try Command("bench", "--config", Self.name, "--threads", "1", "--rounds", "1", "--profile")
    #expect(run.code == 0)
    for text in ["fuseScaledDepthwise", "= multiply+grouped convolution", "bytes of weights", "of peak %"] {
      #expect(run.output.contains(text), "\(text)")
    }
  }

  @Test("files that are not there exit with 65, names that are not known with 64")
  func missing() throws {
    let unknown = try Command("bench", "--config", "litehrnet_18_coco_256x19")
    #expect(unknown.code == 64 && unknown.errors.contains("'\(Self.name)'"))
    #expect(try Command("bench", "--model", "/nowhere.pth").code == 65)
  }
}
