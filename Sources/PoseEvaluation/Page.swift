import PoseFormats

/// An HTML page that needs no other file but its pictures, readable on wide and narrow screens.
package struct Page {
  package var title: String
  package var colors: Colors
  package var body: [String] = []

  package enum Colors { case light, dark }

  package init(_ title: String, colors: Colors = .light) { (self.title, self.colors) = (title, colors) }

  /// What tells pages of this program from others.
  private static let generator = "<meta name=\"generator\" content=\"swift-pose\">"

  /// Whether a file is a page that this program wrote.
  package static func isOurs(_ path: String) -> Bool {
    guard let bytes = try? FileBytes.read(path, limit: 1 << 26) else { return false }
    return String(decoding: bytes.prefix(1000), as: UTF8.self).contains(generator)
  }

  package var html: String {
    let (text, ground, line) =
      switch colors {
      case .light: ("#1d2330", "#fff", "#dde")
      case .dark: ("#dce0e8", "#16181e", "#333a46")
      }
    return """
      <!doctype html><html lang="en"><meta charset="utf-8">\(Self.generator)
      <meta name="viewport" content="width=device-width, initial-scale=1"><title>\(title.escapedForHTML)</title>
      <style>body{font:15px/1.5 sans-serif;margin:1.5em auto;max-width:76em;padding:0 1em;color:\(text);\
      background:\(ground)}h1{font-size:1.6em;overflow-wrap:anywhere}.wide{overflow-x:auto}\
      table{border-collapse:collapse;margin:.5em 0}td,th{padding:.2em .8em;border-bottom:1px solid \(line);\
      text-align:left;font-variant-numeric:tabular-nums}.number{text-align:right}\
      main{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(24em,100%),1fr));gap:1em;align-items:start}\
      figure{margin:0}figure img{width:100%;height:auto}figcaption{overflow-wrap:anywhere}small{color:#8b93a4}\
      svg{max-width:100%;height:auto}.bar{display:inline-block;height:.8em}\
      .key{display:inline-block;width:.8em;height:.8em;margin:0 .3em 0 1em}</style>
      <h1>\(title.escapedForHTML)</h1>
      \(body.joined(separator: "\n"))
      </html>

      """
  }

  /// A table that scrolls sideways where the screen is too narrow.
  ///
  /// - Parameters:
  ///   - header: empty for none.
  ///   - rows: of as many cells, as HTML.
  ///   - numbers: the columns that are aligned to the right.
  package static func table(_ header: [String], _ rows: [[String]], numbers: Set<Int>) -> String {
    func cells(_ row: [String], _ tag: String) -> String {
      let cells = row.enumerated().map { column, cell in
        "<\(tag)\(numbers.contains(column) ? " class=\"number\"" : "")>\(cell)</\(tag)>"
      }
      return "<tr>" + cells.joined() + "</tr>"
    }
    let head = header.isEmpty ? [] : [cells(header, "th")]
    return "<div class=\"wide\"><table>"
      + (head + rows.map { cells($0, "td") }).joined(separator: "\n") + "</table></div>"
  }

  /// A colored square and its name.
  package static func key(_ color: String, _ name: String) -> String {
    "<span class=\"key\" style=\"background:\(color)\"></span>\(name.escapedForHTML)"
  }
}

extension String {
  /// As text of a page.
  package var escapedForHTML: String {
    reduce(into: "") { $0 += ["&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;"][$1] ?? String($1) }
  }
}
