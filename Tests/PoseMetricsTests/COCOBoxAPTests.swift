import PoseCore
import PoseFormats
import TestSupport
import Testing

@testable import PoseMetrics

/// What must hold of average precision and recall for any boxes.
@Suite struct COCOBoxAPTests {
  @Test("an order of images, objects and results means nothing where no scores tie", arguments: 0..<8 as Range<UInt64>)
  func order(_ seed: UInt64) throws {
    var random = SplitMix(seed)
    let images = Self.images(&random)
    let expected = try COCOBoxAP(images)
    var shuffled = images.shuffled(using: &random)
    for index in shuffled.indices {
      shuffled[index].results.shuffle(using: &random)
      shuffled[index].objects.shuffle(using: &random)
    }
    #expect(try COCOBoxAP(shuffled) == expected)
  }

  @Test("every number is a fraction, and more results never lower recall", arguments: 0..<8 as Range<UInt64>)
  func range(_ seed: UInt64) throws {
    var random = SplitMix(seed)
    let found = try COCOBoxAP(Self.images(&random))
    #expect(found.values.allSatisfy { $0.value == -1 || (0...1).contains($0.value) })
    #expect(found.ar1 <= found.ar10 && found.ar10 <= found.ar100)
    #expect(found.ap <= found.ap50 && found.ap75 <= found.ap50)
  }

  @Test("an even factor of all coordinates moves objects between size ranges and changes nothing else")
  func scale() throws {
    var random = SplitMix(4)
    let images = Self.images(&random)
    let larger = images.map { image in
      var image = image
      image.objects = image.objects.map {
        AnnotatedBox(id: $0.id, $0.boundingBox.scaled(by: 8), area: $0.area * 64, isCrowd: $0.isCrowd)
      }
      image.results = image.results.map { ScoredBox($0.boundingBox.scaled(by: 8), score: $0.score) }
      return image
    }
    let (before, after) = (try COCOBoxAP(images), try COCOBoxAP(larger))
    #expect(before.ap == after.ap && before.ar100 == after.ar100 && before.ar1 == after.ar1)
    #expect(before.apSmall != -1 && after.apSmall == -1)
  }

  @Test("the truth itself scores 1, and nothing 0")
  func truth() throws {
    var random = SplitMix(1)
    var images = Self.images(&random)
    for index in images.indices {
      images[index].objects = images[index].objects.filter { !$0.isCrowd }
      images[index].results = images[index].objects.map { ScoredBox($0.boundingBox, score: random.unit) }
    }
    let best = try COCOBoxAP(images)
    #expect(best.ap > 1 - 1e-12 && best.ar100 == 1 && best.apSmall > 1 - 1e-12)
    for index in images.indices { images[index].results = [] }
    #expect(try COCOBoxAP(images).values.allSatisfy { $0.value == 0 || $0.value == -1 })
    #expect(try COCOBoxAP([]).values.allSatisfy { $0.value == -1 })
  }

  @Test("only the best hundred results of an image and category count")
  func limit() throws {
    let box = BoundingBox(x: 10, y: 10, width: 50, height: 50)
    let elsewhere = BoundingBox(x: 500, y: 10, width: 50, height: 50)
    var image = EvaluatedBoxes(id: 1, objects: [AnnotatedBox(box)], results: [])
    image.results = (0..<100).map { ScoredBox(elsewhere, score: 1 + Double($0)) } + [ScoredBox(box, score: 0.5)]
    #expect(try COCOBoxAP([image]).ar100 == 0)
    image.results.removeFirst()
    let found = try COCOBoxAP([image])
    #expect(found.ar100 == 1 && found.ar10 == 0 && found.ar1 == 0)
    image.results.removeFirst(90)
    #expect(try COCOBoxAP([image]).ar10 == 1)
  }

  @Test("a crowd takes any number of results that lie in it, and neither rewards nor punishes them")
  func crowd() throws {
    let box = BoundingBox(x: 10, y: 10, width: 50, height: 50)
    let group = BoundingBox(x: 1000, y: 0, width: 800, height: 600)
    var image = EvaluatedBoxes(
      id: 1, objects: [AnnotatedBox(box), AnnotatedBox(group, isCrowd: true)], results: [ScoredBox(box, score: 0.5)])
    let alone = try COCOBoxAP([image])
    for (index, score) in [0.1, 0.9, 0.95].enumerated() {
      let inside = BoundingBox(x: 1000 + 60 * Double(index), y: 100, width: 40, height: 60)
      image.results.append(ScoredBox(inside, score: score))
    }
    var found = try COCOBoxAP([image])
    // The one result that counts there is the group's.
    #expect(found.ar1 == 0 && alone.ar1 == 1)
    found.ar1 = alone.ar1
    #expect(found == alone)
    // Less than half of it lies in the group.
    image.results.append(ScoredBox(BoundingBox(x: 970, y: 100, width: 50, height: 50), score: 0.99))
    #expect(try COCOBoxAP([image]).ap < alone.ap)
  }

  @Test("an area on a border counts in both size ranges", arguments: [(32.0, "s"), (96.0, "m")])
  func borders(_ side: Double, _ smaller: String) throws {
    let box = BoundingBox(x: 0, y: 0, width: side, height: side)
    let found = try COCOBoxAP([EvaluatedBoxes(id: 1, objects: [AnnotatedBox(box)], results: [ScoredBox(box, score: 1)])]
    )
    let ranges = [found.apSmall > 0.9, found.apMedium > 0.9, found.apLarge > 0.9]
    #expect(ranges == (smaller == "s" ? [true, true, false] : [false, true, true]))
  }

  @Test("categories are averaged, and those without objects take no part")
  func categories() throws {
    let box = BoundingBox(x: 0, y: 0, width: 40, height: 40)
    let good = EvaluatedBoxes(id: 1, category: 5, objects: [AnnotatedBox(box)], results: [ScoredBox(box, score: 1)])
    let bad = EvaluatedBoxes(id: 1, category: 2, objects: [AnnotatedBox(box)], results: [])
    let empty = EvaluatedBoxes(id: 1, category: 9, objects: [], results: [ScoredBox(box, score: 1)])
    let found = try COCOBoxAP([good, bad, empty])
    #expect(abs(found.ap - 0.5) < 1e-12 && found.ar100 == 0.5)
  }

  @Test("what cannot be compared is refused by name")
  func refusals() throws {
    let box = BoundingBox(x: 0, y: 0, width: 40, height: 40)
    let image = EvaluatedBoxes(id: 4, objects: [AnnotatedBox(box)], results: [ScoredBox(box, score: 1)])
    #expect(throws: MetricError.repeatedImage(id: 4)) { try COCOBoxAP([image, image]) }
    var broken = image
    broken.results[0].score = .nan
    #expect(throws: MetricError.notFinite(what: "result 0 of image 4, category 1")) { try COCOBoxAP([broken]) }
    broken = image
    broken.results[0].boundingBox.width = .infinity
    #expect(throws: MetricError.self) { try COCOBoxAP([broken]) }
    broken = image
    broken.objects[0].boundingBox.x = .nan
    #expect(throws: MetricError.notFinite(what: "annotated box 0 (image 4, category 1)")) { try COCOBoxAP([broken]) }
  }

  // MARK: Files

  private static let annotations = """
    {"images": [{"id": 1}, {"id": 2}], "categories": [{"id": 1, "name": "person"}, {"id": 2, "name": "dog"}],
     "annotations": [
    {"id": 7, "image_id": 1, "category_id": 1, "bbox": [0, 0, 20, 40], "area": 600, "keypoints": "none"},
    {"id": 8, "image_id": 2, "category_id": 2, "bbox": [5, 5, 20, 40], "area": 600, "iscrowd": 0}]}
    """

  private static func precision(
    _ results: String, annotations: String = annotations, categories: Set<Int>? = nil
  ) throws -> COCOBoxAP {
    try COCOBoxAP(
      COCOComparison(
        COCOAnnotations(json: Array(annotations.utf8), joints: .none),
        COCOResults(json: Array(results.utf8), for: .rankedBoxes), categories: categories))
  }

  private static let person = #"{"image_id": 1, "category_id": 1, "bbox": [0, 0, 20, 40], "score": 0.5}"#
  private static let dog = #"{"image_id": 2, "category_id": 2, "bbox": [50, 5, 20, 40], "score": 0.5}"#

  @Test("keypoints of annotations are not looked at, and chosen categories alone are scored")
  func files() throws {
    let results = "[\(Self.person), \(Self.dog)]"
    #expect(try Self.precision(results).ar100 == 0.5)
    #expect(try Self.precision(results, categories: [1]).ar100 == 1)
    #expect(try Self.precision(results, categories: [2]).ar100 == 0)
    #expect(try Self.precision("[]").ar100 == 0)
  }

  @Test("a chosen category brings no note about the others")
  func notes() throws {
    let comparison = try COCOComparison(
      COCOAnnotations(json: Array(Self.annotations.utf8), joints: .none),
      COCOResults(json: Array("[\(Self.person), \(Self.dog)]".utf8), for: .rankedBoxes), categories: [1])
    #expect(comparison.notes.isEmpty)
  }

  @Test("results of images that are not listed, and annotations without a box or an area, are refused by name")
  func strangers() throws {
    let stranger = Self.person.replacing(#""image_id": 1"#, with: #""image_id": 3"#)
    #expect(throws: MetricError.unknownImage(id: 3, what: "result 1")) {
      try Self.precision("[\(Self.person), \(stranger)]")
    }
    let noArea = Self.annotations.replacing(#", "area": 600, "iscrowd""#, with: #", "iscrowd""#)
    #expect(throws: MetricError.noArea(what: "annotation 8 (image 2, category 2)")) {
      try Self.precision("[\(Self.person)]", annotations: noArea)
    }
    let crowd = noArea.replacing(#""iscrowd": 0"#, with: #""iscrowd": 1"#)
    #expect(try Self.precision("[\(Self.person)]", annotations: crowd).ar100 == 1)
    let noBox = Self.annotations.replacing(#""bbox": [5, 5, 20, 40], "#, with: "")
    #expect(throws: MetricError.noBox(what: "annotation 8 (image 2, category 2)")) {
      try Self.precision("[\(Self.person)]", annotations: noBox)
    }
  }

  /// Twelve images with objects of three categories and results near and far.
  private static func images(_ random: inout SplitMix) -> [EvaluatedBoxes] {
    var images: [EvaluatedBoxes] = []
    for id in 1...12 {
      for category in [1, 4, 7] {
        var image = EvaluatedBoxes(id: id, category: category, objects: [], results: [])
        for column in 0..<4 {
          let (x, y, side) = (Double(column) * 400, random.unit * 200, 12 + random.unit * 150)
          let box = BoundingBox(x: x, y: y, width: side, height: side * (1 + random.unit))
          image.objects.append(AnnotatedBox(box, area: box.area * 0.7, isCrowd: random.unit < 0.1))
          for noise in [0.02, 0.1, 0.5] where random.unit < 0.7 {
            var near = box
            near.x += (random.unit - 0.5) * side * noise
            near.y += (random.unit - 0.5) * side * noise
            near.width *= 1 + (random.unit - 0.5) * noise
            image.results.append(ScoredBox(near, score: random.unit))
          }
        }
        images.append(image)
      }
    }
    return images
  }
}

extension BoundingBox {
  fileprivate func scaled(by factor: Double) -> BoundingBox {
    BoundingBox(x: x * factor, y: y * factor, width: width * factor, height: height * factor)
  }
}
