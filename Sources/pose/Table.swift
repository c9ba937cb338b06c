import PoseEvaluation

/// Rows with aligned columns: text to the left, numbers to the right.
struct Table {
  private var rows: [[String]]

  init(_ header: String...) { self.init(header) }

  init(_ header: [String]) { rows = [header] }

  mutating func append(_ row: String...) { append(row) }

  mutating func append(_ row: [String]) { rows.append(row) }

  /// The rows as lines.
  var text: String {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
    let isNumeric = isNumeric
    return rows.map { row in
      row.enumerated().map { column, cell in
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        return isNumeric[column] ? padding + cell : cell + padding
      }.joined(separator: "  ").trimmingTrailingSpaces
    }.joined(separator: "\n")
  }

  /// The rows as comma-separated values.
  var csv: String {
    rows.map { row in
      row.map {
        $0.contains { ",\"\n".contains($0) }
          ? "\"" + $0.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\"" : $0
      }
      .joined(separator: ",")
    }.joined(separator: "\n") + "\n"
  }

  /// The rows as an HTML page.
  func html(title: String) -> String {
    var page = Page(title)
    let numbers = Set(isNumeric.indices.filter { isNumeric[$0] })
    let cells = rows.map { $0.map(\.escapedForHTML) }
    page.body.append(Page.table(cells.first ?? [], Array(cells.dropFirst()), numbers: numbers))
    return page.html
  }

  /// For each column, whether all its cells are numbers.
  private var isNumeric: [Bool] {
    (0..<(rows.map(\.count).max() ?? 0)).map { column in
      rows.dropFirst().allSatisfy { column < $0.count && $0[column].allSatisfy { $0.isNumber || ",.-".contains($0) } }
    }
  }
}

extension String {
  fileprivate var trimmingTrailingSpaces: String {
    var text = self
    while text.last == " " { text.removeLast() }
    return text
  }
}

extension Int {
  /// The number with a noun in its form: `1 person`, `2 people`.
  func counted(_ noun: String, _ plural: String? = nil) -> String {
    "\(grouped) \(self == 1 ? noun : plural ?? noun + "s")"
  }

  /// With a comma every three digits.
  var grouped: String {
    let digits = String(magnitude)
    var result = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { result += "," }
      result.append(digit)
    }
    return self < 0 ? "-" + result : result
  }
}
