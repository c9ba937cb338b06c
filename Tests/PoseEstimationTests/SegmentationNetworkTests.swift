import PoseConfiguration
import PoseCore
import PoseEstimation
import PoseGraph
import PoseImage
import TestSupport
import Testing

struct SegmentationNetworkTests {
  /// A network of two classes whose outputs depend on a picture's pixels.
  private static func model(
    _ settings: [String] = [], name: String = "litehrnet_18_cityscapes_512x1024"
  ) throws -> Model {
    let small = ["model.classes=person2", "model.input=64x96"]
    let configuration = try Zoo.configuration(named: name, settings: small + settings)
    return try Model(configuration, WeightRecipe.checkpoint(for: configuration.graph()))
  }

  private static func picture(_ size: Size) throws -> Picture {
    let pixels = (0..<size.height * size.width * 3).map { UInt8($0 * 7 % 251) }
    return Picture(try Image(width: size.width, height: size.height, pixels: pixels))
  }

  private static var picture: Picture { get throws { try picture(Size(height: 50, width: 90)) } }

  @Test(
    "a mask is of the picture's size, with the configuration's classes",
    arguments: [Size(1), Size(height: 7, width: 200), Size(height: 300, width: 40), Size(height: 64, width: 96)],
    ["letterbox", "stretch"])
  func sizes(_ size: Size, _ geometry: String) throws {
    let network = try SegmentationNetwork(Self.model(["image.geometry=\(geometry)"]))
    let mask = try network.mask(of: Self.picture(size))
    #expect(mask.size == size && mask.classes == ["background", "person"] && mask.scores == nil)
    #expect(mask.labels.allSatisfy { $0 < 2 })
  }

  @Test("a picture's class comes from its own pixels, whatever lies beside it in the input")
  func ownPixels() throws {
    // The bias of one class is so great that it is everywhere; the letterbox's rest is not in the mask.
    var model = try Self.model()
    for label in 0..<2 {
      var checkpoint = model.checkpoint
      checkpoint["decode_head.conv_seg.bias"] = try Tensor(shape: [2], label == 0 ? [1e4, 0] : [0, 1e4])
      model = try Model(model.configuration, checkpoint)
      let mask = try SegmentationNetwork(model).mask(of: Self.picture)
      #expect(Set(mask.labels) == [UInt8(label)])
      #expect(mask.shares.map(\.name) == [["background", "person"][label]])
    }
  }

  @Test("scores are probabilities of the best class")
  func scores() throws {
    var options = SegmentationNetwork.Options()
    options.givesScores = true
    let mask = try SegmentationNetwork(Self.model(), options: options).mask(of: Self.picture)
    let scores = try #require(mask.scores)
    #expect(scores.count == 50 * 90 && scores.allSatisfy { (0.5...1).contains($0) })
    options.givesScores = false
    #expect(try SegmentationNetwork(Self.model(), options: options).mask(of: Self.picture).labels == mask.labels)
  }

  @Test("another input is another view of the same picture, whose mask has its size")
  func otherInput() throws {
    var options = SegmentationNetwork.Options()
    options.input = Size(height: 128, width: 64)
    let network = try SegmentationNetwork(Self.model(), options: options)
    #expect(network.input == options.input)
    #expect(try network.mask(of: Self.picture).size == Size(height: 50, width: 90))
  }

  @Test("the heads of HRNet give masks, too", arguments: ["fcn", "ocr"])
  func hrnet(_ head: String) throws {
    let name = (head == "ocr" ? "ocrnet" : head) + "_hr18s_cityscapes_512x1024"
    let mask = try SegmentationNetwork(Self.model(name: name)).mask(of: Self.picture)
    #expect(mask.size == Size(height: 50, width: 90) && mask.labels.allSatisfy { $0 < 2 })
  }

  @Test("a network of poses and a geometry of crops are refused, and the errors say what to give")
  func refuses() throws {
    let poses = try Zoo.configuration(named: "litehrnet_18_coco_256x192")
    let error = #expect(throws: EstimationError.self) {
      try SegmentationNetwork(Model(poses, WeightRecipe.checkpoint(for: poses.graph())))
    }
    #expect(error?.description.contains("ocrnet_hr18s_cityscapes_512x1024") == true)
    let crop = #expect(throws: EstimationError.self) {
      try SegmentationNetwork(Self.model(["image.geometry=crop"]))
    }
    #expect(crop?.description.contains("letterbox or stretch") == true)
  }

  @Test("a network that segments is no detector, and finds no poses")
  func otherUses() throws {
    let model = try Self.model()
    #expect(throws: EstimationError.self) { try NetworkDetector(model) }
    #expect(throws: (any Error).self) { try PoseEstimator(model: .model(model)) }
  }
}
