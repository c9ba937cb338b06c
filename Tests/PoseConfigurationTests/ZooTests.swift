import Foundation
import PoseCodecs
import PoseConfiguration
import PoseGraph
import TestSupport
import Testing

struct ZooTests {
  @Test("every file of configs/ is embedded, and nothing else")
  func embedsEveryFile() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: SharedData.checkout.appending(path: "configs").path)
    let names = files.filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()
    #expect(Zoo.names == names)
    #expect(Zoo.all.map(\.name) == names)
  }

  @Test("a configuration decodes, builds its network and has the input that its name says", arguments: Zoo.names)
  func builds(_ name: String) throws {
    let configuration = try Zoo.configuration(named: name)
    let graph = try configuration.graph()
    let input = configuration.model.input
    let isDetector = configuration.model.skeleton == nil
    #expect(isDetector || name.contains("_\(input.height)x\(input.width)"))
    #expect(
      graph.shape(of: graph.inputs[0].value) == [1, configuration.inputPose == nil ? 3 : 20, input.height, input.width])
    if let heatmaps = graph.outputs.first(where: { $0.name == "heatmaps" }) {
      #expect(graph.shape(of: heatmaps.value)[2...] == [input.height / 4, input.width / 4])
    }
    let isUnbiased = configuration.codec.target?.isUnbiased
    // What has no targets is not trained here.
    #expect(isUnbiased == nil || isUnbiased == (configuration.image.warp == .udp))
    if configuration.codec.decoder is any HeatmapDecoder { #expect(isUnbiased == !configuration.test.shiftsHeatmap) }
    let ports = Dictionary(
      uniqueKeysWithValues: graph.outputs.map { ($0.name, Array(graph.shape(of: $0.value).dropFirst())) })
    try configuration.codec.decoder.check(ports, skeleton: configuration.model.skeleton)
  }

  @Test("a configuration is the same after a round trip through a model file's metadata", arguments: Zoo.names)
  func roundTrips(_ name: String) throws {
    let configuration = try Zoo.configuration(named: name)
    let json = try configuration.json()
    #expect(!json.contains("\n"))
    #expect(try ModelConfiguration(json: json, source: "model.safetensors") == configuration)
    // JSON is YAML, so a copied one may stand in a file.
    #expect(try ModelConfiguration(yaml: json, name: "other") == configuration)
  }

  @Test("a path works as a name, and gives the same configuration", arguments: Zoo.names)
  func readsFiles(_ name: String) throws {
    let path = SharedData.checkout.appending(path: "configs/\(name).yaml").path
    #expect(try Zoo.configuration(named: path) == Zoo.configuration(named: name))
  }

  @Test("the first lines of a file are its documentation", arguments: Zoo.names)
  func documents(_ name: String) throws {
    let text = try String(contentsOf: SharedData.checkout.appending(path: "configs/\(name).yaml"), encoding: .utf8)
    #expect(text.hasPrefix("# "))
    #expect(text.contains("\n# pose ") && text.contains("\n# Source: "))
    let published = try Zoo.configuration(named: name).published
    #expect(text.contains("Published: ") == (published != nil))
    if let published { #expect(text.contains("Published: \(published.short) (")) }
  }

  @Test("every configuration of RTMDet and of a network whose targets are known says how it is trained")
  func trains() {
    #expect(Zoo.all.allSatisfy { $0.train != nil || ($0.codec.target == nil && !$0.name.hasPrefix("rtmdet")) })
  }

  @Test("an unknown name names the nearest")
  func namesNearest() {
    let error = #expect(throws: ConfigurationError.self) { try Zoo.configuration(named: "litehrnet_18_coco_256x129") }
    #expect(error?.description.contains("'litehrnet_18_coco_256x192'?") == true)
    let other = #expect(throws: ConfigurationError.self) { try Zoo.configuration(named: "") }
    #expect(other?.description.contains("`pose models` lists the ") == true)
  }

  @Test("a network's own weights fit it, and only networks of the same parameters", arguments: Zoo.names)
  func recognisesWeights(_ name: String) throws {
    let configuration = try Zoo.configuration(named: name)
    // Names and shapes are what tells.
    var checkpoint = Checkpoint()
    for parameter in try configuration.graph().parameters {
      checkpoint[parameter.name] = try Tensor(
        shape: parameter.shape, type: .uint8, bytes: Array(repeating: 0, count: parameter.shape.reduce(1, *)))
    }
    let fitting = Zoo.configurations(fitting: checkpoint)
    #expect(fitting.contains(configuration))
    for other in fitting { try other.graph().check(checkpoint) }
    #expect(Set(fitting.map { "\($0.model.backbone.name) \($0.model.skeleton?.joints.count ?? 0)" }).count == 1)
    checkpoint["backbone.stranger"] = try Tensor(shape: [], [0])
    #expect(Zoo.configurations(fitting: checkpoint).isEmpty)
  }

  // The published tables have millions of parameters and thousands of millions of multiply-adds, to two digits.
  @Test(
    "networks of Halpe's joints are as large as published",
    arguments: [
      ("t_halpe26_256x192", 3.51, 0.37), ("s_halpe26_256x192", 5.7, 0.7), ("m_halpe26_256x192", 13.93, 1.95),
      ("l_halpe26_256x192", 28.11, 4.19), ("m_halpe26_384x288", 14.06, 4.37), ("l_halpe26_384x288", 28.24, 9.4),
      ("x_halpe26_384x288", 50, 17.29),
    ])
  func sizes(_ name: String, _ parameters: Double, _ multiplyAdds: Double) throws {
    let cost = try Zoo.configuration(named: "rtmpose_" + name).graph().cost
    #expect(abs(Double(cost.parameters) / 1e6 - parameters) < 0.006)
    #expect(abs(Double(cost.multiplyAdds) / 1e9 / multiplyAdds - 1) < 0.02)
  }

  @Test("a head of 133 joints has the shapes of MMPose's configuration")
  func wholeBodyShapes() throws {
    let graph = try Zoo.configuration(named: "rtmpose_x_wholebody_384x288").graph()
    let shapes = Dictionary(uniqueKeysWithValues: graph.parameters.map { ($0.name, $0.shape) })
    #expect(shapes["head.final_layer.weight"] == [133, 1280, 7, 7])
    #expect(shapes["head.mlp.1.weight"] == [256, 9 * 12])
    #expect(shapes["head.cls_x.weight"] == [2 * 288, 256] && shapes["head.cls_y.weight"] == [2 * 384, 256])
    #expect(shapes["backbone.stage4.2.blocks.3.conv1.conv.weight"] == [640, 640, 3, 3])
    let heatmaps = try Zoo.configuration(named: "hrnet_w48_wholebody_256x192").graph()
    #expect(heatmaps.parameters.first { $0.name == "keypoint_head.final_layer.weight" }?.shape == [133, 48, 1, 1])
  }

  @Test("HRNetV2's head reads all branches, under the names of MMPose 0.29")
  func allBranches() throws {
    let graph = try Zoo.configuration(named: "hrnetv2_w18_wflw_256x256").graph()
    let shapes = Dictionary(uniqueKeysWithValues: graph.parameters.map { ($0.name, $0.shape) })
    #expect(shapes["keypoint_head.final_layer.0.weight"] == [270, 270, 1, 1])
    #expect(shapes["keypoint_head.final_layer.0.bias"] == [270] && shapes["keypoint_head.final_layer.1.bias"] == [270])
    #expect(shapes["keypoint_head.final_layer.3.weight"] == [98, 270, 1, 1])
    #expect(shapes["backbone.stage4.2.fuse_layers.3.0.2.0.weight"] == [144, 18, 3, 3])
    #expect(shapes["backbone.stage4.2.fuse_layers.3.4.0.weight"] == nil)
  }

  @Test("counters may be missing, weights may not")
  func allowsMissingCounters() throws {
    var checkpoint = try Zoo.configuration(named: "litehrnet_18_coco_256x192").graph().initialized(seed: 1)
    for name in checkpoint.names where name.hasSuffix("num_batches_tracked") { checkpoint[name] = nil }
    #expect(Zoo.configurations(fitting: checkpoint).map(\.name).contains("litehrnet_18_coco_256x192"))
    checkpoint["keypoint_head.final_layer.bias"] = nil
    #expect(Zoo.configurations(fitting: checkpoint).isEmpty)
  }

  // Work that grows with names times names would take longer than the limit.
  @Test("a checkpoint with tens of thousands of other parameters is soon refused", .timeLimit(.minutes(10)))
  func manyParameters() throws {
    var checkpoint = try Zoo.configuration(named: "litehrnet_30_coco_256x192").graph().initialized(seed: 1)
    #expect(Zoo.configurations(fitting: checkpoint).map(\.name).contains("litehrnet_30_coco_256x192"))
    let tensor = try Tensor(shape: [1], [0])
    for index in 0..<50_000 { checkpoint["other.\(index)"] = tensor }
    #expect(Zoo.configurations(fitting: checkpoint).isEmpty)
  }
}
