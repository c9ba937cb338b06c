import Foundation
import PoseCodecs
import PoseCore
import PoseFormats
import PoseImage
import PoseMedia
import TestSupport
import Testing

@testable import PoseData

@Suite struct AugmentationTests {
  @Test("crops equal the published ones byte for byte", .needsSharedData, arguments: PipelineCase.all)
  func crops(_ test: PipelineCase) throws {
    let dataset = try test.dataset
    let joints = try test.skeleton.joints.count
    let (width, height) = (dataset.imageSize[0], dataset.imageSize[1])
    let encoder = try TargetEncoder(
      MSRATarget(),
      for: TargetGrid(
        joints: joints, input: Size(height: height, width: width), maps: Size(height: height / 4, width: width / 4)))
    let recipe = SampleRecipe(
      skeleton: try test.skeleton, encoder: encoder, augmentation: Augmentation(), warp: test.warp)
    let pipeline = SamplePipeline(recipe, seed: 0)
    var compared = 0
    for instance in dataset.instances {
      guard let golden = instance.augmentations[test.key] else { continue }
      let path = try PipelineGolden.picture(instance.imageFile)
      let crop = try pipeline.crop(of: path, test.augmented(instance, in: dataset))
      #expect(sha256(crop) == golden.cropDigest, "\(instance.imageFile)")
      compared += 1
    }
    #expect(compared > 0)
  }

  @Test(
    "crops of reduced pictures lie where the exact ones do", arguments: [false, true], [0.0, 30])
  func reduced(_ isFlipped: Bool, _ rotation: Double) throws {
    let (path, size) = (try DrawnDataset.shared.large, DrawnDataset.largeSize)
    let encoder = try TargetEncoder(
      MSRATarget(), for: TargetGrid(joints: 16, input: Size(height: 128, width: 128), maps: Size(height: 32, width: 32))
    )
    var recipe = SampleRecipe(skeleton: .mpii16, encoder: encoder, augmentation: Augmentation())
    let exact = SamplePipeline(recipe, seed: 0)
    recipe.decoding = .reduced
    let reduced = SamplePipeline(recipe, seed: 0)
    var drawn = AugmentationSample()
    drawn.isFlipped = isFlipped
    drawn.rotation = rotation
    let joints = Array(repeating: LabelledKeypoint(x: 1, y: 1), count: 16)
    let crop = CropGeometry(center: Point(x: 500, y: 640), scaleX: 4.5, scaleY: 4.5)
    let augmented = TrainingPerson(crop: crop, joints: joints).augmented(
      by: drawn, skeleton: .mpii16, pictureWidth: size.width,
      input: Size(height: 128, width: 128))
    let (whole, part) = (try exact.crop(of: path, augmented), try reduced.crop(of: path, augmented))
    func difference(shiftedBy shift: Int) -> Double {
      let pairs = zip(whole.dropFirst(3 * shift), part)
      return pairs.reduce(0) { $0 + abs(Double($1.0) - Double($1.1)) } / Double(whole.count)
    }
    // A pixel aside they would be farther apart.
    #expect(whole != part && difference(shiftedBy: 0) < 0.75 * difference(shiftedBy: 1))
  }

  @Test("joints lie where the warp puts their pixels", arguments: Warp.allCases, 0..<20)
  func joints(_ warp: Warp, _ seed: Int) throws {
    // A soft white spot on black where the joint is.
    let (width, height) = (160, 200)
    let place = [(40, 50), (110, 60), (60, 130), (120, 150)][seed % 4]
    var pixels = Array(repeating: UInt8(0), count: width * height * 3)
    for y in place.1 - 12...place.1 + 12 {
      for x in place.0 - 12...place.0 + 12 {
        let distance = (x - place.0) * (x - place.0) + (y - place.1) * (y - place.1)
        for channel in 0..<3 { pixels[(y * width + x) * 3 + channel] = UInt8(255 * exp(-Double(distance) / 18)) }
      }
    }
    let image = try Image(width: width, height: height, pixels: pixels)
    var joints = Array(repeating: LabelledKeypoint(x: 0, y: 0, visibility: .unlabelled), count: 17)
    joints[0] = LabelledKeypoint(x: Double(place.0), y: Double(place.1))
    let box = BoundingBox(x: 20, y: 20, width: 120, height: 160)
    let person = TrainingPerson(
      crop: CropGeometry(box: box, input: Size(height: 128, width: 96)), box: box, joints: joints)
    var stream = RandomStream(seed: UInt64(seed))
    let drawn = Augmentation.coco.draw(from: &stream)
    let augmented = person.augmented(
      by: drawn, skeleton: .coco17, pictureWidth: width, input: Size(height: 128, width: 96), warp: warp)
    let crop = try image.warped(by: augmented.transform, width: 96, height: 128, isMirrored: augmented.isFlipped)
    let joint = augmented.joints[0].position
    guard (14..<82).contains(joint.x), (14..<114).contains(joint.y) else { return }
    var (sum, sumX, sumY) = (0.0, 0.0, 0.0)
    for y in 0..<128 {
      for x in 0..<96 {
        let value = Double(crop.pixels[(y * 96 + x) * 3])
        (sum, sumX, sumY) = (sum + value, sumX + value * Double(x), sumY + value * Double(y))
      }
    }
    #expect(abs(sumX / sum - joint.x) < 0.05 && abs(sumY / sum - joint.y) < 0.05)
  }

  @Test("mirrored twice is as it was")
  func flipTwice() throws {
    var stream = RandomStream(seed: 2)
    let joints = (0..<17).map { _ in
      LabelledKeypoint(x: Double(Int(stream.uniform(0, 99))), y: Double(Int(stream.uniform(0, 79))))
    }
    let crop = CropGeometry(center: Point(x: 45, y: 38), scaleX: 0.4, scaleY: 0.5)
    let person = TrainingPerson(crop: crop, joints: joints)
    var mirrored = joints
    for pair in Skeleton.coco17.flipPairs { mirrored.swapAt(pair.first, pair.second) }
    for index in mirrored.indices { mirrored[index].position.x = 99 - mirrored[index].position.x }
    var other = crop
    other.center.x = 99 - crop.center.x
    var flip = AugmentationSample()
    flip.isFlipped = true
    let (plain, twice) = (
      person.augmented(
        by: AugmentationSample(), skeleton: .coco17, pictureWidth: 100, input: Size(height: 64, width: 48)),
      TrainingPerson(crop: other, joints: mirrored).augmented(
        by: flip, skeleton: .coco17, pictureWidth: 100, input: Size(height: 64, width: 48))
    )
    #expect(plain.joints == twice.joints && plain.crop == twice.crop && plain.transform == twice.transform)
  }

  @Test(
    "a person's crop turns upright, mirrored or not, with all joints inside",
    arguments: [Warp.standard, .udp], [false, true])
  func upright(_ warp: Warp, _ isFlipped: Bool) throws {
    var stream = RandomStream(seed: 8)
    let encoder = try TargetEncoder(
      MSRATarget(), for: TargetGrid(joints: 17, input: Size(height: 64, width: 48), maps: Size(height: 16, width: 12)))
    let recipe = SampleRecipe(skeleton: .coco17, encoder: encoder, augmentation: Augmentation(), warp: warp)
    for _ in 0..<100 {
      let joints = (0..<17).map { _ in LabelledKeypoint(x: stream.uniform(0, 199), y: stream.uniform(0, 149)) }
      let box = BoundingBox(x: -5, y: -5, width: 210, height: 160)
      let crop = CropGeometry(box: box, input: Size(height: 64, width: 48))
      let sample = TrainingSample(picture: "", person: TrainingPerson(crop: crop, box: box, joints: joints))
      var drawn = AugmentationSample()
      drawn.isFlipped = isFlipped
      let augmented = sample.upright(for: recipe).person.augmented(
        by: drawn, skeleton: .coco17, pictureWidth: 200, input: Size(height: 64, width: 48), warp: warp)
      let at = augmented.joints.map(\.position)
      let (shoulders, hips) = ((at[5].x + at[6].x, at[5].y + at[6].y), (at[11].x + at[12].x, at[11].y + at[12].y))
      #expect(abs(shoulders.0 - hips.0) < 1e-2 && shoulders.1 < hips.1)
      #expect(at.allSatisfy { (0...48).contains($0.x) && (0...64).contains($0.y) })
    }
  }

  @Test("a person without a labelled hip keeps the crop")
  func withoutHips() throws {
    let encoder = try TargetEncoder(
      MSRATarget(), for: TargetGrid(joints: 17, input: Size(height: 64, width: 48), maps: Size(height: 16, width: 12)))
    let recipe = SampleRecipe(skeleton: .coco17, encoder: encoder, augmentation: Augmentation())
    let joints = (0..<17).map { LabelledKeypoint(x: Double($0), y: 3, isLabelled: $0 < 11) }
    let crop = CropGeometry(center: Point(x: 8, y: 3), scaleX: 0.4, scaleY: 0.5)
    let sample = TrainingSample(picture: "", person: TrainingPerson(crop: crop, joints: joints))
    #expect(sample.upright(for: recipe) == sample)
  }

  @Test("draws keep to their probabilities and extents")
  func draws() {
    let root = RandomStream(seed: 4)
    let count = 20_000
    let drawn = (0..<count).map { index in
      var stream = root.split(UInt64(index))
      return Augmentation.coco.draw(from: &stream)
    }
    func share(_ holds: (AugmentationSample) -> Bool) -> Double { Double(drawn.count(where: holds)) / Double(count) }
    #expect(abs(share(\.isFlipped) - 0.5) < 0.02)
    #expect(abs(share { $0.halfBody != nil } - 0.3) < 0.02)
    // A normal number below a half.
    #expect(abs(share { $0.halfBody == .upper } - 0.3 * 0.6915) < 0.02)
    #expect(abs(share { $0.rotation != 0 } - 0.6) < 0.02)
    #expect(abs(share { $0.shift != nil } - 0.3) < 0.02)
    #expect(drawn.allSatisfy { (0.75...1.25).contains($0.scale) && abs($0.rotation) <= 60 })
    #expect(drawn.allSatisfy { abs($0.shift?.x ?? 0) <= 0.2 && abs($0.shift?.y ?? 0) <= 0.2 })
  }

  @Test(
    "shifts of the box stay the same from epoch to epoch, the crop's do not",
    arguments: Augmentation.ShiftBasis.allCases)
  func shifts(_ basis: Augmentation.ShiftBasis) {
    var augmentation = Augmentation.coco
    augmentation.shiftProbability = 1
    augmentation.shiftBasis = basis
    let constant = RandomStream(seed: 8)
    let drawn = (0..<5).map { epoch in
      var stream = RandomStream(seed: UInt64(epoch))
      return augmentation.draw(from: &stream, constant: constant).shift
    }
    #expect(Set(drawn).count == (basis == .box ? 1 : 5))
  }

  @Test("settings out of all bounds trap nothing", arguments: [0, -1, 1e300, .nan, .infinity])
  func degenerate(_ value: Double) throws {
    var augmentation = Augmentation.coco
    augmentation.flipProbability = value
    augmentation.scaleFactor = value
    augmentation.rotationFactor = value
    augmentation.shiftFactor = value
    augmentation.shiftProbability = 1
    augmentation.erasingProbability = 1
    augmentation.erasingAspect = value
    augmentation.blurProbability = 1
    augmentation.blurLimit = value > 1e9 ? .max : -3
    var distortion = PhotometricDistortion()
    distortion.brightness = value
    distortion.hue = value
    augmentation.photometric = distortion
    let folder = try SampleFolder()
    let recipe = SampleRecipe(skeleton: .coco17, encoder: folder.recipe.encoder, augmentation: augmentation)
    let pipeline = SamplePipeline(recipe, seed: 1)
    for epoch in 0..<4 { _ = try pipeline.preview(folder.samples[1], index: 1, epoch: epoch) }
  }
}
