import Foundation
import PoseCore
import Testing
import Yams

@testable import PoseConfiguration

private protocol Shape: Codable, Sendable {}

private struct Circle: Shape, Hashable {
  enum Fill: String, Codable, CaseIterable { case plain, striped }

  struct Edge: Codable, Hashable {
    var lineWidth: Float = 0.1
    var isDashed = false
  }

  var radius = 3
  var growth = 2.0
  var fillStyle = Fill.plain
  var rings = [1, 2]
  var edge = Edge()
  var inner: Edge?
  var edges: [Edge] = []
  var label: String?
  var extent = Size(height: 4, width: 3)
}

private struct Square: Shape, Hashable { var side = 1 }

struct PartDescriptionTests {
  private static let catalogue: [String: any Shape] = [
    "circle": Circle(), "large_circle": Circle(radius: 30, label: "large"), "square": Square(),
  ]

  private static func part(_ yaml: String) throws -> any Shape {
    try YAMLDecoder().decode(PartDescription.self, from: yaml).part(in: catalogue)
  }

  @Test("a name alone is the catalogue's entry")
  func plainNames() throws {
    #expect(try Self.part("large_circle") as? Circle == Circle(radius: 30, label: "large"))
    #expect(try Self.part("{ name: square }") as? Square == Square())
  }

  @Test("arguments replace the entry's own, in sections key by key, in lists as a whole")
  func arguments() throws {
    let yaml = """
      { name: large_circle, growth: 2.5, fill_style: striped, rings: [4], edge: { is_dashed: true }, label: null, \
      inner: { line_width: 1, is_dashed: true }, edges: [{ line_width: 0.3, is_dashed: false }], extent: 16x12 }
      """
    let expected = Circle(
      radius: 30, growth: 2.5, fillStyle: .striped, rings: [4], edge: .init(lineWidth: 0.1, isDashed: true),
      inner: .init(lineWidth: 1, isDashed: true), edges: [.init(lineWidth: 0.3, isDashed: false)], label: nil,
      extent: Size(height: 16, width: 12))
    #expect(try Self.part(yaml) as? Circle == expected)
  }

  @Test("a completed description says everything, in YAML and JSON alike, and no longer depends on the catalogue")
  func completes() throws {
    let description = try PartDescription("circle", ["radius": .number(7)]).completed(in: Self.catalogue)
    #expect(description.arguments.count == 9)
    #expect(description.arguments["inner"] == .null)
    #expect(description.arguments["edge"] == .section(["line_width": .number(0.1), "is_dashed": .bool(false)]))
    #expect(description.arguments["extent"] == .text("4x3"))
    let yaml = try YAMLEncoder().encode(description)
    let json = try JSONEncoder().encode(description)
    #expect(try YAMLDecoder().decode(PartDescription.self, from: yaml) == description)
    #expect(try JSONDecoder().decode(PartDescription.self, from: json) == description)
    let changed: [String: any Shape] = ["circle": Circle(radius: 1, growth: 9, label: "changed")]
    #expect(try description.part(in: changed) as? Circle == Circle(radius: 7))
  }

  struct Fault: Sendable, CustomTestStringConvertible {
    var yaml, path: String
    var says: [String]
    var testDescription: String { yaml }

    init(_ yaml: String, _ path: String, _ says: String...) { (self.yaml, self.path, self.says) = (yaml, path, says) }
  }

  @Test(
    "what a part does not take is refused with its key",
    arguments: [
      Fault("circel", "", "'circel'", "Did you mean 'circle'?"),
      Fault("{ name: circle, radios: 3 }", "", "'radios'", "Did you mean 'radius'?"),
      Fault("{ name: circle, edge: { dashed: true } }", "edge", "'dashed'", "is_dashed"),
      Fault("{ name: circle, radius: large }", "radius", "needs a number, not 'large'"),
      Fault("{ name: circle, radius: 2.5 }", "radius", "needs a whole number, not 2.5"),
      Fault("{ name: circle, radius: -1 }", "radius", "0...16384", "-1"),
      Fault("{ name: circle, radius: 16385 }", "radius", "0...16384"),
      Fault("{ name: circle, growth: .nan }", "growth", "0...16384"),
      Fault("{ name: circle, growth: [1] }", "growth", "needs a number, not a list"),
      Fault("{ name: circle, radius: null }", "radius", "a number"),
      Fault("{ name: circle, rings: 3 }", "rings", "needs a list, not 3"),
      Fault("{ name: circle, rings: [1, x] }", "rings.1", "needs a number, not 'x'"),
      Fault("{ name: circle, fill_style: stripe }", "fill_style", "Did you mean 'striped'?"),
      Fault("{ name: circle, edge: { is_dashed: 1 } }", "edge.is_dashed", "true or false"),
      Fault("{ name: circle, edge: 1 }", "edge", "needs a section"),
      Fault("{ name: circle, inner: { line_width: 1 } }", "inner.is_dashed", "missing"),
      Fault("{ name: circle, inner: { line_width: 1, is_dashed: true, x: 1 } }", "inner", "'x'"),
      Fault("{ name: circle, edges: [{ line_width: 1, is_dashed: true, x: 1 }] }", "edges.0", "'x'"),
      Fault("{ name: circle, extent: 4 }", "extent", "height x width"),
      Fault("{ name: circle, extent: 4x99999999999 }", "extent", "height x width"),
    ])
  func refuses(_ fault: Fault) throws {
    let error = try #require(throws: PartError.self) { try Self.part(fault.yaml) }
    #expect(error.path.joined(separator: ".") == fault.path)
    for text in fault.says { #expect(error.problem.description.contains(text), "\(error.problem)") }
  }

  @Test("long lists, long text and deep nesting are refused")
  func bounds() throws {
    let long = ConfigurationValue.list(Array(repeating: .number(1), count: 65))
    let deep = (0..<20).reduce(ConfigurationValue.number(1)) { value, _ in .list([value]) }
    for value in [long, deep, .text(String(repeating: "x", count: 201))] {
      let description = PartDescription("circle", ["rings": value])
      #expect(throws: PartError.self) { try description.part(in: Self.catalogue) }
    }
  }

  @Test(
    "something else than a name or a section with a name is refused", arguments: ["[circle]", "3", "{ radius: 3 }"])
  func refusesOtherForms(_ yaml: String) {
    #expect(throws: DecodingError.self) { try YAMLDecoder().decode(PartDescription.self, from: yaml) }
  }
}
