import Foundation
import PoseCore
import PoseEvaluation
import TestSupport
import Testing

@Suite("Outputs follow their schemas")
struct SchemaTests {
  private static let networks = ["--config", "litehrnet_18_coco_256x192"]

  @Test(
    "numbers of networks and the machine",
    arguments: [
      ("summary", ["summary"] + networks), ("models", ["models"]), ("doctor", ["doctor"]),
      ("bench", ["bench", "--rounds", "1"] + networks), ("machine", ["bench", "--machine"]),
    ])
  func numbers(_ schema: String, _ arguments: [String]) throws {
    try check(Command(arguments + ["--json", "-"]).output, against: schema)
  }

  @Test("poses, results, labels, numbers, and findings about a dataset")
  func dataset() throws {
    let folder = try CommandLineTests.folder(of: "7.png")
    func run(_ words: String...) throws -> String {
      let run = try Command(at: folder, words)
      #expect(run.code == 0, "\(run.errors)")
      return run.output
    }
    func read(_ name: String) throws -> String {
      try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    }
    _ = try run("predict", "--detector", "whole", "7.png", "--json", "p.json", "--coco", "c.json")
    try check(read("p.json"), against: "predict")
    try check(read("c.json"), against: "coco-results")
    _ = try run("label", "7.png", "--output", "l.json")
    try check(read("l.json"), against: "labels")
    let dataset = ["--annotations", "l.json", "--images", "."]
    let test = try Command(at: folder, ["test", "--output", "r.json", "--json", "-"] + dataset)
    try check(test.output, against: "numbers")
    let degraded = try Command(at: folder, ["test", "--degrade", "jpeg", "--json", "-"] + dataset)
    #expect(degraded.output.contains("robustness"), "\(degraded.errors)")
    try check(degraded.output, against: "numbers")
    try check(read("r.json"), against: "coco-results")
    try check(
      run("evaluate", "--annotations", "l.json", "--results", "r.json", "--metric", "coco", "--json", "-"),
      against: "numbers")
    let compared = try run(
      "evaluate", "--annotations", "l.json", "--results", "r.json", "--metric", "coco", "--bootstrap", "100",
      "--against", "r.json", "--json", "-")
    #expect(compared.contains("intervals") && compared.contains("differences"))
    try check(compared, against: "numbers")
    try check(Command(at: folder, ["doctor", "--json", "-"] + dataset).output, against: "dataset-doctor")
    let browse = try Command(at: folder, ["browse", "--time", "--seconds", "0.01", "--json", "-"] + dataset)
    try check(browse.output, against: "samples")
  }

  @Test("boxes")
  func boxes() throws {
    let box = Detection(BoundingBox(x: 1, y: 2, width: 3, height: 4), score: 0.5)
    let results = [BoxResult(box, pictureID: 1), BoxResult(box, pictureID: 2, fileName: "a.jpg", categoryID: 3)]
    try check(String(decoding: results.cocoJSON(), as: UTF8.self), against: "coco-boxes")
  }

  @Test("classes of pixels")
  func classes() throws {
    let run = try SegmentTests().run(["7.png", "--masks", "masks", "--scores", "--json", "-"])
    #expect(run.code == 0, "\(run.errors)")
    try check(run.output, against: "segment")
  }

  private func check(_ text: String, against name: String) throws {
    let url = SharedData.checkout.appending(path: "Documentation/Formats/\(name).schema.json")
    let schema = try JSONSerialization.jsonObject(with: Data(contentsOf: url))
    let value = try JSONSerialization.jsonObject(with: Data(text.utf8))
    let problems = Schema(root: try #require(schema as? [String: Any])).problems(of: value)
    #expect(problems.isEmpty, "\(name): \(problems.prefix(3))")
  }
}

/// As much of JSON Schema as the schemas of this repository use.
private struct Schema {
  let root: [String: Any]

  func problems(of value: Any) -> [String] { problems(of: value, root, "$") }

  private func problems(of value: Any, _ schema: [String: Any], _ path: String) -> [String] {
    if let reference = schema["$ref"] as? String {
      let name = reference.split(separator: "/").last.map(String.init) ?? ""
      let target = (root["$defs"] as? [String: Any])?[name] as? [String: Any]
      return target.map { problems(of: value, $0, path) } ?? ["\(path): no \(reference)"]
    }
    var found: [String] = []
    let types = (schema["type"] as? [String]) ?? (schema["type"] as? String).map { [$0] } ?? []
    if !types.isEmpty, !types.contains(where: { isOf($0, value) }) { found.append("\(path): is no \(types)") }
    if let constant = schema["const"] as? Int, value as? Int != constant { found.append("\(path): is not \(constant)") }
    if let object = value as? [String: Any] {
      for key in schema["required"] as? [String] ?? [] where object[key] == nil { found.append("\(path): no \(key)") }
      let properties = schema["properties"] as? [String: [String: Any]] ?? [:]
      for (key, member) in object {
        // Keys that a schema does not know would be missing from the documentation.
        guard let known = properties[key] ?? schema["additionalProperties"] as? [String: Any] else {
          if !properties.isEmpty { found.append("\(path): unknown \(key)") }
          continue
        }
        found += problems(of: member, known, "\(path).\(key)")
      }
    }
    if let items = schema["items"] as? [String: Any], let list = value as? [Any] {
      for (index, item) in list.enumerated() { found += problems(of: item, items, "\(path)[\(index)]") }
    }
    return found
  }

  private func isOf(_ type: String, _ value: Any) -> Bool {
    switch type {
    case "object": value is [String: Any]
    case "array": value is [Any]
    case "string": value is String
    case "boolean": value is Bool
    case "integer": (value as? NSNumber).map { $0.doubleValue == $0.doubleValue.rounded() } ?? false
    case "number": value is NSNumber
    case "null": value is NSNull
    default: false
    }
  }
}
