import Foundation
import PoseCore
import PoseImage
import TestSupport
import Testing

@testable import PoseFormats
@testable import PoseGraph

struct CoreMLRefusalTests {
  @Test("what Core ML cannot say is refused by path and operation")
  func operators() throws {
    func refusal(_ input: [Int], _ build: (Value, Scope) -> GraphOutputs) throws -> CoreMLError? {
      let graph = try Graph("net", input: input, build)
      do {
        _ = try graph.coreML(WeightRecipe.checkpoint(for: graph))
        return nil
      } catch let error as CoreMLError {
        return error
      }
    }
    let softmax = try refusal([2, 3]) { x, s in ["y": x.named(s / "here").softmax(axis: 0)] }
    #expect(softmax == .batchMoves(path: "here", operation: "softmax"))
    let axes = try refusal([4, 6, 5]) { x, s in
      ["y": x.named(s / "high").reshaped(to: [1, 2, 2, 3, 2, 5]).softmax(axis: 2).reshaped(to: [1, 120])]
    }
    #expect(axes == .tooManyAxes(path: "high", operation: "softmax", axes: 6))
    let output = try refusal([4, 6, 5]) { x, _ in ["y": x.reshaped(to: [1, 2, 2, 3, 2, 5])] }
    #expect(output == .tooManyAxes(path: "y", operation: "output", axes: 6))
    #expect(try refusal([4]) { x, _ in ["y": x * 1e6] } == .outOfRange(name: "", value: 1e6))
  }

  @Test("a weight out of float16's range is refused by name, and written in float32")
  func range() throws {
    let graph = try Graph("net", input: [3, 4, 4]) { x, s in ["y": (s / "c").conv(x, to: 4, kernel: 1)] }
    var checkpoint = Checkpoint()
    checkpoint["c.weight"] = try Tensor(shape: [4, 3, 1, 1], [Float](repeating: 0, count: 11) + [70_000])
    #expect(throws: CoreMLError.outOfRange(name: "c.weight", value: 70_000)) { try graph.coreML(checkpoint) }
    let program = try CoreMLProgramReader(graph.coreML(checkpoint, CoreMLOptions(precision: .float32)))
    #expect(try program.numbers(of: "c_weight").last == 70_000)
  }

  @Test("inputs that do not fit the network are refused")
  func inputs() throws {
    let graph = try Graph("net", input: [4, 6, 5]) { x, _ in ["y": x.relu()] }
    let none = Checkpoint()
    #expect(throws: CoreMLError.noPicture(port: graph.inputs[0].name, shape: [1, 4, 6, 5])) {
      try graph.coreML(none, CoreMLOptions(input: .picture(PixelEncoding())))
    }
    for batch in [0, -1, 5000] {
      #expect(throws: CoreMLError.largestBatch(batch, allowed: 1...4096)) {
        try graph.coreML(none, CoreMLOptions(input: .tensor(largestBatch: batch)))
      }
    }
    #expect(throws: (any Error).self) {
      let other = try Graph("net", input: [3, 4, 4]) { x, s in ["y": (s / "c").conv(x, to: 4, kernel: 1)] }
      _ = try other.coreML(none)
    }
  }

  @Test("a package replaces a package, and nothing else")
  func places() throws {
    let graph = try Graph("net", input: [4]) { x, _ in ["y": x.relu()] }
    let package = try graph.coreML(Checkpoint())
    let folder = ScratchFolder.file("folder")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let path = folder.appending(path: "a.mlpackage").path
    try package.write(to: path)
    try Data("old".utf8).write(to: URL(filePath: path + "/Data/com.apple.CoreML/model.mlmodel"))
    try package.write(to: path + "/")
    #expect(try FileBytes.read(path + "/Data/com.apple.CoreML/model.mlmodel") == package.model)

    // A folder with something else in it, and a file.
    let others = ["other.mlpackage", "file.mlpackage"].map { folder.appending(path: $0).path }
    try FileManager.default.copyItem(atPath: path, toPath: others[0])
    try Data("mine".utf8).write(to: URL(filePath: others[0] + "/notes.txt"))
    try Data("mine".utf8).write(to: URL(filePath: others[1]))
    for other in others { #expect(throws: CoreMLError.foreign(other)) { try package.write(to: other) } }
    #expect(try FileBytes.read(others[0] + "/notes.txt") == Array("mine".utf8))
    #expect(try FileBytes.read(others[1]) == Array("mine".utf8))
    let missing = folder.path + "/none/a.mlpackage"
    #expect(throws: FileError.noFolder(missing)) { try package.write(to: missing) }
    // The superuser may write everywhere.
    if getuid() != 0 {
      let closed = folder.appending(path: "closed").path
      try FileManager.default.createDirectory(
        atPath: closed, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o500])
      #expect(throws: FileError.noPermission(closed + "/a.mlpackage")) {
        try package.write(to: closed + "/a.mlpackage")
      }
      try FileManager.default.removeItem(atPath: closed)
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    #expect(names == ["a.mlpackage", "file.mlpackage", "other.mlpackage"])
  }
}
