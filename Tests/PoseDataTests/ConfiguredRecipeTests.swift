import PoseCodecs
import PoseConfiguration
import PoseCore
import PoseData
import PoseGraph
import Testing

struct ConfiguredRecipeTests {
  @Test(
    "every network of the zoo has an output for each port of its target, of the size of its own maps",
    arguments: Zoo.names.filter { $0.hasSuffix("_coco_256x192") || $0.hasSuffix("_mpii_256x256") || $0.contains("ipr") }
  )
  func zoo(_ name: String) throws {
    let configuration = try Zoo.configuration(named: name)
    let skeleton = try configuration.skeleton()
    let graph = try configuration.graph()
    let recipe = try SampleRecipe(configuration, for: DatasetKind(skeleton: skeleton), graph: graph)
    for port in recipe.encoder.ports {
      let output = try #require(graph.outputs.first { $0.name == port.name })
      #expect(port.accepts(Array(graph.shape(of: output.value).dropFirst())))
    }
  }

  @Test("a codec that does not go with the head is an error that names ports and shapes")
  func mismatch() throws {
    let configuration = try Zoo.configuration(named: "litehrnet_18_coco_256x192", settings: ["codec.name=simcc"])
    let error = #expect(throws: TrainingDataError.self) {
      try SampleRecipe(configuration, for: .coco, graph: configuration.graph())
    }
    let words = error?.description ?? ""
    #expect(words.contains("heatmaps [17, 64, 48]") && words.contains("x [17, 384], y [17, 512]"), "\(words)")
  }

  @Test("the dataset's kind is found by one rule")
  func kinds() throws {
    #expect(try DatasetKind(named: nil, for: .coco17) == .coco)
    #expect(try DatasetKind(named: "ochuman", for: .coco17) == .ochuman)
    #expect(try DatasetKind(named: "mpii", for: .coco17, mapsJoints: true) == .mpii)
    let other = #expect(throws: DatasetKindError.self) { try DatasetKind(named: "mpii", for: .coco17) }
    #expect(other?.description == "mpii has the joints mpii16, but the network has coco17")
    let unknown = #expect(throws: DatasetKindError.self) { try DatasetKind(named: "imagenet", for: .coco17) }
    #expect(unknown?.description.contains("crowdpose") == true)
  }
}
