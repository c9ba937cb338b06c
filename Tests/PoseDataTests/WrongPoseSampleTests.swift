import PoseCodecs
import PoseCore
import PoseFormats
import PoseImage
import Testing

@testable import PoseData

/// Samples for a network that refines poses.
struct WrongPoseSampleTests {
  private static let (width, height) = (48, 64)

  private static func recipe(_ augmentation: Augmentation = .poseFix) throws -> SampleRecipe {
    var recipe = SampleRecipe(
      skeleton: .coco17,
      encoder: try TargetEncoder(
        OneHotTarget(),
        for: TargetGrid(joints: 17, input: Size(height: height, width: width), maps: Size(height: 16, width: 12))),
      augmentation: augmentation)
    recipe.inputPose = InputPose(sigma: 3)
    return recipe
  }

  @Test("after the picture come the joints, drawn; the same for any number of threads, another in each epoch")
  func draws() throws {
    let folder = try SampleFolder()
    let recipe = try Self.recipe()
    #expect(recipe.inputShape == [20, Self.height, Self.width])
    func batches(workers: Int, poses: Bool = true) throws -> [[Float]] {
      var options = SampleLoader.Options()
      (options.batchSize, options.workers, options.shuffles) = (8, workers, false)
      var own = recipe
      if !poses { own.inputPose = nil }
      let loader = try SampleLoader(folder.samples, recipe: own, seed: 3, options: options)
      return try (0..<2).map { _ in try loader.withNextBatch { Array($0.pixels) } }
    }
    let (found, plain) = (try batches(workers: 1), try batches(workers: 2, poses: false))
    #expect(try found == batches(workers: 3))
    let (area, channels) = (Self.width * Self.height, 20)
    #expect(found[0].count == 8 * channels * area && plain[0].count == 8 * 3 * area)
    var drawn = 0
    for sample in 0..<8 {
      let start = sample * channels * area
      // What is drawn does not change how the picture varies.
      #expect(found[0][start..<start + 3 * area] == plain[0][sample * 3 * area..<(sample + 1) * 3 * area])
      for joint in 3..<channels {
        let map = found[0][start + joint * area..<start + (joint + 1) * area]
        #expect(map.allSatisfy { (0...255).contains($0) })
        drawn += (map.max() ?? 0) > 200 ? 1 : 0
      }
      #expect(
        found[0][start + 3 * area..<start + channels * area] != found[1][start + 3 * area..<start + channels * area])
    }
    #expect(drawn > 50)
  }

  @Test(
    "a wrong pose is near the person's own, mirrored with it, and blind to what lies outside", arguments: [false, true])
  func wrongPoses(_ isFlipped: Bool) throws {
    let pipeline = SamplePipeline(try Self.recipe(), seed: 1)
    let joints = (0..<17).map { (index: Int) -> LabelledKeypoint in
      let (column, row) = (Double(index % 4), Double(index / 4))
      return LabelledKeypoint(x: 100 + 20 * column, y: 100 + 20 * row, isLabelled: index != 2)
    }
    let far = joints.map { LabelledKeypoint(x: $0.position.x + 5000, y: $0.position.y) }
    let person = TrainingPerson(
      crop: CropGeometry(
        box: BoundingBox(x: 90, y: 90, width: 80, height: 110), input: Size(height: Self.height, width: Self.width)),
      joints: joints, neighbours: [LabelledPerson(joints: far)])
    var drawn = AugmentationSample()
    drawn.isFlipped = isFlipped
    let augmented = person.augmented(
      by: drawn, skeleton: .coco17, pictureWidth: 400, input: Size(height: Self.height, width: Self.width))
    #expect(augmented.neighbours.count == 1 && augmented.neighbours[0].joints.count == 17)
    var stream = RandomStream(seed: 6)
    for _ in 0..<100 {
      let pose = pipeline.wrongPose(of: augmented, area: 80 * 110, using: &stream)
      let missing = isFlipped ? 1 : 2
      #expect(pose.indices.allSatisfy { pose[$0].isLabelled == ($0 != missing) })
      for joint in pose where joint.isLabelled {
        #expect((-60...110).contains(joint.position.x) && (-60...130).contains(joint.position.y))
      }
    }
  }

  @Test("people know those whose boxes share a tenth with theirs, where asked")
  func neighbours() throws {
    let boxes = [(0, 0), (50, 0), (400, 300)]
    let people = boxes.enumerated().map { index, place in
      let joints = Array(repeating: "\(place.0 + 10),\(place.1 + 10),2", count: 17).joined(separator: ",")
      return """
        {"id":\(index),"image_id":7,"category_id":1,"num_keypoints":17,"area":100,"iscrowd":0,\
        "bbox":[\(place.0),\(place.1),100,100],"keypoints":[\(joints)]}
        """
    }
    let annotations = """
      {"images": [{"id": 7, "file_name": "7.jpg", "width": 600, "height": 500}], "categories": [], \
      "annotations": [\(people.joined(separator: ","))]}
      """
    let dataset = try Dataset(.coco, COCOAnnotations(json: Array(annotations.utf8)), pictures: "p")
    let samples = dataset.trainingSamples(input: Size(height: 64, width: 48), neighbours: 0.1)
    #expect(samples.map { $0.person.neighbours.count } == [1, 1, 0])
    #expect(samples[0].person.neighbours[0].joints == samples[1].person.joints)
    #expect(dataset.trainingSamples(input: Size(height: 64, width: 48)).allSatisfy { $0.person.neighbours.isEmpty })
  }
}
