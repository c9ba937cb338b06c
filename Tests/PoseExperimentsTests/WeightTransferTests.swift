import PoseConfiguration
import PoseCore
import PoseGraph
import Testing

@testable import PoseExperiments

@Suite struct WeightTransferTests {
  @Test("a network for other joints takes the body, and the rows of the joints that both have")
  func joints() throws {
    let source = try Zoo.configuration(named: "litehrnet_18_person_256x192")
    let target = try Zoo.configuration(named: "litehrnet_18_person_lsp14_256x192")
    var loaded = try source.graph().initialized(seed: 1)
    loaded.metadata["config"] = try source.json()
    let fresh = try target.graph().initialized(seed: 2)
    let transfer = try WeightTransfer(fresh, of: target, from: loaded)
    let head = "keypoint_head.final_layer.weight"
    #expect(transfer.renewed == [head, "keypoint_head.final_layer.bias"])
    #expect(transfer.weights["backbone.stem.conv1.conv.weight"] == loaded["backbone.stem.conv1.conv.weight"])
    try target.graph().check(transfer.weights)
    func row(_ checkpoint: Checkpoint, _ index: Int) throws -> ArraySlice<Float> {
      try #require(checkpoint[head]).floats[index * 40..<(index + 1) * 40]
    }
    for (index, joint) in Skeleton.lsp14.joints.enumerated() {
      let same = Skeleton.coco17.joints.firstIndex(of: joint)
      let expected = try same.map { try row(loaded, $0) } ?? row(fresh, index)
      #expect(try Array(row(transfer.weights, index)) == Array(expected), "\(joint)")
    }
  }
}
