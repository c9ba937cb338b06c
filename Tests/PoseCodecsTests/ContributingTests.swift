import Foundation
import PoseCore
import PoseImage
import TestSupport
import Testing

@testable import PoseCodecs

struct ContributingTests {
  private static func text(_ path: String) throws -> String {
    try String(contentsOf: SharedData.checkout.appending(path: path), encoding: .utf8)
  }

  @Test(
    "the codec that CONTRIBUTING.md shows is the one that is built here",
    arguments: ["ExampleDecoder", "ExampleTarget"])
  func showsTheExample(_ name: String) throws {
    let example = try Self.text("Tests/PoseCodecsTests/\(name).swift")
      .replacingOccurrences(of: "@testable import PoseCodecs\n\n", with: "")
    #expect(try Self.text("CONTRIBUTING.md").contains("```swift\n\(example)```"))
  }

  @Test("the build finds a decoder and a target in a file of its folder alone")
  func findsParts() throws {
    let decoders = Set(
      DecoderCatalogue.names.compactMap { DecoderCatalogue.decoder(named: $0) }.map { "\(type(of: $0)).swift" })
    let targets = Set(
      TargetCatalogue.names.compactMap { TargetCatalogue.target(named: $0) }.map { "\(type(of: $0)).swift" })
    for (folder, found) in [("OutputDecoders", decoders), ("Targets", targets)] {
      let path = SharedData.checkout.appending(path: "Sources/PoseCodecs/\(folder)").path
      #expect(try Set(FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasSuffix(".swift") }) == found)
    }
  }

  @Test("the example's decoder reads what its target writes, in pixels of the picture")
  func decodes() throws {
    let size = Size(height: 256, width: 192)
    let grid = TargetGrid(joints: 17, input: size, maps: Size(height: 64, width: 48))
    let joints = (0..<17).map { (index: Int) in LabelledKeypoint(x: Double(8 * index + 12), y: Double(240 - 8 * index))
    }
    let target = try TargetEncoder(ExampleTarget(), for: grid).encode(joints)
    let outputs = Outputs(["heatmaps": OutputTensor(shape: target.shapes[0], values: target.values[0])])
    try ExampleDecoder().check(["heatmaps": target.shapes[0]], skeleton: .coco17)
    let placement = Placement(AffineTransform(a: 2, b: 0, tx: 0.5, c: 0, d: 2, ty: 0.5), input: size)
    for (keypoint, joint) in zip(ExampleDecoder().decode(outputs, placement), joints) {
      let place = placement.toInput(keypoint.position)
      #expect(abs(place.x - joint.position.x) <= 2 && abs(place.y - joint.position.y) <= 2 && keypoint.score == 1)
    }
  }
}
