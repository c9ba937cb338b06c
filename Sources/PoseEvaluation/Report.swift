import PoseCore
import PoseData
import PoseFormats
import PoseMedia
import PoseMetrics

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A page about a run: the numbers, precision against recall, what kinds of errors there are, and the worst people drawn
/// as found and as annotated.
public struct Report: Sendable {
  public var title: String
  /// What was run on what, a line each.
  public var facts: [(name: String, value: String)]
  public var score: DatasetScore?
  public var analysis: ErrorAnalysis
  /// The dataset with its people as annotated.
  public var annotated: Dataset
  /// How many people are drawn.
  public var worstCount = 24
  /// The largest number of pixels of a picture that people are shown from.
  public var pixelLimit = EncodedImage.defaultPixelLimit

  public init(
    title: String, facts: [(name: String, value: String)], score: DatasetScore?, analysis: ErrorAnalysis,
    annotated: Dataset
  ) {
    (self.title, self.facts, self.score, self.analysis, self.annotated) = (title, facts, score, analysis, annotated)
  }

  /// Writes `index.html` and what it shows into a folder, which must exist.
  ///
  /// - Throws: ``FileError`` and ``MediaError`` where a file cannot be written.
  public func write(to folder: String) throws {
    var figures: [String] = []
    for (index, match) in analysis.matches.sorted(by: { $0.similarity < $1.similarity }).prefix(worstCount).enumerated()
    {
      let name = "worst-\(index + 1).jpg"
      let person = annotated.people[match.person]
      let picture = annotated.pictures[person.picture]
      // A picture that has gone since the run is no reason to lose the page.
      guard let drawn = try? WorstCase(match, annotated).image(in: picture.path, pixelLimit: pixelLimit) else { continue }
      try drawn.write(to: folder + "/" + name)
      figures.append(
        """
        <figure><img loading="lazy" alt="" src="\(name)"><figcaption>OKS \(match.similarity.text(3)), score \
        \(match.result.score.text(3))<br><small>image \(picture.id)\(person.annotationID.map { ", annotation \($0)" } ?? "")\
        </small></figcaption></figure>
        """)
    }
    try FileBytes.write(Array(html(figures).utf8), to: folder + "/index.html")
  }

  private func html(_ figures: [String]) -> String {
    """
    <!doctype html><meta charset="utf-8"><title>\(title.escapedForHTML)</title>
    <style>body{font:15px/1.5 sans-serif;margin:2em auto;max-width:76em;padding:0 1em;color:#1d2330}h1{font-size:1.6em}\
    table{border-collapse:collapse;margin:.5em 0}td,th{padding:.2em .8em;text-align:right;border-bottom:1px solid #dde}\
    td:first-child,th:first-child{text-align:left}main{display:flex;flex-wrap:wrap;gap:1em}figure{margin:0;width:24em}\
    figure img{width:100%}small{color:#667}.bar{display:inline-block;height:.8em}</style>
    <h1>\(title.escapedForHTML)</h1>
    \(Self.table(["", ""], facts.map { [$0.name, $0.value] }))
    <h2>Numbers</h2>
    \(score.map { score in Self.table(["metric", "value"], score.values.map { [$0.name, $0.value.text(4)] }) } ?? "")
    <p>\(analysis.matches.count) people found, \(analysis.missed.count) missed, \(analysis.unmatched) results that are
    nobody's (object keypoint similarity below .1).</p>
    \(score.map { $0.curves.isEmpty ? "" : "<h2>Precision and recall</h2>" + PrecisionPlot(curves: $0.curves).svg } ?? "")
    <h2>Errors by joint</h2>
    <p>Of the people found: good (similarity of .85 or more), jitter (.5 or more), inversion (at another joint of the
    person), swap (at the same joint of somebody else), miss. Distances are medians, for a person of 100 x 100 pixels.</p>
    \(jointTable)
    <h2>The worst</h2>
    <p>Left as found, right as annotated; people found with the lowest similarity first.</p>
    <main>
    \(figures.joined(separator: "\n"))
    </main>

    """
  }

  private var jointTable: String {
    let colors: [(ErrorAnalysis.Kind, String)] = [
      (.good, "#4caf7d"), (.jitter, "#c9c24a"), (.inversion, "#e08a3c"), (.swap, "#8a6fd1"), (.miss, "#c8463c"),
    ]
    let rows = analysis.joints.filter { $0.count > 0 }.map { joint in
      let shares = colors.map { Double(joint.counts[$0.0] ?? 0) / Double(joint.count) }
      let bar = zip(colors, shares).map {
        "<span class=\"bar\" style=\"background:\($0.1);width:\((12 * $1).text(2))em\"></span>"
      }.joined()
      return [joint.joint.rawValue.escapedForHTML, "\(joint.count)"] + shares.map { (100 * $0).text(1) + "%" }
        + [joint.similarity.text(3), joint.medianDistance.text(2), bar]
    }
    return Self.table(
      ["joint", "annotated"] + colors.map(\.0.rawValue) + ["similarity", "distance", ""], rows, escapes: false)
  }

  private static func table(_ header: [String], _ rows: [[String]], escapes: Bool = true) -> String {
    func cells(_ row: [String], _ tag: String) -> String {
      "<tr>" + row.map { "<\(tag)>\(escapes ? $0.escapedForHTML : $0)</\(tag)>" }.joined() + "</tr>"
    }
    let head = header.allSatisfy(\.isEmpty) ? "" : cells(header, "th")
    return "<table>" + head + rows.map { cells($0, "td") }.joined(separator: "\n") + "</table>"
  }
}

extension Double {
  /// With so many decimals.
  func text(_ places: Int) -> String { String(format: "%.\(places)f", self) }
}

extension String {
  /// As text of a page.
  package var escapedForHTML: String {
    reduce(into: "") { $0 += ["&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;"][$1] ?? String($1) }
  }
}
