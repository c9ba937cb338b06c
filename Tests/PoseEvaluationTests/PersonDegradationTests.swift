import Foundation
import PoseConfiguration
import PoseCore
import PoseData
import PoseEstimation
import PoseGraph
import PoseImage
import PoseMetrics
import TestSupport
import Testing

@testable import PoseEvaluation

@Suite("People in degraded pictures")
struct PersonDegradationTests {
  /// Finds a person's joints in the corners of the box.
  private struct CornerNetwork: PoseNetwork {
    let skeleton = Skeleton.coco17
    let needsPeople = true

    func poses(in picture: Picture, people: [PersonRegion]) throws -> [Pose] {
      people.map { person in
        let box = person.detection.boundingBox
        let corners = [Point(x: box.x, y: box.y), Point(x: box.x + box.width, y: box.y + box.height)]
        return Pose(
          boundingBox: box, score: 1,
          keypoints: (0..<17).map { Keypoint(position: corners[$0 % 2], score: 1) }, skeleton: skeleton)
      }
    }
  }

  private func dataset() throws -> Dataset {
    let drawn = try DrawnDataset.shared
    return try Dataset(.coco, annotations: drawn.annotations, pictures: drawn.folder)
  }

  private func degradation(_ kind: DegradationKind = .gray, strength: Double = 0) -> PersonDegradation {
    PersonDegradation(kind: kind, strength: strength, input: Size(height: 128, width: 96), padding: 1.25)
  }

  @Test("joints are found in pixels of the picture")
  func positions() throws {
    let pipeline = PosePipeline(network: CornerNetwork())
    let plain = try DatasetRun(pipeline, dataset(), threads: 1)
    let degraded = try DatasetRun(pipeline, dataset(), degradation: degradation(.jpeg, strength: 3), threads: 2)
    #expect(plain.estimates.count == DrawnDataset.labelledPeople && degraded.estimates.count == plain.estimates.count)
    for (one, other) in zip(degraded.estimates, plain.estimates) {
      #expect(one.person == other.person && one.score == other.score)
      for (a, b) in zip(one.keypoints, other.keypoints) {
        #expect(abs(a.position.x - b.position.x) < 1e-9 && abs(a.position.y - b.position.y) < 1e-9)
      }
    }
  }

  @Test("a part of the picture at strength 0 shows the network what the picture does, to a level of 255")
  func part() throws {
    let dataset = try dataset()
    for (index, person) in dataset.people.enumerated() {
      let picture = try Image(contentsOf: dataset.pictures[person.picture].path)
      let part = try degradation()(dataset.region(of: person), number: index, of: picture)
      #expect(part.image.width <= picture.width && part.image.height <= picture.height)
      let size = Size(height: 128, width: 96)
      let whole = dataset.crop(of: person, input: size).transform(to: size, warp: .standard)
      let expected = try picture.warped(by: whole, width: 96, height: 128).pixels
      let found = try part.image.warped(by: part.crop.transform(to: size, warp: .standard), width: 96, height: 128)
      // Positions are rounded to 1/32 pixel, and where one falls on the other side neighbours weigh a little otherwise.
      let differing = zip(found.pixels, expected).count { abs(Int($0) - Int($1)) > 8 }
      #expect(differing < expected.count / 200, "\(differing)")
    }
  }

  @Test("noise is a person's own, the same at each look")
  func chance() throws {
    let dataset = try dataset()
    let picture = try Image(contentsOf: dataset.pictures[0].path)
    func pixels(_ number: Int) throws -> [UInt8] {
      try degradation(.noise, strength: 2)(dataset.region(of: dataset.people[0]), number: number, of: picture).image
        .pixels
    }
    #expect(try pixels(0) == pixels(0) && pixels(0) != pixels(1))
  }

  @Test("a person beside the picture is looked at as usual")
  func outside() throws {
    let picture = try Image(width: 30, height: 20, pixels: Array(repeating: 9, count: 1800))
    let region = PersonRegion(Detection(BoundingBox(x: 500, y: 300, width: 20, height: 40), score: 1))
    let part = try degradation(.lowres, strength: 3)(region, number: 0, of: picture)
    #expect(part.image.width == 30 && part.region == region && part.origin == Point(x: 0, y: 0))
  }

  @Test("losses are means over the strengths, and compare with another network's")
  func losses() throws {
    func robustness(_ factor: Double) -> Robustness {
      Robustness(
        [.gray, .jpeg], clean: MetricValue("AP", 0.8), input: Size(height: 128, width: 96), padding: 1.25
      ) { $0.kind == .gray ? 0.8 : 0.8 - factor * $0.strength }
    }
    let (one, other) = (robustness(0.05), robustness(0.1))
    #expect(one.curves.map(\.degradation) == [.gray, .jpeg] && one.curves[1].strengths == [1, 2, 3, 4, 5])
    #expect(one.curves[1].amounts == [40, 25, 15, 10, 5])
    #expect(abs(one.curves[0].lost) < 1e-12 && abs(one.curves[1].lost - 0.15) < 1e-12)
    #expect(one.shareOfLoss(.noise, against: other) == nil)
    #expect(abs(try #require(one.shareOfLoss(.jpeg, against: other)) - 0.5) < 1e-12)
    let read = try JSONDecoder().decode(Robustness.self, from: JSONEncoder().encode(one))
    #expect(read.metric == "AP" && read.clean == 0.8 && read.curves[1].values == one.curves[1].values)
  }
}
