import PoseCore
import PoseMetrics
import TestSupport
import Testing

/// What must hold of average precision and recall for any people and results.
@Suite struct KeypointPropertyTests {
  @Test("an order of images and results means nothing where no scores tie", arguments: 0..<8 as Range<UInt64>)
  func order(_ seed: UInt64) throws {
    var random = SplitMix(seed)
    let images = Self.images(&random)
    let expected = try COCOKeypointAP(images)
    var shuffled = images.shuffled(using: &random)
    for index in shuffled.indices {
      shuffled[index].results.shuffle(using: &random)
      shuffled[index].people.shuffle(using: &random)
    }
    #expect(try COCOKeypointAP(shuffled) == expected)
  }

  @Test("every number is a fraction, or -1 where nobody counts", arguments: 0..<8 as Range<UInt64>)
  func range(_ seed: UInt64) throws {
    var random = SplitMix(seed)
    let values = try COCOKeypointAP(Self.images(&random)).values.map(\.value)
    #expect(values.allSatisfy { $0 == -1 || (0...1).contains($0) })
  }

  @Test("one more perfect result never lowers recall", arguments: 0..<8 as Range<UInt64>)
  func perfect(_ seed: UInt64) throws {
    var random = SplitMix(seed)
    var images = Self.images(&random)
    var before = try COCOKeypointAP(images)
    for index in images.indices {
      for person in images[index].people where images[index].results.count < 20 {
        images[index].results.append(ScoredPose(keypoints: person.keypoints, score: 2 + random.unit))
        let after = try COCOKeypointAP(images)
        #expect(after.ar >= before.ar && after.ar50 >= before.ar50 && after.ar75 >= before.ar75)
        before = after
      }
    }
  }

  @Test("the truth itself scores 1, and nothing 0")
  func truth() throws {
    var random = SplitMix(1)
    var images = Self.images(&random)
    for index in images.indices {
      images[index].results = images[index].people.map { ScoredPose(keypoints: $0.keypoints, score: random.unit) }
    }
    // Precision is divided by the number of results and the smallest step above 1, as in the published tools.
    #expect(try COCOKeypointAP(images).values.allSatisfy { $0.value > 1 - 1e-12 || $0.value == -1 })
    for index in images.indices { images[index].results = [] }
    #expect(try COCOKeypointAP(images).values.allSatisfy { $0.value == 0 || $0.value == -1 })
    #expect(try COCOKeypointAP([]).values.allSatisfy { $0.value == -1 })
  }

  @Test("larger sigmas never lower recall at any threshold", arguments: 0..<4 as Range<UInt64>)
  func sigmas(_ seed: UInt64) throws {
    var random = SplitMix(seed)
    let images = Self.images(&random)
    var recall = 0.0
    for factor in [0.5, 1, 2, 4, 100] {
      // Greedy matching may exchange partners, but people far apart have one candidate each.
      let next = try COCOKeypointAP(images, rules: KeypointRules(sigmas: Skeleton.coco17.sigmas.map { $0 * factor }))
        .ar50
      #expect(next >= recall - 0.05)
      recall = next
    }
  }

  @Test("only the best twenty results of an image count")
  func limit() throws {
    var random = SplitMix(3)
    var image = Self.image(id: 1, &random)
    let person = image.people[0]
    let elsewhere = person.keypoints.map { $0 + 10_000 }
    image.people = [person]
    image.results = (0..<20).map { ScoredPose(keypoints: elsewhere, score: 1 + Double($0)) }
    image.results.append(ScoredPose(keypoints: person.keypoints, score: 0.5))
    #expect(try COCOKeypointAP([image]).ar == 0)
    image.results.removeFirst()
    #expect(try COCOKeypointAP([image]).ar == 1)
  }

  @Test("a crowd takes any number of results, and neither rewards nor punishes them")
  func crowd() throws {
    var random = SplitMix(5)
    var image = Self.image(id: 1, &random)
    image.people = Array(image.people.prefix(2))
    image.people[1].isCrowd = true
    for index in 0...1 {
      image.people[index].keypoints = image.people[index].keypoints.map { $0 + Double(index) * 5000 }
    }
    image.results = [ScoredPose(keypoints: image.people[0].keypoints, score: 0.5)]
    let alone = try COCOKeypointAP([image])
    for score in [0.1, 0.9, 0.95] {
      image.results.append(ScoredPose(keypoints: image.people[1].keypoints, score: score))
    }
    #expect(try COCOKeypointAP([image]) == alone)
  }

  @Test("categories are averaged")
  func categories() throws {
    var random = SplitMix(7)
    var good = Self.image(id: 1, &random)
    good.results = good.people.map { ScoredPose(keypoints: $0.keypoints, score: 1) }
    var bad = good
    bad.category = 2
    bad.results = []
    let found = try COCOKeypointAP([good, bad])
    #expect(abs(found.ap - 0.5) < 1e-12 && found.ar == 0.5)
  }

  @Test("what cannot be compared is refused by name")
  func refusals() throws {
    var random = SplitMix(9)
    let image = Self.image(id: 4, &random)
    #expect(throws: MetricError.repeatedImage(id: 4)) { try COCOKeypointAP([image, image]) }
    #expect(throws: MetricError.noCrowdIndex(id: 4)) { try CrowdPoseAP([image], rules: .coco) }
    var broken = image
    broken.people[0].area = nil
    #expect(throws: MetricError.self) { try COCOKeypointAP([broken]) }
    broken = image
    broken.people[0].keypoints.removeLast(3)
    #expect(throws: MetricError.self) { try COCOKeypointAP([broken]) }
    broken = image
    broken.results = [ScoredPose(keypoints: image.people[0].keypoints, score: .nan)]
    #expect(throws: MetricError.self) { try COCOKeypointAP([broken]) }
    broken.results = [ScoredPose(keypoints: [], score: 1)]
    #expect(throws: MetricError.self) { try COCOKeypointAP([broken]) }
  }

  /// Twelve images of people apart from each other, with results near and far.
  private static func images(_ random: inout SplitMix) -> [EvaluatedImage] {
    (0..<12).map { image(id: $0, &random) }
  }

  private static func image(id: Int, _ random: inout SplitMix) -> EvaluatedImage {
    var image = EvaluatedImage(id: id, people: [], results: [])
    for column in 0..<4 {
      let (x, y, side) = (Double(column) * 400, random.unit * 200, 30 + random.unit * 200)
      let joints = (0..<17).map { _ in (x + random.unit * side, y + random.unit * side) }
      image.people.append(
        AnnotatedPose(
          keypoints: joints.flatMap { [$0.0, $0.1, 2] },
          boundingBox: BoundingBox(x: x, y: y, width: side, height: side),
          area: side * side, labelledKeypoints: 17))
      for noise in [0.02, 0.1, 0.5] where random.unit < 0.7 {
        let keypoints = joints.flatMap { joint in
          [joint.0 + (random.unit - 0.5) * side * noise, joint.1 + (random.unit - 0.5) * side * noise, random.unit]
        }
        image.results.append(ScoredPose(keypoints: keypoints, score: random.unit))
      }
    }
    return image
  }
}
