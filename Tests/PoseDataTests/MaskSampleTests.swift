import Foundation
import PoseConfiguration
import PoseCore
import PoseImage
import PoseMedia
import TestSupport
import Testing

@testable import PoseData

/// Samples of pictures whose pixels' colors say their labels: red for the class, gray for the background.
struct MaskSampleTests {
  private static let size = Size(height: 60, width: 90)
  private static let rectangle = (columns: 30..<70, rows: 20..<50)
  private let folder: ScratchFolder

  init() throws {
    folder = try ScratchFolder("masked")
    var (pixels, labels): ([UInt8], [UInt8]) = ([], [])
    for y in 0..<Self.size.height {
      for x in 0..<Self.size.width {
        let isInside = Self.rectangle.columns.contains(x) && Self.rectangle.rows.contains(y)
        pixels += isInside ? [250, 10, 10] : [120, 120, 120]
        labels.append(isInside ? 1 : 0)
      }
    }
    for name in ["pictures", "masks"] {
      try FileManager.default.createDirectory(at: folder.url.appending(path: name), withIntermediateDirectories: true)
    }
    try Image(width: Self.size.width, height: Self.size.height, pixels: pixels).write(
      to: folder.path + "/pictures/one.png")
    try SegmentationMask(size: Self.size, labels: labels).write(to: folder.path + "/masks/one.png")
  }

  private func pictures() throws -> [MaskedPicture] {
    try DatasetDescription(kind: "masks", annotations: folder.path + "/masks", images: folder.path + "/pictures")
      .maskedPictures(classes: ["background", "box"]).pictures
  }

  private func recipe(_ input: Size = 64) -> MaskRecipe {
    var recipe = MaskRecipe(input: input, classes: ["background", "box"])
    (recipe.scale, recipe.flipProbability, recipe.fill) = (0.5...2, 0.5, 0)
    return recipe
  }

  @Test("labels lie on the pixels that they are of, however a picture is varied", arguments: 0..<24)
  func aligned(_ epoch: Int) throws {
    let pipeline = try MaskPipeline(pictures(), recipe(), seed: 5)
    let preview = try pipeline.preview(0, epoch: epoch)
    let (image, mask) = (preview.image, preview.mask)
    let side = 64
    var inner = 0
    for y in 1..<side - 1 {
      for x in 1..<side - 1 {
        let label = mask[y, x]
        // Beside an edge a pixel has something of both sides.
        let around = [mask[y - 1, x], mask[y + 1, x], mask[y, x - 1], mask[y, x + 1]]
        guard around.allSatisfy({ $0 == label }) else { continue }
        inner += 1
        let start = 3 * (y * side + x)
        let (red, green) = (Int(image.pixels[start]), Int(image.pixels[start + 1]))
        switch label {
        case 0: #expect(abs(red - green) < 70, "\(x) \(y)")
        case 1: #expect(red - green > 70, "\(x) \(y)")
        default: #expect(red == 0 && green == 0, "\(x) \(y)")
        }
      }
    }
    #expect(inner > 1000)
    #expect(Set(mask.labels).isSubset(of: [0, 1, 255]))
  }

  @Test("the same seed, epoch and number are the same sample, and others are others")
  func repeats() throws {
    let samples = try pictures()
    let one = try MaskPipeline(samples, recipe(), seed: 1).preview(0, epoch: 3)
    let pipeline = MaskPipeline(samples, recipe(), seed: 1)
    let masks = try (0..<6).map { try pipeline.preview(0, epoch: $0).mask }
    #expect(masks[3] == one.mask && Set(masks).count > 3)
  }

  @Test("a part that one class fills is not taken where another can be")
  func largestShare() throws {
    var recipe = recipe(32)
    // So large that most parts show one class alone.
    (recipe.scale, recipe.largestShare) = (4...4, 0.75)
    let samples = try pictures()
    func mixed(_ share: Double) throws -> Int {
      recipe.largestShare = share
      let pipeline = MaskPipeline(samples, recipe, seed: 2)
      return try (0..<20).count { epoch in
        let counts = try pipeline.preview(0, epoch: epoch).mask.counts
        return Double(max(counts[0], counts[1])) < 0.75 * Double(counts[0] + counts[1])
      }
    }
    let (chosen, any) = (try mixed(0.75), try mixed(1))
    #expect(chosen >= 18 && chosen > any)
  }

  @Test("color changes leave labels alone, and nothing leaves its range")
  func colors() throws {
    var recipe = recipe()
    let plain = try MaskPipeline(pictures(), recipe, seed: 5)
    recipe.distorts = true
    let changed = try MaskPipeline(pictures(), recipe, seed: 5)
    var different = 0
    for epoch in 0..<8 {
      let (a, b) = (try plain.preview(0, epoch: epoch), try changed.preview(0, epoch: epoch))
      #expect(a.mask == b.mask)
      if a.image != b.image { different += 1 }
    }
    #expect(different >= 5)
  }

  @Test("outlines and runs become labels, crowds do not count, and other categories are background")
  func outlines() throws {
    let text = """
      {"images":[{"id":1,"file_name":"one.png","width":6,"height":4},{"id":2,"file_name":"two.png","width":6,"height":4}],
       "annotations":[
        {"id":1,"image_id":1,"category_id":7,"bbox":[1,1,2,2],"area":4,"segmentation":[[1,1,3,1,3,3,1,3]]},
        {"id":2,"image_id":1,"category_id":7,"bbox":[4,0,1,4],"area":4,"iscrowd":1,
         "segmentation":{"size":[4,6],"counts":[16,4,4]}},
        {"id":3,"image_id":1,"category_id":8,"bbox":[0,0,1,1],"area":1,"segmentation":[[0,0,1,0,1,1,0,1]]},
        {"id":4,"image_id":1,"category_id":7,"bbox":[5,3,1,1],"area":1}],
       "categories":[{"id":7,"name":"person"},{"id":8,"name":"ship"}]}
      """
    let file = folder.path + "/outlines.json"
    try Data(text.utf8).write(to: URL(filePath: file))
    var description = DatasetDescription(annotations: file, images: folder.path)
    let classes = ["background", "person"]
    let pictures = try description.maskedPictures(classes: classes).pictures
    #expect(pictures.map(\.path) == ["\(folder.path)/one.png"])
    let mask = try pictures[0].mask(classes: classes)
    #expect(
      mask.labels == [
        0, 0, 0, 0, 255, 0,
        0, 1, 1, 0, 255, 0,
        0, 1, 1, 0, 255, 0,
        0, 0, 0, 0, 255, 255,
      ])
    description.empty = true
    #expect(try description.maskedPictures(classes: classes).pictures.count == 2)
    #expect(throws: TrainingDataError.self) { try description.maskedPictures(classes: ["background", "tree"]) }
  }

  @Test("a mask of another size than its picture is refused with both")
  func otherSize() throws {
    try SegmentationMask(size: 3, labels: Array(repeating: 0, count: 9)).write(to: folder.path + "/masks/one.png")
    let error = try #require(throws: MaskError.self) {
      try MaskPipeline(pictures(), recipe(), seed: 1).preview(0, epoch: 0)
    }
    #expect(error.description.contains("60x90") && error.description.contains("3x3"))
  }

  @Test("a configuration's section masks is the recipe, and what contradicts is refused")
  func configured() throws {
    let name = "litehrnet_18_cityscapes_512x1024"
    let settings = ["train.masks={resize: [1, 4], flip: 0.25, distort: false, largest_share: 0.6}"]
    let recipe = try MaskRecipe(Zoo.configuration(named: name, settings: settings))
    #expect(recipe.scale == 1...4 && recipe.flipProbability == 0.25 && recipe.largestShare == 0.6)
    #expect(recipe.input == Size(height: 512, width: 1024) && recipe.classes.count == 19 && recipe.fill == 116)
    #expect(recipe.port.shape == [512, 1024])
    for wrong in ["image.geometry=stretch", "train.pictures.flip=1", "train.augmentation.flip=1"] {
      #expect(throws: TrainingDataError.self) {
        try MaskRecipe(Zoo.configuration(named: name, settings: settings + [wrong]))
      }
    }
    for wrong in ["resize: [2, 1]", "flip: 2", "hard_pixels: { least: 0 }", "mosaic: 1"] {
      #expect(throws: ConfigurationError.self) {
        try Zoo.configuration(named: name, settings: ["train.masks={\(wrong)}"])
      }
    }
  }
}
