import PoseMetrics

/// Precision against recall, a line a threshold of similarity, as SVG.
struct PrecisionPlot {
  var curves: [PrecisionRecall]

  var svg: String {
    let (width, height, margin) = (460.0, 300.0, 48.0)
    func x(_ recall: Double) -> Double { margin + recall * (width - 2 * margin) }
    func y(_ precision: Double) -> Double { height - margin - precision * (height - 2 * margin) }
    let lines = curves.enumerated().map { index, curve in
      let points = curve.precision.enumerated()
        .map { "\(x(Double($0) / 100).text(1)),\(y($1).text(1))" }.joined(separator: " ")
      return """
        <polyline fill="none" stroke="\(color(index))" stroke-width="1.5" points="\(points)"><title>OKS \
        \(curve.threshold.text(2))</title></polyline>
        """
    }
    let ticks = stride(from: 0.0, through: 1, by: 0.25).map { value in
      """
      <text x="\(x(value))" y="\(height - margin + 16)" text-anchor="middle">\(value.text(2))</text>\
      <text x="\(margin - 6)" y="\(y(value) + 4)" text-anchor="end">\(value.text(2))</text>\
      <line x1="\(margin)" x2="\(width - margin)" y1="\(y(value))" y2="\(y(value))" stroke="#dde"/>
      """
    }
    return """
      <svg viewBox="0 0 \(width) \(height)" width="\(width)" font-family="sans-serif" font-size="11" fill="#445">
      \(ticks.joined(separator: "\n"))
      \(lines.joined(separator: "\n"))
      <text x="\(width / 2)" y="\(height - 6)" text-anchor="middle">recall</text>
      <text x="10" y="\(height / 2)" text-anchor="middle" transform="rotate(-90 10 \(height / 2))">precision</text>
      </svg>
      <p>Object keypoint similarity of at least\(legend)</p>
      """
  }

  private var legend: String {
    curves.indices.map { Page.key(color($0), curves[$0].threshold.text(2)) }.joined()
  }

  /// From blue for the lowest threshold to red for the highest.
  private func color(_ index: Int) -> String { "hsl(\(220 - 200 * index / max(curves.count - 1, 1)),60%,45%)" }
}
