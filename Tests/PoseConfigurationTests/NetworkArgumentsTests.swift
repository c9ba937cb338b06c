import PoseConfiguration
import PoseCore
import PoseModels
import Testing

struct NetworkArgumentsTests {
  private static func configuration(_ model: String) throws -> ModelConfiguration {
    try ModelConfiguration(yaml: "model: { \(model), joints: coco17, input: 256x192 }", name: "mine.yaml")
  }

  @Test(
    "a family with a published network's arguments is that network",
    arguments: [
      ("{ name: lite_hrnet, modules: [3, 8, 3] }", "lite_hrnet_30", "heatmap"),
      ("{ name: lite_hrnet, block: shuffle, channels: [30, 60, 120, 240] }", "naive_lite_hrnet_18", "heatmap"),
      ("{ name: hrnet, channels: [48, 96, 192, 384] }", "hrnet_w48", "heatmap"),
      ("{ name: resnet, blocks: [3, 4, 23, 3] }", "resnet_101", "deconvolution"),
      ("{ name: resnet, blocks: [2, 2, 2, 2], block: basic }", "resnet_18", "deconvolution"),
      ("{ name: vitpose, channels: 384 }", "vitpose_small", "upsampling"),
      ("{ name: hrnet_w48, channels: [32, 64, 128, 256] }", "hrnet_w32", "heatmap"),
    ])
  func families(_ backbone: String, _ published: String, _ head: String) throws {
    let ours = try Self.configuration("backbone: \(backbone), head: \(head)").graph()
    let theirs = try Self.configuration("backbone: \(published), head: \(head)").graph()
    #expect(ours.parameters == theirs.parameters)
  }

  @Test("heads and necks take arguments, too")
  func heads() throws {
    let head = "{ name: deconvolution, channels: [128, 64] }"
    let graph = try Self.configuration("backbone: resnet_18, head: \(head)").graph()
    let shapes = graph.parameters.filter { $0.name.contains("deconv_layers") && $0.shape.count == 4 }.map(\.shape)
    #expect(shapes == [[512, 128, 4, 4], [128, 64, 4, 4]])
    let poseur = "neck: { name: channel_mapper, channels: 64 }, head: { name: poseur, channels: 64, layers: 2 }"
    #expect(try Self.configuration("backbone: resnet_18, \(poseur)").graph().cost.parameters > 0)
  }

  @Test(
    "an argument that cannot be names its key",
    arguments: [
      ("backbone: { name: lite_hrnet, modlues: [2] }", "model.backbone", "Did you mean 'modules'?"),
      ("backbone: { name: lite_hrnet, modules: [2, x, 2] }", "model.backbone.modules.1", "needs a number"),
      ("backbone: { name: lite_hrnet, blocks: -1 }", "model.backbone.blocks", "0...16384"),
      ("backbone: { name: lite_hrnet, block: shufle }", "model.backbone.block", "Did you mean 'shuffle'?"),
      ("backbone: { modules: [2] }", "model.backbone.name", "missing"),
      ("backbone: resnet_18, neck: channel_maper", "model.neck", "Did you mean 'channel_mapper'?"),
      ("backbone: resnet_18, head: { name: simcc, split_ratio: wide }", "model.head.split_ratio", "needs a number"),
      ("backbone: hrnet_w32, names: { backbone: b, haed: h }", "model.names", "Did you mean 'head'?"),
      ("backbone: hrnet_w32, names: mmposee", "model.names", "Did you mean 'mmpose'?"),
      ("backbone: hrnet_w32, names: { head: 'a b' }", "model.names.head", "letters"),
    ])
  func wrongArguments(_ model: String, _ key: String, _ says: String) {
    let error = #expect(throws: ConfigurationError.self) { try Self.configuration(model) }
    #expect(error?.key == key || error?.key.hasPrefix(key + ".") == true, "\(error?.description ?? "")")
    #expect(error?.description.contains(says) == true, "\(error?.description ?? "")")
  }

  @Test("arguments that make no network are refused when it is built")
  func unbuildable() throws {
    let configuration = try Self.configuration("backbone: { name: lite_hrnet, channels: [40, 80] }")
    let error = #expect(throws: ConfigurationError.self) { try configuration.graph() }
    #expect(error?.description.contains("even channel count") == true)
  }

  @Test("prefixes of layers are data; an empty or missing one is none")
  func prefixes() throws {
    let names = "{ backbone: trunk, neck: '', head: net.top }"
    let graph = try Self.configuration("backbone: hrnet_w32, names: \(names)").graph()
    #expect(graph.parameters.first?.name == "trunk.conv1.weight")
    #expect(graph.parameters.last?.name == "net.top.final_layer.bias")
    let bare = try Self.configuration("backbone: hrnet_w32, names: {}").graph()
    #expect(bare.parameters.last?.name == "final_layer.bias")
  }

  @Test("a model file holds all arguments, and prefixes where no preset has them")
  func modelFiles() throws {
    let configuration = try Self.configuration(
      "backbone: { name: lite_hrnet, modules: [1, 1, 1] }, names: { backbone: a, head: b }")
    let json = try configuration.json()
    for text in ["\"modules\":[1,1,1]", "\"channels\":[40,80,160,320]", "\"reduction\":8", "\"head\":\"b\""] {
      #expect(json.contains(text), "\(json)")
    }
    #expect(try ModelConfiguration(json: json, source: "file") == configuration)
    #expect(try ModelConfiguration(yaml: configuration.yaml(), name: "file") == configuration)
  }

  @Test("model files of former versions are read: plain names, a recipe, Poseur's neck within its head")
  func formerModelFiles() throws {
    func json(_ backbone: String, _ head: String, _ names: String) -> String {
      """
      {"name":"old","model":{"backbone":"\(backbone)","head":"\(head)","joints":"coco17","input":"256x192",\
      "names":"\(names)"},"recipe":{"norm_gain":0.5}}
      """
    }
    let lite = try ModelConfiguration(json: json("lite_hrnet_30", "heatmap", "mmpose"), source: "old.pth")
    #expect(try lite.graph().parameters == Zoo.configuration(named: "litehrnet_30_coco_256x192").graph().parameters)
    let poseur = try ModelConfiguration(json: json("resnet_50", "poseur", "mmpose_neck"), source: "old.pth")
    #expect(try poseur.graph().parameters == Zoo.configuration(named: "poseur_res50_coco_256x192").graph().parameters)
  }

  @Test("a recipe in YAML is refused with what to do about it")
  func recipe() {
    let error = #expect(throws: ConfigurationError.self) {
      try ModelConfiguration(yaml: ModelConfigurationTests.valid + "recipe: { norm_gain: 0.5 }", name: "mine.yaml")
    }
    #expect(error?.key == "recipe" && error?.description.contains("Remove it") == true)
  }
}
