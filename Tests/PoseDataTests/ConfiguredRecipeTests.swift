import PoseCodecs
import PoseConfiguration
import PoseCore
import PoseGraph
import Testing

@testable import PoseData

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

  @Test("datasets are below the data's root, those of published experiments too, and absolute paths stay")
  func root() throws {
    func paths(_ settings: String...) throws -> [String] {
      let configuration = try Zoo.configuration(named: "litehrnet_18_mpii_256x256", settings: settings)
      let validation = try #require(try configuration.validationDataset())
      return try configuration.trainingDatasets().map(\.images) + [validation.truth ?? ""]
    }
    let own = [
      "train.data.train=[{annotations: a, images: a}, {annotations: /b, images: /b}]",
      "train.data.validation={annotations: c, images: c, truth: c}",
    ]
    #expect(try paths() == ["data/mpii/images", "data/mpii/annotations/mpii_gt_val.mat"])
    #expect(try paths("data.root=/sets") == ["/sets/mpii/images", "/sets/mpii/annotations/mpii_gt_val.mat"])
    #expect(try paths(own[0], own[1]) == ["a", "/b", "c"])
    #expect(try paths(own[0], own[1], "data.root=sets/") == ["sets/a", "/b", "sets/c"])
    let error = #expect(throws: ConfigurationError.self) { try paths("data.root=''") }
    #expect(error?.key == "data.root")
  }

  @Test("no shipped configuration names a folder outside the working folder", arguments: Zoo.names)
  func portable(_ name: String) throws {
    let train = try Zoo.configuration(named: name).train
    let data = (train?.data.train ?? []) + [train?.data.validation].compactMap(\.self)
    let paths = data.flatMap { [$0.annotations, $0.images] } + [train?.teacher?.weights].compactMap(\.self)
    #expect(paths.allSatisfy { !$0.hasPrefix("/") && !$0.contains("..") })
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
