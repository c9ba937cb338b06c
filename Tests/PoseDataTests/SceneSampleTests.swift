import PoseConfiguration
import PoseCore
import PoseFormats
import PoseImage
import TestSupport
import Testing

@testable import PoseCodecs
@testable import PoseData

/// Samples of pictures with everybody in them, by pictures of people whose joints have colors.
@Suite struct SceneSampleTests {
  static let sizes = [Size(height: 90, width: 150), Size(height: 150, width: 90), Size(height: 110, width: 120)]

  static func recipe(_ change: (inout SceneRecipe) -> Void = { _ in }) throws -> SceneRecipe {
    let grid = TargetGrid(
      joints: JointPictures.skeleton.joints.count, input: Size(height: 128, width: 160),
      maps: Size(height: 32, width: 40), fineMaps: Size(height: 64, width: 80), people: 8)
    var recipe = SceneRecipe(
      skeleton: JointPictures.skeleton, encoder: try TargetEncoder(AssociativeEmbeddingTarget(), for: grid))
    recipe.fill = 30
    change(&recipe)
    return recipe
  }

  static func samples(_ pictures: JointPictures, empty: Bool = false) throws -> [PeoplePicture] {
    try DatasetDescription(annotations: pictures.annotations, images: pictures.folder.path)
      .dataset(DatasetKind(skeleton: JointPictures.skeleton), joints: JointPictures.skeleton, everybody: true)
      .peoplePictures(empty: empty)
  }

  static let variations: [(name: String, change: @Sendable (inout SceneRecipe) -> Void)] = [
    ("none", { _ in }),
    ("mirrored", { $0.augmentation.flipProbability = 1 }),
    (
      "turned by short sides",
      { recipe in
        (recipe.affine.fit, recipe.affine.scale, recipe.affine.rotation) = (.short, [0.75, 1.5], 40)
        (recipe.affine.shift, recipe.augmentation.flipProbability) = (0.2, 0.5)
      }
    ),
    (
      "turned by long sides, unbiased",
      { recipe in
        (recipe.affine.fit, recipe.affine.scale, recipe.affine.rotation) = (.long, [0.6, 1.2], 180)
        (recipe.affine.distribution, recipe.warp) = (.normal, .udp)
      }
    ),
    (
      "mosaic",
      { recipe in
        (recipe.affine.fit, recipe.affine.scale, recipe.affine.rotation) = (.canvas, [0.75, 1.1], 10)
        (recipe.affine.shift, recipe.affine.shear) = (0.1, 2)
        (recipe.augmentation.mosaicProbability, recipe.augmentation.flipProbability) = (1, 0.5)
      }
    ),
    (
      "mosaic, whole",
      { recipe in
        (recipe.affine.fit, recipe.augmentation.mosaicProbability) = (.long, 1)
        recipe.affine.rotation = 30
      }
    ),
  ]

  @Test("joints are where their pixels are, whatever is done to pictures", arguments: variations)
  func joints(_ name: String, _ change: @Sendable (inout SceneRecipe) -> Void) throws {
    let recipe = try Self.recipe(change)
    let pipeline = ScenePipeline(try Self.samples(JointPictures(sizes: Self.sizes)), recipe, seed: 3)
    var seen = 0
    for (index, epoch) in (0..<3).flatMap({ index in (0..<6).map { (index, $0) } }) {
      let preview = try pipeline.preview(index, epoch: epoch)
      #expect(preview.scene.people.count == 1 || name.hasPrefix("mosaic"))
      for person in preview.scene.people {
        for (number, joint) in person.joints.enumerated() where joint.isLabelled {
          // In the mirror a joint has the name, and the color, of the other side.
          var number = number
          if preview.variation.isFlipped {
            for pair in recipe.skeleton.flipPairs {
              if pair.first == number { number = pair.second } else if pair.second == number { number = pair.first }
            }
          }
          let (x, y) = (Int(joint.position.x.rounded()), Int(joint.position.y.rounded()))
          guard (2..<recipe.input.width - 2).contains(x), (2..<recipe.input.height - 2).contains(y) else { continue }
          let color = JointPictures.color(of: number)
          let isThere = (-1...1).contains { dy in
            (-1...1).contains { dx in preview.image.isNear(color, x + dx, y + dy) }
          }
          #expect(isThere, "\(name) \(index) \(epoch) joint \(number) at \(x), \(y)")
          seen += 1
        }
        let box = try #require(person.box)
        for joint in person.joints where joint.isLabelled {
          let (x, y) = (joint.position.x - box.x, joint.position.y - box.y)
          #expect(x >= -1 && y >= -1 && x <= box.width + 1 && y <= box.height + 1)
        }
      }
    }
    #expect(seen > 100, "\(seen)")
  }

  @Test("a mirrored sample is the mirror image, with mirrored joints, and a box and an area of the same size")
  func mirrored() throws {
    let samples = try Self.samples(JointPictures(sizes: Self.sizes, crowded: true))
    func preview(_ probability: Double) throws -> ScenePreview {
      let recipe = try Self.recipe {
        $0.augmentation.flipProbability = probability
        ($0.affine.rotation, $0.affine.scale) = (25, [0.9, 0.9])
      }
      return try ScenePipeline(samples, recipe, seed: 9).preview(0, epoch: 2)
    }
    let (own, other) = try (preview(0), preview(1))
    let width = own.image.width
    for (one, mirrored) in zip(own.scene.people, other.scene.people) {
      #expect(one.area == mirrored.area && one.box?.width == mirrored.box?.width)
      var joints = mirrored.joints
      for pair in JointPictures.skeleton.flipPairs { joints.swapAt(pair.first, pair.second) }
      for (joint, other) in zip(one.joints, joints) {
        #expect(abs(Double(width - 1) - joint.position.x - other.position.x) < 1e-9)
        #expect(abs(joint.position.y - other.position.y) < 1e-9)
      }
    }
    var worst = 0
    for y in 0..<own.image.height {
      for x in 0..<width {
        for channel in 0..<3 {
          let a = own.image.pixels[3 * (y * width + x) + channel]
          worst = max(worst, abs(Int(a) - Int(other.image.pixels[3 * (y * width + width - 1 - x) + channel])))
        }
      }
    }
    // Positions are counted in 1/32 pixels, from both sides.
    #expect(worst <= 10, "\(worst)")
  }

  @Test("a picture that is mixed in keeps its joints, and adds its people")
  func mixed() throws {
    let samples = try Self.samples(JointPictures(sizes: Self.sizes))
    let recipe = try Self.recipe {
      ($0.augmentation.mixupProbability, $0.augmentation.scale, $0.augmentation.flipProbability) = (1, 0.8...1.6, 0.5)
    }
    let pipeline = ScenePipeline(samples, recipe, seed: 4)
    for epoch in 0..<6 {
      let preview = try pipeline.preview(0, epoch: epoch)
      #expect(preview.scene.people.count == 2 && preview.variation.mixed != nil)
      let isFlipped = preview.variation.isFlipped
      for (number, joint) in preview.scene.people[0].joints.enumerated() where !isFlipped {
        let (x, y) = (Int(joint.position.x.rounded()), Int(joint.position.y.rounded()))
        for channel in 0..<3 {
          let half = Int(JointPictures.color(of: number)[channel]) / 2
          let value = Int(preview.image.pixels[3 * (y * recipe.input.width + x) + channel])
          #expect(value >= half - 3 && value <= half + 131)
        }
      }
    }
  }

  @Test("crowds and people without labels are masked by their pixels, and nobody is found there")
  func masked() throws {
    let samples = try Self.samples(JointPictures(sizes: Self.sizes, crowded: true))
    #expect(samples.allSatisfy { $0.people.count == 1 && $0.ignored.count == 2 })
    #expect(samples.allSatisfy { $0.ignored.allSatisfy { $0.segmentation != nil } })
    let recipe = try Self.recipe {
      ($0.affine.rotation, $0.affine.fit, $0.augmentation.flipProbability) = (40, .long, 0.5)
    }
    let pipeline = ScenePipeline(samples, recipe, seed: 2)
    for epoch in 0..<6 {
      let preview = try pipeline.preview(epoch % 3, epoch: epoch)
      let target = recipe.encoder.encode(preview.scene)
      var (wrong, ignored) = (0, 0)
      for y in 0..<32 {
        for x in 0..<40 {
          let isMasked = target.values[1][y * 40 + x] == 0
          let isIgnored = preview.image.isNear(JointPictures.ignored, 4 * x, 4 * y)
          let isOutside = preview.image.isNear([30, 30, 30], 4 * x, 4 * y, within: 12)
          if isMasked != (isIgnored || isOutside) { wrong += 1 }
          if isIgnored { ignored += 1 }
        }
      }
      #expect(wrong < 60 && ignored > 30, "\(wrong) wrong, \(ignored) ignored")
    }
  }

  /// The masks of COCO's own pictures have the pixels that pycocotools counts.
  static func checkPublishedMasks() throws {
    let folder = try #require(SharedData.folder).appending(path: "data/coco_mini").path
    let dataset = try DatasetDescription(annotations: folder + "/person_keypoints.json", images: folder + "/images")
      .dataset(.coco, joints: .coco17, everybody: true)
    #expect(dataset.problems.count == 0)
    var counts: [Int: Int] = [:]
    for picture in dataset.peoplePictures() where !picture.ignored.isEmpty {
      let size = try #require(dataset.pictures.first { $0.id == picture.id })
      counts[picture.id] = try picture.mask(Size(height: size.height, width: size.width)).count
    }
    let golden = try GoldenFile.ownArchive("scenes.npz")
    let expected = zip(try golden.tensor("coco.ids").floats, try golden.tensor("coco.counts").floats)
    #expect(counts == Dictionary(uniqueKeysWithValues: expected.map { (Int($0), Int($1)) }))
  }

  @Test("plain epochs show whole pictures as validation sees them, and a sample depends on its number alone")
  func plain() throws {
    let samples = try Self.samples(JointPictures(sizes: Self.sizes))
    let recipe = try Self.recipe {
      ($0.affine.rotation, $0.affine.scale, $0.plainEpoch) = (180, [0.5, 0.6], 3)
      ($0.augmentation.mosaicProbability, $0.augmentation.mixupProbability) = (1, 1)
    }
    let pipeline = ScenePipeline(samples, recipe, seed: 1)
    let varied = try pipeline.preview(1, epoch: 2)
    let preview = try pipeline.preview(0, epoch: 3)
    #expect(preview.variation == PictureVariation() && preview.scene.people.count == 1)
    let placement = InputGeometry.centered(fill: 30).placement(of: nil, in: Self.sizes[0], input: recipe.input)
    for (joint, annotated) in zip(preview.scene.people[0].joints, samples[0].people[0].joints) {
      let back = placement.picturePoint(of: joint.position, on: recipe.input)
      #expect(abs(back.x - annotated.position.x) < 1e-3 && abs(back.y - annotated.position.y) < 1e-3)
    }
    let again = try ScenePipeline(samples, recipe, seed: 1).preview(1, epoch: 2)
    #expect(again.image == varied.image && again.scene == varied.scene)
    #expect(try ScenePipeline(samples, recipe, seed: 2).preview(1, epoch: 2).image != varied.image)
  }

  @Test("a loader's batches have the pipeline's targets")
  func batches() throws {
    let samples = try Self.samples(JointPictures(sizes: Self.sizes))
    let recipe = try Self.recipe { $0.augmentation.flipProbability = 0.5 }
    let source = SampleSource(samples, recipe: recipe)
    var options = SampleLoader.Options()
    (options.batchSize, options.shuffles) = (3, false)
    let loader = try SampleLoader(source, seed: 5, options: options)
    let preview = try ScenePipeline(samples, recipe, seed: 5).preview(1, epoch: 0)
    let target = recipe.encoder.encode(preview.scene)
    try loader.withNextBatch { batch in
      #expect(batch.indices == [0, 1, 2])
      for (part, values) in target.values.enumerated() {
        #expect(Array(batch.targets[part][values.count..<2 * values.count]) == values)
      }
    }
  }
}

extension Image {
  fileprivate func isNear(_ color: [UInt8], _ x: Int, _ y: Int, within distance: Int = 50) -> Bool {
    (0..<width).contains(x) && (0..<height).contains(y)
      && (0..<3).allSatisfy { abs(Int(pixels[3 * (y * width + x) + $0]) - Int(color[$0])) <= distance }
  }
}
