import PoseCore
import PoseData
import PoseEstimation
import PoseImage
import PoseMedia

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The part of a report about pictures of worse cameras: the numbers, a curve a degradation, and what they look like.
struct RobustnessSection {
  let robustness: Robustness
  let annotated: Dataset
  /// The network's, which the examples show the crops of.
  let input: Size
  let padding: Double
  let pixelLimit: Int

  var html: String {
    """
    <h2>Pictures of worse cameras</h2>
    <p>The part of the picture around each person is degraded in pixels of the picture, before the network's crop is cut
    out of it. Boxes are those of the clean picture.</p>
    \(table)
    \(plot)
    \(examples.joined(separator: "\n"))
    """
  }

  private var strengths: [Double] { robustness.curves.first?.strengths ?? [] }

  private var table: String {
    let header = ["", "clean"] + strengths.map { $0.text(0) } + ["mean", "lost"]
    let rows = robustness.curves.map { curve in
      [curve.degradation.rawValue] + ([robustness.clean] + curve.values + [curve.mean, curve.lost]).map { $0.text(3) }
    }
    return "<p>\(robustness.metric.escapedForHTML) by strength</p>"
      + Page.table(header, rows, numbers: Set(1..<header.count))
  }

  private static let colors = ["#5b6472", "#8a6fd1", "#3f78c4", "#2f9e8f", "#d9822b", "#c8463c"]

  private func color(_ kind: DegradationKind) -> String {
    Self.colors[(DegradationKind.allCases.firstIndex(of: kind) ?? 0) % Self.colors.count]
  }

  /// The number against the strength, 0 for clean pictures.
  private var plot: String {
    let (width, height, margin) = (460.0, 300.0, 48.0)
    let most = max(strengths.max() ?? 1, 1)
    let highest = max(([robustness.clean] + robustness.curves.flatMap(\.values)).max() ?? 1, 0.01)
    func x(_ strength: Double) -> Double { margin + strength / most * (width - 2 * margin) }
    func y(_ value: Double) -> Double { height - margin - max(value, 0) / highest * (height - 2 * margin) }
    let lines = robustness.curves.map { curve in
      let points = zip([0] + curve.strengths, [robustness.clean] + curve.values)
        .map { "\(x($0).text(1)),\(y($1).text(1))" }.joined(separator: " ")
      return """
        <polyline fill="none" stroke="\(color(curve.degradation))" stroke-width="2" points="\(points)"><title>\
        \(curve.degradation.rawValue)</title></polyline>
        """
    }
    let columns = ([0] + strengths).map {
      "<text x=\"\(x($0))\" y=\"\(height - margin + 16)\" text-anchor=\"middle\">\($0.text(0))</text>"
    }
    let rows = stride(from: 0.0, through: 1, by: 0.25).map { share in
      let value = share * highest
      return """
        <text x="\(margin - 6)" y="\(y(value) + 4)" text-anchor="end">\(value.text(2))</text>\
        <line x1="\(margin)" x2="\(width - margin)" y1="\(y(value))" y2="\(y(value))" stroke="#dde"/>
        """
    }
    return """
      <svg viewBox="0 0 \(width) \(height)" width="\(width)" font-family="sans-serif" font-size="11" fill="#445">
      \((rows + columns + lines).joined(separator: "\n"))
      <text x="\(width / 2)" y="\(height - 6)" text-anchor="middle">strength</text>
      </svg>
      <p>\(robustness.curves.map { Page.key(color($0.degradation), $0.degradation.rawValue) }.joined())</p>
      """
  }

  // Examples

  /// Two people with all the degradations, a table each.
  private var examples: [String] {
    let people = annotated.people.indices.filter { annotated.people[$0].boundingBox != nil }
      .sorted { size(of: $0) > size(of: $1) }.prefix(2)
    // A picture that has gone since the run is no reason to lose the page.
    return people.compactMap { try? examples(of: $0) }
  }

  /// How much there is to see of a person: labelled joints first, then the height.
  private func size(of index: Int) -> (Int, Double, Int) {
    let person = annotated.people[index]
    let joints = annotated.keypoints(of: person).count(where: \.isLabelled)
    return (joints, person.boundingBox?.height ?? 0, -index)
  }

  private func examples(of index: Int) throws -> String {
    let person = annotated.people[index]
    let picture = annotated.pictures[person.picture]
    let image = try Image(contentsOf: picture.path, pixelLimit: pixelLimit)
    let rows = try robustness.curves.map { curve in
      let clean = try self.image(of: index, image, curve.degradation, strength: 0) + "clean"
      return try ["<b>\(curve.degradation.rawValue)</b>", clean]
        + zip(curve.strengths, curve.amounts).map { strength, amount in
          try self.image(of: index, image, curve.degradation, strength: strength) + curve.degradation.words(of: amount)
        }
    }
    return "<p>Image \(picture.id)\(person.annotationID.map { ", annotation \($0)" } ?? "")</p>"
      + Page.table(["", "0"] + strengths.map { $0.text(0) }, rows, numbers: [])
  }

  /// The network's crop, as part of a page.
  private func image(of index: Int, _ picture: Image, _ kind: DegradationKind, strength: Double) throws -> String {
    let degradation = PersonDegradation(kind: kind, strength: strength, input: input, padding: padding)
    let person = try degradation(annotated.region(of: annotated.people[index]), number: index, of: picture)
    let height = 224
    let size = Size(height: height, width: max(height * input.width / max(input.height, 1), 1))
    let crop = try person.image.warped(
      by: person.crop.transform(to: size, warp: .standard), width: size.width, height: size.height)
    let bytes = Data(try crop.jpeg(quality: 92)).base64EncodedString()
    return "<img alt=\"\" src=\"data:image/jpeg;base64,\(bytes)\"><br>"
  }
}
