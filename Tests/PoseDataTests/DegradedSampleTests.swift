import Foundation
import PoseConfiguration
import PoseCore
import PoseGraph
import PoseImage
import Testing

@testable import PoseData

@Suite("Degraded samples")
struct DegradedSampleTests {
  /// A batch with what the teacher sees.
  private struct Pixels: Equatable {
    var student: [Float]
    var teacher: [Float]?
  }

  private func pixels(_ change: (inout SampleRecipe) -> Void) throws -> [Pixels] {
    let folder = try SampleFolder()
    var recipe = folder.recipe
    change(&recipe)
    var options = SampleLoader.Options()
    (options.batchSize, options.workers) = (4, 2)
    let loader = try SampleLoader(folder.samples, recipe: recipe, seed: 11, options: options)
    return try (0..<4).map { _ in
      try loader.withNextBatch { Pixels(student: Array($0.pixels), teacher: $0.teacherPixels.map { Array($0) }) }
    }
  }

  private static func degradation(_ kinds: [DegradationKind], probability: Double = 1) -> RandomDegradation {
    RandomDegradation(
      probability: probability, kinds: kinds.map { RandomDegradation.Choice(kind: $0, strength: 2...4) })
  }

  @Test("the clean pixels are those without degradations", arguments: DegradationKind.allCases)
  func clean(_ kind: DegradationKind) throws {
    let plain = try pixels { _ in }
    let degraded = try pixels {
      $0.augmentation.degradation = Self.degradation([kind], probability: 0.8)
      $0.teacherInput = $0.encoder.input
    }
    #expect(plain.allSatisfy { $0.teacher == nil } && degraded.compactMap(\.teacher) == plain.map(\.student))
    #expect(degraded.map(\.student) != plain.map(\.student))
    let alone = try pixels { $0.augmentation.degradation = Self.degradation([kind], probability: 0.8) }
    #expect(alone.map(\.student) == degraded.map(\.student))
  }

  @Test("where a teacher sees nothing else, both see the same")
  func same() throws {
    let batches = try pixels { $0.teacherInput = $0.encoder.input }
    #expect(batches.allSatisfy { $0.teacher == $0.student })
  }

  @Test("a teacher with a larger input sees the same crops, clean, with more pixels")
  func larger() throws {
    let same = try pixels {
      $0.augmentation.studentOnly = [.blur, .erasing]
      $0.teacherInput = $0.encoder.input
    }
    let larger = try pixels {
      $0.augmentation.degradation = Self.degradation([.gray], probability: 0.8)
      $0.augmentation.studentOnly = [.blur, .erasing]
      $0.teacherInput = Size(height: 2 * $0.encoder.input.height, width: 2 * $0.encoder.input.width)
    }
    let width = try SampleFolder().recipe.encoder.input.width
    for (same, larger) in zip(same, larger) {
      let (expected, crop) = (try #require(same.teacher), try #require(larger.teacher))
      #expect(crop.count == 4 * expected.count && same.student != larger.student)
      let found = expected.indices.map { crop[$0 / width * 4 * width + $0 % width * 2] }
      // A thirty-second of a pixel, to which the warp rounds places, is another one of twice the size.
      let worst = zip(found, expected).map { abs($0 - $1) }.sorted()
      #expect(worst[worst.count * 99 / 100] < 0.1, "\(worst.suffix(5))")
    }
  }

  @Test("changes for the student alone are missing from the clean pixels", arguments: PixelChange.allCases)
  func studentOnly(_ change: PixelChange) throws {
    let hidden = try pixels {
      $0.augmentation.studentOnly = [change]
      $0.teacherInput = $0.encoder.input
    }
    let without = try pixels { recipe in
      switch change {
      case .colors: recipe.augmentation.photometric?.probability = 0
      case .blur: recipe.augmentation.blurProbability = 0
      case .erasing: recipe.augmentation.erasingProbability = 0
      }
    }
    let plain = try pixels { _ in }
    #expect(hidden.map(\.student) == plain.map(\.student) && hidden.map(\.student) != without.map(\.student))
    // Without the blur another rectangle is drawn after it.
    if change != .blur { #expect(hidden.compactMap(\.teacher) == without.map(\.student)) }
    #expect(hidden.contains { $0.teacher != $0.student })
  }

  @Test("degradations depend on the seed, the epoch and the sample, and not on steps of a report")
  func draws() {
    let random = Self.degradation(DegradationKind.allCases, probability: 0.5)
    let drawn = (0..<2000).map { index in
      var stream = RandomStream(seed: 4).split(UInt64(index))
      return random.draw(from: &stream)
    }
    let all = drawn.flatMap(\.self)
    #expect(abs(all.count - 1000) < 100 && Set(all.map(\.kind)).count == 6)
    #expect(all.allSatisfy { (2...4).contains($0.strength) } && Set(all.map(\.strength)).count == all.count)
    var stream = RandomStream(seed: 4).split(7)
    #expect(random.draw(from: &stream) == drawn[7])
  }

  @Test("several degradations come in the order in which they happen to a picture")
  func several() {
    var random = Self.degradation(DegradationKind.allCases.reversed())
    random.mostAtOnce = 3
    let counts = (0..<300).map { index in
      var stream = RandomStream(seed: 9).split(UInt64(index))
      let kinds = random.draw(from: &stream).map(\.kind)
      #expect(kinds == DegradationKind.allCases.filter(kinds.contains))
      return kinds.count
    }
    for count in 1...3 { #expect(abs(counts.count { $0 == count } - 100) < 40) }
  }

  @Test("what lies beyond the picture stays black")
  func border() throws {
    let folder = try SampleFolder()
    var recipe = folder.recipe
    recipe.augmentation = Augmentation()
    var sample = folder.samples[0]
    sample.person.crop.scaleX *= 3
    sample.person.crop.scaleY *= 3
    let clean = try SamplePipeline(recipe, seed: 1).preview(sample, index: 0, epoch: 0).image
    func isBlack(_ image: Image) -> [Bool] {
      stride(from: 0, to: image.pixels.count, by: 3).map { image.pixels[$0..<$0 + 3].allSatisfy { $0 == 0 } }
    }
    for kind in DegradationKind.allCases {
      recipe.augmentation.degradation = Self.degradation([kind])
      let image = try SamplePipeline(recipe, seed: 1).preview(sample, index: 0, epoch: 0).image
      #expect(image != clean)
      let corners = [0, image.width - 1, image.pixels.count / 3 - 1]
      #expect(corners.allSatisfy { isBlack(clean)[$0] && isBlack(image)[$0] }, "\(kind)")
    }
  }

  @Test(
    "a configuration's section becomes the recipe's, with clean pixels for a teacher alone", arguments: [false, true])
  func configured(_ hasTeacher: Bool) throws {
    let teacher = hasTeacher ? ["train.teacher.weights=a.pth", "train.augmentation.student_only=[erasing]"] : []
    let configuration = try Zoo.configuration(
      named: "litehrnet_18_coco_256x192",
      settings: [
        "train.augmentation.degrade.kinds=[lowres,jpeg]", "train.augmentation.degrade.ranges.jpeg=[1,2]",
        "train.augmentation.degrade.most_at_once=2",
      ] + teacher)
    let recipe = try SampleRecipe(configuration, for: .coco, graph: configuration.graph())
    let random = try #require(recipe.augmentation.degradation)
    #expect(random.probability == 0.5 && random.mostAtOnce == 2)
    #expect(random.kinds.map(\.kind) == [.lowres, .jpeg] && random.kinds.map(\.strength) == [0.5...5, 1...2])
    #expect(
      (recipe.teacherInput != nil) == hasTeacher && recipe.augmentation.studentOnly == (hasTeacher ? [.erasing] : []))
  }
}
