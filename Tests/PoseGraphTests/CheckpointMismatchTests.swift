import Testing

@testable import PoseGraph

/// A checkpoint of another network is refused with every name at fault and what it was probably meant to be.
struct CheckpointMismatchTests {
  private let graph: Graph
  private let fitting: Checkpoint

  init() throws {
    graph = try Graph("small", input: [3, 4, 4]) { x, scope in
      let y = (scope / "stem" / "bn").batchNorm((scope / "stem" / "conv").conv(x, to: 8, kernel: 3))
      return ["y": (scope / "head").conv(y, to: 2, bias: true)]
    }
    fitting = WeightRecipe.checkpoint(for: graph)
  }

  @Test("a fitting checkpoint passes, with or without batch counters")
  func fits() throws {
    try graph.check(fitting)
    var old = fitting
    old["stem.bn.num_batches_tracked"] = nil
    try graph.check(old)
  }

  @Test("a missing parameter and its new name are each other's candidates")
  func renamed() throws {
    var checkpoint = fitting
    checkpoint["stem.conv1.weight"] = checkpoint["stem.conv.weight"]
    checkpoint["stem.conv.weight"] = nil
    let error = try #require(throws: CheckpointMismatch.self) { try graph.check(checkpoint) }
    #expect(error.network == "small")
    #expect(error.missing == [.init(name: "stem.conv.weight", candidate: "stem.conv1.weight")])
    #expect(error.unexpected == [.init(name: "stem.conv1.weight", candidate: "stem.conv.weight")])
    #expect(error.misshapen.isEmpty)
    #expect(error.description.contains("stem.conv.weight (like stem.conv1.weight?)"))
  }

  @Test("a name without likeness has no candidate")
  func unlike() throws {
    var checkpoint = fitting
    checkpoint["optimizer"] = try Tensor(shape: [1], [0])
    checkpoint["head.bias"] = nil
    let error = try #require(throws: CheckpointMismatch.self) { try graph.check(checkpoint) }
    #expect(error.missing == [.init(name: "head.bias", candidate: nil)])
    #expect(error.unexpected == [.init(name: "optimizer", candidate: nil)])
  }

  @Test("another shape is told with both shapes")
  func misshapen() throws {
    var checkpoint = fitting
    checkpoint["head.bias"] = try Tensor(shape: [3], [1, 2, 3])
    let error = try #require(throws: CheckpointMismatch.self) { try graph.check(checkpoint) }
    #expect(error.misshapen == [.init(name: "head.bias", expected: [2], actual: [3])])
    #expect(error.description.contains("head.bias: [3], the network has [2]"))
  }

  @Test("long lists are counted and cut")
  func cut() throws {
    let error = try #require(throws: CheckpointMismatch.self) { try graph.check(Checkpoint()) }
    #expect(error.missing.count == 7)
    #expect(error.description.contains("parameters that are missing: 7"))
    #expect(error.description.contains("and 2 more"))
  }

  @Test(
    "edits between names",
    arguments: [("", "", 0), ("abc", "", 3), ("", "ab", 2), ("kitten", "sitting", 3), ("conv1", "conv2", 1)])
  func editDistances(a: String, b: String, expected: Int) {
    #expect(editDistance(Array(a.utf8), Array(b.utf8)) == expected)
    #expect(editDistance(Array(b.utf8), Array(a.utf8)) == expected)
  }

  @Test(
    "of names that begin alike the one with the same separators is meant",
    arguments: [
      ("litehrnet18", "litehrnet_18_coco"), ("lite_hrnet_18", "lite_hrnet_18_256"),
      ("LiteHRNet_18_c", "litehrnet_18_coco"),
    ])
  func separators(_ name: String, _ expected: String) {
    #expect(nearest(to: name, among: ["lite_hrnet_18_256", "litehrnet_18_coco", "litehrnet_30_coco"]) == expected)
  }

  @Test("a variance below zero is found in norms, and nowhere else")
  func variances() throws {
    #expect(graph.firstNegativeVariance(in: fitting) == nil)
    var checkpoint = fitting
    checkpoint["stem.bn.running_mean"] = try Tensor(shape: [8], [-1, -1, -1, -1, -1, -1, -1, -1])
    #expect(graph.firstNegativeVariance(in: checkpoint) == nil)
    checkpoint["stem.bn.running_var"] = try Tensor(shape: [8], [1, 1, 1, 0, 1, 1, -1e-6, 1])
    #expect(graph.firstNegativeVariance(in: checkpoint) == "stem.bn.running_var")
  }
}
