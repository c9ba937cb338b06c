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
  package var title: String
  /// What was run on what, a line each.
  package var facts: [(name: String, value: String)]
  public var score: DatasetScore?
  package var analysis: ErrorAnalysis
  /// The dataset with its people as annotated.
  public var annotated: Dataset
  /// What is lost on pictures of worse cameras, and the input and the padding of the network that loses it; nil where that
  /// was not measured.
  package var robustness: (Robustness, input: Size, padding: Double)?
  /// How many people are drawn.
  package var worstCount = 24
  /// The largest number of pixels of a picture that is decoded.
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
      guard let drawn = try? WorstCase(match, annotated).image(in: picture.path, pixelLimit: pixelLimit) else {
        continue
      }
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

  /// The file of a folder that a report would replace and that no report wrote; nil where there is none.
  package static func foreignFile(in folder: String) -> String? {
    let (index, picture) = (folder + "/index.html", folder + "/worst-1.jpg")
    let manager = FileManager.default
    if manager.fileExists(atPath: index) { return Page.isOurs(index) ? nil : index }
    return manager.fileExists(atPath: picture) ? picture : nil
  }

  private func html(_ figures: [String]) -> String {
    var page = Page(title)
    page.body.append(Page.table([], facts.map { [$0.name.escapedForHTML, $0.value.escapedForHTML] }, numbers: []))
    if let score {
      let rows = score.values.map { [$0.name.escapedForHTML, $0.value.text(4)] }
      page.body += ["<h2>Numbers</h2>", Page.table(["metric", "value"], rows, numbers: [1])]
    }
    page.body.append(
      """
      <p>\(analysis.matches.count) people found, \(analysis.missed.count) missed, \(analysis.unmatched) results that \
      belong to nobody (object keypoint similarity below .1).</p>
      """)
    if let curves = score?.curves, !curves.isEmpty {
      page.body += ["<h2>Precision and recall</h2>", PrecisionPlot(curves: curves).svg]
    }
    if let (robustness, input, padding) = robustness {
      page.body.append(
        RobustnessSection(
          robustness: robustness, annotated: annotated, input: input, padding: padding, pixelLimit: pixelLimit
        ).html)
    }
    page.body.append(
      """
      <h2>Errors by joint</h2>
      <p>Of the people found: good (similarity of .85 or more), jitter (.5 or more), inversion (at another joint of the
      person), swap (at the same joint of somebody else), miss. Distances are medians, for a person of 100 x 100 pixels.</p>
      <p>\(Self.errorColors.map { Page.key($0.1, $0.0.rawValue) }.joined())</p>
      \(jointTable)
      <h2>The worst</h2>
      <p>Left as found, right as annotated; people found with the lowest similarity come first.</p>
      <main>
      \(figures.joined(separator: "\n"))
      </main>
      """)
    return page.html
  }

  private static let errorColors: [(ErrorAnalysis.Kind, String)] = [
    (.good, "#4caf7d"), (.jitter, "#c9c24a"), (.inversion, "#e08a3c"), (.swap, "#8a6fd1"), (.miss, "#c8463c"),
  ]

  private var jointTable: String {
    let colors = Self.errorColors
    let rows = analysis.joints.filter { $0.count > 0 }.map { joint in
      let shares = colors.map { Double(joint.counts[$0.0] ?? 0) / Double(joint.count) }
      let bar = zip(colors, shares).map {
        "<span class=\"bar\" style=\"background:\($0.1);width:\((12 * $1).text(2))em\"></span>"
      }.joined()
      return [joint.joint.rawValue.escapedForHTML, "\(joint.count)"] + shares.map { (100 * $0).text(1) + "%" }
        + [joint.similarity.text(3), joint.medianDistance.text(2), "<nobr>\(bar)</nobr>"]
    }
    let header = ["joint", "annotated"] + colors.map(\.0.rawValue) + ["similarity", "distance", "shares"]
    return Page.table(header, rows, numbers: Set(1...8))
  }
}

extension Double {
  /// With so many decimals.
  func text(_ places: Int) -> String { String(format: "%.\(places)f", self) }
}
