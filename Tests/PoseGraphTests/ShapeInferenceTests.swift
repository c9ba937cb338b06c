import PoseCore
import Testing

@testable import PoseGraph

/// Layers that do not fit are refused where the network is built, with the path of the layer at fault.
struct ShapeInferenceTests {
  struct Mistake: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let path: String
    let build: @Sendable (Value, Scope) -> Value

    init(_ name: String, at path: String, _ build: @escaping @Sendable (Value, Scope) -> Value) {
      (testDescription, self.path, self.build) = (name, path, build)
    }
  }

  @Test("a mistake names its layer", arguments: mistakes)
  func mistakeNamesItsLayer(_ mistake: Mistake) {
    let error = #expect(throws: GraphError.self) {
      try Graph("wrong", input: [4, 6, 8]) { x, scope in ["y": mistake.build(x, scope)] }
    }
    #expect(error?.path == mistake.path)
    #expect(error?.description.hasPrefix(mistake.path.isEmpty ? "" : mistake.path + ": ") == true)
    #expect(error?.reason.isEmpty == false)
  }

  @Test("the first of several mistakes is reported")
  func firstMistake() {
    let error = #expect(throws: GraphError.self) {
      try Graph("wrong", input: [4, 6, 8]) { x, scope in
        let y = (scope / "stem" / "first").conv(x, to: 8, kernel: 9, padding: 0)
        return ["y": (scope / "stem" / "second").linear(y, to: 3).reshaped(to: [1, 5])]
      }
    }
    #expect(error?.path == "stem.first")
  }

  @Test("an input must have positive extents", arguments: [[], [0, 3], [3, -1], [Int.max, 2]])
  func input(_ shape: [Int]) {
    #expect(throws: GraphError.self) { try Graph("wrong", input: shape) { x, _ in ["x": x] } }
  }

  static let mistakes = [
    Mistake("kernel larger than the image", at: "stem.conv") {
      ($1 / "stem" / "conv").conv($0, to: 8, kernel: 9, padding: 0)
    },
    Mistake("channels that groups do not divide", at: "conv") { ($1 / "conv").conv($0, to: 8, groups: 3) },
    Mistake("outputs that groups do not divide", at: "conv") { ($1 / "conv").conv($0, to: 6, groups: 4) },
    Mistake("no groups", at: "conv") { ($1 / "conv").conv($0, to: 8, groups: 0) },
    Mistake("a stride of zero", at: "conv") { ($1 / "conv").conv($0, to: 8, stride: 0) },
    Mistake("a negative padding", at: "conv") { ($1 / "conv").conv($0, to: 8, padding: Size(-1)) },
    Mistake("negative channels", at: "conv") { ($1 / "conv").conv($0, to: -8) },
    Mistake("a convolution of rows", at: "conv") { ($1 / "conv").conv($0.reshaped(to: [1, 192]), to: 8) },
    Mistake("a transposed convolution that leaves nothing", at: "up") {
      ($1 / "up").transposedConv($0, to: 2, kernel: 1, stride: 1, padding: 9)
    },
    Mistake("a layer twice with other shapes", at: "fc") {
      ($1 / "fc").linear($0, to: 8) + ($1 / "fc").linear($0, to: 9)
    },
    Mistake("shapes that do not broadcast", at: "") { x, _ in x + x.slice(axis: 1, 0..<3) },
    Mistake("a function of a module's value", at: "head") { x, scope in
      x.named(scope / "head").reshaped(to: [1, 7])
    },
    Mistake("matrices that do not multiply", at: "") { x, _ in x.matmul(x) },
    Mistake("a softmax over no axis", at: "") { x, _ in x.softmax(axis: 4) },
    Mistake("a reduction over the same axis twice", at: "") { x, _ in x.reduced(.sum, axes: [1, 1]) },
    Mistake("a pool with too much padding", at: "pool") {
      ($1 / "pool").pool($0, Pooling(.max, kernel: 2, stride: 1, padding: 2))
    },
    Mistake("a resize to nothing", at: "up") { ($1 / "up").upsample($0, to: 0) },
    Mistake("a slice beyond the end", at: "") { x, _ in x.slice(axis: 1, 2..<5) },
    Mistake("a split with a rest", at: "") { x, _ in x.split(axis: 1, into: 3)[0] },
    Mistake("sizes that are too many", at: "") { x, _ in x.split(axis: 1, sizes: [2, 3])[1] },
    Mistake("a reshape to another count", at: "") { x, _ in x.reshaped(to: [1, 5, -1]) },
    Mistake("a batch that does not stay", at: "") { x, _ in x.reshaped(to: [4, 48]) },
    Mistake("an order without all axes", at: "") { x, _ in x.transposed([0, 1, 2]) },
    Mistake("a negative padding of a value", at: "") { x, _ in x.padded(before: [0, -1, 0, 0], after: [0, 0, 0, 0]) },
    Mistake("an index beyond the end", at: "") { x, _ in x.gathered(axis: 1, indices: [0, 4]) },
    Mistake("positions of three numbers", at: "") { x, _ in
      x.sampled(at: x.slice(axis: 3, 0..<3), alignCorners: true)
    },
    Mistake("parts of other sizes", at: "join") { x, scope in
      (scope / "join").concat([x, x.slice(axis: 2, 0..<2)])
    },
    Mistake("no parts", at: "join") { _, scope in (scope / "join").concat([]) },
    Mistake("a shuffle with a rest", at: "") { x, _ in x.channelShuffle(groups: 3) },
  ]
}
