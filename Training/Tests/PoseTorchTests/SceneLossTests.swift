import PoseFormats
import PoseGraph
import Testing
import TrainingTestSupport

@testable import PoseTorch

/// Losses of networks that look for everybody at once, against the published code's values.
@Suite(.needsSharedData)
struct SceneLossTests {
  @Test(
    "tags cost what the published code says, and so do their gradients",
    arguments: [("exp", AssociativeEmbeddingLoss.Push.exponential), ("max", .maximum)])
  func tags(_ name: String, _ push: AssociativeEmbeddingLoss.Push) throws {
    let golden = try SharedData.arrays("golden/decode/losses0.npz")
    let flat = try golden.tensor("tags")
    let side = Int(Double(flat.shape[1] / 17).squareRoot())
    let tags = try TorchTensor(flat.floats, [2, 17, side, side])
    try tags.setRequiresGradient(true)
    // Places, each with whether it counts.
    let joints = try golden.tensor("joints").floats
    let indices = stride(from: 0, to: joints.count, by: 2).map { joints[$0 + 1] > 0 ? joints[$0] : -1 }
    var loss = AssociativeEmbeddingLoss(joints: 17)
    loss.push = push
    let terms = try loss.tagTerms(tags, TorchTensor(indices, [2, 5, 17]))
    #expect(try worstDifference(terms.push.floats(), golden.tensor("\(name).push").floats) < 1e-5)
    #expect(try worstDifference(terms.pull.floats(), golden.tensor("\(name).pull").floats) < 1e-5)
    try ATen.add(ATen.sum(terms.push, type: nil), ATen.sum(terms.pull, type: nil), alpha: 1).backward()
    let gradient = try #require(tags.gradient)
    #expect(try worstDifference(gradient.floats(), golden.tensor("\(name).grad").floats) < 1e-4)
  }

  @Test("heatmaps under a mask cost what the published code says; nobody and one person push nobody")
  func heatmaps() throws {
    let golden = try SharedData.arrays("golden/decode/losses0.npz")
    func tensor(_ name: String, _ shape: [Int]) throws -> TorchTensor {
      try TorchTensor(golden.tensor(name).floats, shape)
    }
    let (heatmaps, target) = (try tensor("hm.pred", [2, 17, 16, 16]), try tensor("hm.gt", [2, 17, 16, 16]))
    let mask = try tensor("hm.mask", [2, 1, 16, 16])
    let tags = try TorchTensor((0..<2 * 17 * 256).map { Float($0 % 7) }, [2, 17, 16, 16])
    let output = try ATen.cat([heatmaps, tags], axis: 1)
    var indices = [Float](repeating: -1, count: 2 * 3 * 17)
    // One person with one joint in the second picture.
    indices[3 * 17] = 5
    let loss = AssociativeEmbeddingLoss(joints: 17)
    let value = try loss([output, output, output], [target, mask, TorchTensor(indices, [2, 3, 17])], weights: nil)
    let published = try golden.tensor("hm.loss").floats
    #expect(try worstDifference(value.floats(), [published.reduce(0, +) / 2]) < 1e-6)
    let fine = AssociativeEmbeddingLoss(output: "heatmaps_and_tags", joints: 17, hasFineHeatmaps: true)
    let twice = try fine(
      [output, output, output, heatmaps, heatmaps], [target, mask, TorchTensor(indices, [2, 3, 17]), target, mask],
      weights: nil)
    #expect(try worstDifference(twice.floats(), [published.reduce(0, +)]) < 1e-6)
    #expect(throws: LibTorchError.self) { try loss([output], [target], weights: nil) }
    #expect(throws: LibTorchError.self) { try loss.tagTerms(tags, TorchTensor([1, 2], [1, 2])) }
  }

  @Test("AdaptivePose's losses and their gradients are the published ones")
  func adaptivePose() throws {
    let golden = try SharedData.ownArrays("scenes.npz")
    func tensor(_ name: String) throws -> TorchTensor { try TorchTensor(golden.tensor("adaptive." + name)) }
    let (logits, offsets) = try (tensor("logits"), tensor("offsets"))
    for output in [logits, offsets] { try output.setRequiresGradient(true) }
    let loss = AdaptivePoseLoss(
      sigmas: [26, 25, 25, 35, 35, 79, 79, 72, 72, 62, 62, 107, 107, 87, 87, 89, 89].map { $0 / 1000 })
    let value = try loss([logits, offsets], [tensor("target"), tensor("rows")], weights: nil)
    #expect(try worstDifference(value.floats(), golden.tensor("adaptive.loss").floats) < 1e-5)
    try value.backward()
    for (output, port) in [(logits, "logits"), (offsets, "offsets")] {
      let gradient = try #require(output.gradient)
      #expect(try worstDifference(gradient.floats(), golden.tensor("adaptive.\(port).grad").floats) < 1e-4)
    }
    #expect(throws: LibTorchError.self) { try loss([logits], [tensor("target")], weights: nil) }
  }

  @Test(
    "DEKR's losses and their gradients are the published ones",
    arguments: [("official", DEKRLoss.Vectors.offsets), ("mmpose", .displacements)])
  func dekr(_ name: String, _ vectors: DEKRLoss.Vectors) throws {
    let golden = try SharedData.ownArrays("scenes.npz")
    func tensor(_ name: String) throws -> TorchTensor { try TorchTensor(golden.tensor("loss." + name)) }
    let (heatmaps, offsets) = try (tensor("heatmaps"), tensor("vectors"))
    for output in [heatmaps, offsets] { try output.setRequiresGradient(true) }
    let value = try DEKRLoss(vectors)(
      [heatmaps, heatmaps, offsets, offsets],
      [
        tensor("heatmaps.target"), tensor("heatmaps.weights"), tensor("vectors.target"), tensor("vectors.weights"),
      ], weights: nil)
    #expect(try worstDifference(value.floats(), golden.tensor("loss." + name).floats) < 1e-6)
    try value.backward()
    for (output, port) in [(heatmaps, "heatmaps"), (offsets, "vectors")] {
      let gradient = try #require(output.gradient)
      #expect(try worstDifference(gradient.floats(), golden.tensor("loss.\(name).\(port).grad").floats) < 2e-6)
    }
    let nothing = try TorchTensor([Float](repeating: 0, count: 4), [1, 1, 2, 2])
    #expect(
      try DEKRLoss(vectors)(
        Array(repeating: nothing, count: 4), Array(repeating: nothing, count: 4), weights: nil
      ).item() == 0)
  }
}
