import Foundation
import PoseCodecs
import PoseConfiguration
import TestSupport
import Testing

@testable import PoseData
@testable import pose

/// `pose browse` shows what training sees, because both make their samples by the same recipe.
struct BrowseRecipeTests {
  private static func options(_ config: String, _ more: String..., annotations: [String]) throws -> SampleOptions {
    try SampleOptions.parse(annotations + ["--config", config] + more)
  }

  /// An annotation file with one person who has all joints, and its folder.
  private static func annotations(joints: Int) throws -> [String] {
    let keypoints = (0..<joints).map { "\(20 + $0),\(30 + $0),2" }.joined(separator: ",")
    let path = ScratchFolder.file("json").path
    let text = """
      {"images": [{"id": 1, "file_name": "1.png", "width": 100, "height": 120}], "categories": [],
      "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "iscrowd": 0, "area": 1200, "bbox": [10, 20, 40, 60],
      "num_keypoints": \(joints), "keypoints": [\(keypoints)]}]}
      """
    try Data(text.utf8).write(to: URL(filePath: path))
    return [path, "--images", "/pictures"]
  }

  @Test(
    "the recipe and the samples are those of the configuration's training",
    arguments: [
      "rtmpose_m_coco_256x192", "simdr_hrnet_w32_coco_256x192", "posefix_res50_coco_256x192",
      "hrnet_w32_coco_256x192_udp", "litehrnet_18_coco_256x192",
    ])
  func recipe(_ name: String) throws {
    let files = try Self.annotations(joints: 17)
    let (shown, seed) = try Self.options(name, annotations: files).load()
    var configuration = try Zoo.configuration(named: name)
    var train = try #require(configuration.train)
    train.data.train = [DatasetDescription(annotations: files[0], images: "/pictures")]
    configuration.train = train
    let trained = try TrainingData(configuration, graph: configuration.graph())
    #expect(shown.recipe == trained.recipe && shown.samples == trained.samples && seed == train.seed)
  }

  @Test("a detector's recipe and pictures are those of its training, and options of crops are refused")
  func detector() throws {
    let pictures = try RectanglePictures(count: 2)
    let files = [pictures.annotations, "--images", pictures.folder.path, "--set", "model.classes=[red, green, blue]"]
    let shown = try #require(try Self.options("rtmdet_nano_person", annotations: files).loadPictures())
    var configuration = try Zoo.configuration(
      named: "rtmdet_nano_person", settings: ["model.classes=[red, green, blue]"])
    configuration.train?.data.train = [
      DatasetDescription(annotations: pictures.annotations, images: pictures.folder.path)
    ]
    let trained = try PictureData(configuration)
    #expect(shown.data.samples == trained.samples && shown.classes == ["red", "green", "blue"])
    #expect(shown.data.recipe.augmentation == trained.recipe.augmentation)
    let still = try Self.options("rtmdet_nano_person", "--augment", "none", annotations: files).loadPictures()
    #expect(still?.data.recipe.augmentation == PictureAugmentation())
    #expect(throws: UsageError.self) {
      try Self.options("rtmdet_nano_person", "--blur", annotations: files).loadPictures()
    }
    let people = try Self.annotations(joints: 17)
    #expect(try Self.options("litehrnet_18_coco_256x192", annotations: people).loadPictures() == nil)
  }

  @Test(
    "the recipe and pictures of a network that finds everybody are those of its training, and options of crops are refused"
  )
  func everybody() throws {
    let (name, files) = ("higherhrnet_w32_coco_512x512", try Self.annotations(joints: 17))
    let shown = try #require(try Self.options(name, annotations: files).loadScenes())
    var configuration = try Zoo.configuration(named: name)
    configuration.train?.data.train = [DatasetDescription(annotations: files[0], images: "/pictures")]
    let trained = try SceneData(configuration, graph: configuration.graph())
    #expect(shown.data.samples == trained.samples && !trained.samples.isEmpty)
    var recipe = shown.data.recipe
    #expect(recipe.affine.rotation == 30 && recipe.encoder.ports.map(\.name).contains("fine_heatmaps"))
    recipe.decoding = trained.recipe.decoding
    #expect(recipe == trained.recipe)
    let still = try Self.options(name, "--augment", "none", annotations: files).loadScenes()
    #expect(still?.data.recipe.affine == .whole && still?.data.recipe.augmentation == PictureAugmentation())
    #expect(throws: UsageError.self) { try Self.options(name, "--targets", "udp", annotations: files).loadScenes() }
    #expect(try Self.options("litehrnet_18_coco_256x192", annotations: files).loadScenes() == nil)
  }

  @Test("people with other joints than the dataset's are left out, and the datasets that have as many are named")
  func otherJoints() throws {
    let files = try Self.annotations(joints: 14)
    let error = #expect(throws: TrainingDataError.self) {
      try Self.options("litehrnet_18_coco_256x192", annotations: files).load()
    }
    let text = "\(try #require(error))"
    #expect(text.contains("left out: people with another number of joints (1)"), "\(text)")
    #expect(text.contains("The people have 14 joints, not the 17 of coco17: take the dataset crowdpose"), "\(text)")
    #expect(text.contains("or lsp"), "\(text)")
  }

  @Test("RTMPose's augmentation and its labels without normalization are shown")
  func rtmPose() throws {
    let files = try Self.annotations(joints: 17)
    let name = "rtmpose_m_coco_256x192"
    let description = try #require(try Zoo.configuration(named: name).train).augmentation
    let recipe = try Self.options(name, annotations: files).load().data.recipe
    #expect(recipe.augmentation.rotationFactor == description.rotation ?? Augmentation.mmpose.rotationFactor)
    #expect(recipe.augmentation != .coco)
    #expect((recipe.encoder.target as? SimCCTarget)?.labels == .gaussian(isNormalized: false))
  }

  @Test("SimDR's smoothed labels and PoseFix's drawn poses are shown")
  func others() throws {
    let files = try Self.annotations(joints: 17)
    let simDR = try Self.options("simdr_hrnet_w32_coco_256x192", annotations: files).load().data.recipe
    let smoothing = try #require(try Zoo.configuration(named: "simdr_hrnet_w32_coco_256x192").train?.loss.smoothing)
    #expect((simDR.encoder.target as? SimCCTarget)?.labels == .oneHot(smoothing: smoothing))
    let poseFix = try Self.options("posefix_res50_coco_256x192", annotations: files).load().data.recipe
    #expect(poseFix.inputPose != nil && poseFix.inputShape[0] == 20)
  }

  @Test("options only change what they name")
  func overrides() throws {
    let files = try Self.annotations(joints: 17)
    let name = "rtmpose_m_coco_256x192"
    let plain = try Self.options(name, annotations: files).load().data.recipe
    let (changed, seed) = try Self.options(name, "--targets", "udp", "--colors", "--seed", "3", annotations: files)
      .load()
    var expected = plain
    expected.encoder = try TargetEncoder(UDPTarget(), for: plain.encoder.grid)
    expected.warp = .udp
    expected.augmentation.photometric = PhotometricDistortion()
    #expect(changed.recipe == expected && seed == 3)
    let still = try Self.options(name, "--augment", "none", annotations: files).load().data.recipe
    #expect(still.augmentation == Augmentation())
    #expect(throws: (any Error).self) { try Self.options(name, "--targets", "nothing", annotations: files) }
  }
}
