import ArgumentParser
import PoseData
import PoseEvaluation
import PoseFormats
import PoseImage

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Which degradations of pictures a network is also tested on.
struct DegradeOptions: ParsableArguments {
  @Option(
    name: .customLong("degrade"),
    help: ArgumentHelp(
      "Also test on pictures as worse cameras take them, at five strengths each: "
        + "\(DegradationKind.allCases.map(\.rawValue).joined(separator: ", ")) or all. This takes five times as long for each.",
      valueName: "kind,kind"), transform: DegradationKind.list)
  var lists: [[DegradationKind]] = []

  @Option(
    help: ArgumentHelp(
      "Compare the losses with those of another network: what its test with --degrade and --json wrote.",
      valueName: "file"), completion: .file(extensions: ["json"]))
  var against: String?

  /// In the order in which they happen to a picture; empty where none is asked for.
  var kinds: [DegradationKind] { DegradationKind.allCases.filter(lists.joined().contains) }

  func check(isScored: Bool) throws {
    if against != nil, lists.isEmpty { throw ValidationError("--against needs --degrade, which measures the losses.") }
    if !lists.isEmpty, !isScored { throw ValidationError("--format-only scores nothing: leave --degrade out.") }
  }

  /// The losses of the other network; nil where there is none.
  ///
  /// - Parameter metric: what both are measured by.
  func other(by metric: String) throws -> Robustness? {
    guard let against else { return nil }
    struct Numbers: Decodable {
      var robustness: Robustness
    }
    let bytes = try FileBytes.read(against, limit: 1 << 26)
    guard let other = try? JSONDecoder().decode(Numbers.self, from: Data(bytes)).robustness else {
      throw InputError("'\(against)' has no losses: let `pose test` with --degrade and --json write it")
    }
    guard other.metric == metric else {
      throw InputError("'\(against)' is measured by \(other.metric), and this dataset by \(metric)")
    }
    return other
  }
}

extension DegradationKind {
  /// The kinds of a list with commas.
  fileprivate static func list(_ argument: String) throws -> [DegradationKind] {
    try argument.split(separator: ",", omittingEmptySubsequences: false).flatMap { name in
      if name == "all" { return allCases }
      guard let kind = DegradationKind(rawValue: String(name)) else {
        throw ValidationError("give some of \(allCases.map(\.rawValue).joined(separator: ", ")), or all")
      }
      return [kind]
    }
  }
}

extension Robustness {
  /// The numbers as lines.
  ///
  /// - Parameter other: the losses of another network, to compare with.
  func table(against other: Robustness?) -> String {
    var table = Table(
      ["degradation"] + (curves.first?.strengths ?? []).map { "\(Int($0))" } + ["mean", "lost"]
        + (other == nil ? [] : ["of the other's %"]) + ["at 1 to 5"])
    for curve in curves {
      let numbers = (curve.values + [curve.mean, curve.lost]).map { "\($0.rounded(toPlaces: 3))" }
      let share = other.map { other in
        shareOfLoss(curve.degradation, against: other).map { "\((100 * $0).rounded(toPlaces: 1))" } ?? "-"
      }
      let ends = [curve.amounts.first, curve.amounts.last].compactMap { $0.map(curve.degradation.words) }
      table.append(
        [curve.degradation.rawValue] + numbers + (share.map { [$0] } ?? []) + [ends.joined(separator: " to ")])
    }
    return "\(metric) on pictures of worse cameras, \(clean.rounded(toPlaces: 3)) on clean ones\n\(table.text)"
  }

  /// As a part of the numbers' JSON.
  var json: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
  }
}
