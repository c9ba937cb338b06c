import PoseConfiguration
import PoseCore
import PoseEngine
import PoseFormats
import PoseGraph
import PoseImage
import TestSupport
import Testing

@testable import PoseCodecs
@testable import PoseEstimation

/// The network that scores poses for DEKR, as its authors publish it: in a file of its own, with layers of its own names.
struct DEKRScoringTests {
  /// What `rescore_valid` of HRNet/DEKR multiplies scores by, from recipe weights, for the golden poses and for their first 14
  /// joints.
  static let cases: [(network: String, skeleton: Skeleton, scores: [Float])] = [
    (
      "dekr_official_hrnet_w32_coco_512x512", .coco17,
      [0.46698257, 1.1414887, 0.019575084, 0.14722778]
    ),
    (
      "dekr_official_hrnet_w32_crowdpose_512x512", .crowdPose14,
      [-0.20640975, 0.25109085, -0.11763208, -1.6733125]
    ),
  ]

  /// Weights of the layers in the authors' file.
  private static func layers(of skeleton: Skeleton) throws -> Checkpoint {
    var layers = Checkpoint()
    var inputs = 3 * skeleton.limbs.count + skeleton.joints.count
    for (name, outputs) in [("l1", 256), ("l2", 256), ("l3", 1)] {
      let weights = try WeightRecipe.input(
        shape: [outputs, inputs], name: "\(name).weight", amplitude: (3 / Double(inputs)).squareRoot())
      layers["\(name).weight"] = weights
      layers["\(name).bias"] = try WeightRecipe.input(shape: [outputs], name: "\(name).bias", amplitude: 0.2)
      inputs = outputs
    }
    return layers
  }

  private static func file(_ checkpoint: Checkpoint) throws -> String {
    let path = ScratchFolder.file("safetensors").path
    try FileBytes.write(checkpoint.safetensors(), to: path)
    return path
  }

  @Test("the authors' layers beside a network's weights score poses as the published code does", arguments: cases)
  func scores(_ network: String, _ skeleton: Skeleton, _ expected: [Float]) throws {
    let configuration = try Zoo.configuration(named: network, settings: ["model.input=64x64"])
    let bare = try Model(configuration, WeightRecipe.checkpoint(for: configuration.graph()))
    let model = try bare.adding(contentsOf: Self.file(Self.layers(of: skeleton)))
    let graph = try #require(try model.configuration.personGraph(of: model.graph))
    let engine = try Engine(graph, model.checkpoint.part(for: graph))
    let poses = try GoldenFile.archive("golden/decode/dekr_official.npz").tensor("nms.poses").floats
    let measures = PoseMeasures.official(of: skeleton)
    for (index, score) in expected.enumerated() {
      let starts = (0..<skeleton.joints.count).map { 51 * index + 3 * $0 }
      let seen = measures(starts.map { SIMD2(poses[$0], poses[$0 + 1]) }, starts.map { poses[$0 + 2] })
      let given = try engine(Tensor(shape: [1, seen.count], seen))
      #expect(abs(given[0].tensor.floats[0] - score) < 1e-5)
    }
    // A network that has the layers in its file needs nothing else.
    #expect(configuration.adopting(model.checkpoint) == model.configuration)
    let image = try Image(width: 9, height: 9, pixels: [UInt8](repeating: 7, count: 243))
    #expect(throws: Never.self) { try PoseEstimator(model: .model(model)).poses(in: image) }
  }

  @Test("layers that the network has already, or has no place for, are refused by name")
  func refuses() throws {
    let name = "dekr_official_hrnet_w32_coco_512x512"
    let configuration = try Zoo.configuration(named: name, settings: ["model.input=64x64"])
    let model = try Model(configuration, WeightRecipe.checkpoint(for: configuration.graph()))
    var repeated = Checkpoint()
    repeated["conv1.weight"] = model.checkpoint["conv1.weight"]
    let twice = #expect(throws: ModelError.self) { try model.adding(contentsOf: Self.file(repeated)) }
    #expect(twice?.description.contains("'conv1.weight'") == true)
    // CrowdPose's layers see another number of limbs.
    let other = #expect(throws: ModelError.self) {
      try model.adding(contentsOf: Self.file(Self.layers(of: .crowdPose14)))
    }
    #expect(other?.description.contains("l1.weight") == true)
  }
}
