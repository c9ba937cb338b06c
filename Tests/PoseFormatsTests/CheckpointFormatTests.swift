import Foundation
import PoseGraph
import TestSupport
import Testing

@testable import PoseFormats

struct CheckpointFormatTests {
  private static func checkpoint() throws -> Checkpoint {
    var checkpoint = Checkpoint()
    checkpoint["a.weight"] = try Tensor(shape: [3], [1, -2.5, 1e-7])
    checkpoint["b"] = try Tensor(shape: [1], [0])
    return checkpoint
  }

  @Test("every format recognizes and reads what it writes, and no other does")
  func roundTrips() throws {
    let formats = CheckpointFormats.all + [ExampleFormat.self]
    for format in formats {
      let bytes = try format.write(Self.checkpoint())
      #expect(try format.read(bytes) == Self.checkpoint(), "\(format)")
      #expect(formats.filter { $0.recognizes(bytes) }.count == 1 && !format.recognizes([]), "\(format)")
    }
    let extensions = formats.flatMap { $0.extensions }
    #expect(Set(extensions).count == extensions.count)
  }

  @Test("the build finds a format in a file of its folder alone, and CONTRIBUTING.md shows the one that is built here")
  func contributing() throws {
    let root = SharedData.checkout
    let folder = root.appending(path: "Sources/PoseFormats/CheckpointFormats").path
    let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".swift") }
    #expect(Set(CheckpointFormats.all.map { "\($0).swift" }) == Set(files))
    let example = try String(
      contentsOf: root.appending(path: "Tests/PoseFormatsTests/ExampleFormat.swift"), encoding: .utf8
    )
    .replacingOccurrences(of: "import PoseFormats\n", with: "")
    let text = try String(contentsOf: root.appending(path: "CONTRIBUTING.md"), encoding: .utf8)
    #expect(text.contains("```swift\n\(example)```"))
  }
}
