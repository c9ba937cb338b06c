import Foundation
import TestSupport

/// A link of the documentation.
struct DocumentedLink: CustomStringConvertible, Sendable {
  /// The page's path in the checkout.
  var page: String
  var target: String

  var description: String { "\(page): \(target)" }

  /// The links of all pages.
  static let all = pages.flatMap { links(of: $0, in: text(of: $0)) }

  /// The pages in Markdown that a checkout has, as paths in it.
  static let pages: [String] = {
    let manager = FileManager.default
    let top = (try? manager.contentsOfDirectory(atPath: SharedData.checkout.path)) ?? []
    let folders = ["Benchmarks", "Documentation", "Examples", "Models", "Sources", "Tests/Goldens"]
    let below = folders.flatMap { folder in
      let names = try? manager.subpathsOfDirectory(atPath: SharedData.checkout.appending(path: folder).path)
      return (names ?? []).map { "\(folder)/\($0)" }
    }
    return (top + below).filter { $0.hasSuffix(".md") && !$0.contains(".build/") }.sorted()
  }()

  static func links(of page: String, in text: String) -> [DocumentedLink] {
    // Code shows brackets that are not links.
    let prose = text.replacing(/(?m)^```[^\n]*\n(?s:.*?)^```/, with: "").replacing(/`[^`\n]*`/, with: "`code`")
    let forms = [
      /\]\(([^()\s]*(?:\([^()\s]*\)[^()\s]*)*)(?:\s+"[^"]*")?\)/, /(?m)^\[[^\]]+\]:\s+(\S+)/,
      /<((?:doc|https?|mailto):[^>\s]+)>/, /(?:src|href)="([^"]*)"/,
    ]
    return forms.flatMap { form in
      prose.matches(of: form).map { DocumentedLink(page: page, target: String($0.1)) }
    }
  }

  /// Why the link leads nowhere; nil for a file or an anchor that exists, and for a web address of the right form.
  var problem: String? {
    if let name = target.wholeMatch(of: /doc:([A-Za-z-]+)/)?.1 {
      return exists(folder + "/\(name).md") ? nil : "no such page"
    }
    if target.contains(/^[a-z]+:/) {
      return target.wholeMatch(of: /https?:\/\/[a-z0-9-]+(\.[a-z0-9-]+)+(:[0-9]+)?(\/[^\s<>"]*)?/) == nil
        ? "not a web address" : nil
    }
    let parts = target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let path = parts[0].isEmpty ? page : NSString(string: folder + "/" + parts[0]).standardizingPath
    guard !path.hasPrefix(".."), exists(path) else { return "no such file" }
    guard parts.count > 1 else { return nil }
    return Self.anchors(in: Self.text(of: path)).contains(parts[1]) ? nil : "no such heading"
  }

  private var folder: String {
    let folder = NSString(string: page).deletingLastPathComponent
    return folder.isEmpty ? "." : folder
  }

  private func exists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: SharedData.checkout.appending(path: path).path)
  }

  /// The anchors of a page's headings, as GitHub makes them.
  static func anchors(in text: String) -> Set<String> {
    var counts: [String: Int] = [:]
    var anchors: Set<String> = []
    for heading in text.replacing(/(?m)^```[^\n]*\n(?s:.*?)^```/, with: "").matches(of: /(?m)^#{1,6} +(.+?) *$/) {
      let words = String(heading.1).replacing(/\]\([^)]*\)/, with: "").lowercased()
      let kept = words.filter { $0.isLetter || $0.isNumber || "-_ ".contains($0) }
      let anchor = kept.replacing(" ", with: "-")
      anchors.insert(counts[anchor].map { "\(anchor)-\($0)" } ?? anchor)
      counts[anchor, default: 0] += 1
    }
    return anchors
  }

  private static func text(of page: String) -> String {
    (try? String(contentsOf: SharedData.checkout.appending(path: page), encoding: .utf8)) ?? ""
  }
}
