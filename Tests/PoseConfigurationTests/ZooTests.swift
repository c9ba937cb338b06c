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
    #expect(isDetector || isUnbiased == (configuration.image.warp == .udp))
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

  @Test("every configuration of a network that finds joints says how it is trained")
  func trains() { #expect(Zoo.all.allSatisfy { $0.train != nil || $0.model.skeleton == nil }) }

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
    let graph = try configuration.graph()
    var checkpoint = graph.initialized(seed: 1)
    let fitting = Zoo.configurations(fitting: checkpoint)
    #expect(fitting.contains(configuration))
    for other in fitting { try other.graph().check(checkpoint) }
    #expect(Set(fitting.map { "\($0.model.backbone.name) \($0.model.skeleton?.name ?? "")" }).count == 1)
    checkpoint["backbone.stranger"] = try Tensor(shape: [], [0])
    #expect(Zoo.configurations(fitting: checkpoint).isEmpty)
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
  @Test("a checkpoint with tens of thousands of other parameters is soon refused", .timeLimit(.minutes(1)))
  func manyParameters() throws {
    var checkpoint = try Zoo.configuration(named: "litehrnet_30_coco_256x192").graph().initialized(seed: 1)
    #expect(Zoo.configurations(fitting: checkpoint).map(\.name).contains("litehrnet_30_coco_256x192"))
    let tensor = try Tensor(shape: [1], [0])
    for index in 0..<50_000 { checkpoint["other.\(index)"] = tensor }
    #expect(Zoo.configurations(fitting: checkpoint).isEmpty)
  }
}
