import PoseCore
import PoseFormats
import PoseMetrics
import TestSupport
import Testing

@testable import PoseEvaluation

@Suite("Bootstrap")
struct BootstrapTests {
  /// Pictures with two people each, of whom some results are a few pixels off.
  private func comparison(pictures: Int = 12, error: (_ picture: Int, _ person: Int) -> Double) throws -> COCOComparison
  {
    var (people, found): ([String], [String]) = ([], [])
    for picture in 1...pictures {
      for person in 0..<2 {
        func keypoints(_ shift: Double) -> String {
          (0..<17).map { "\(60 * person + 3 * $0),\(Double(5 * $0) + shift),2" }.joined(separator: ",")
        }
        people.append(
          """
          {"id":\(people.count + 1),"image_id":\(picture),"category_id":1,"iscrowd":0,"area":10000,"num_keypoints":17,
          "bbox":[\(60 * person),0,50,90],"keypoints":[\(keypoints(0))]}
          """)
        found.append(
          """
          {"image_id":\(picture),"category_id":1,"score":\(1 - Double(people.count) / 100),
          "keypoints":[\(keypoints(error(picture, person)))]}
          """)
      }
    }
    let images = (1...pictures).map { "{\"id\":\($0),\"width\":200,\"height\":100}" }
    let annotations = """
      {"images":[\(images.joined(separator: ","))],"annotations":[\(people.joined(separator: ","))],
      "categories":[{"id":1,"name":"person"}]}
      """
    return try COCOComparison(
      COCOAnnotations(json: Array(annotations.utf8)),
      COCOResults(json: Array("[\(found.joined(separator: ","))]".utf8), for: .rankedPoses))
  }

  private let bootstrap = Bootstrap(images: Array(1...12), draws: 400, seed: 3)

  @Test("a picture that counts twice is found twice, and one that does not count is not missed")
  func counts() throws {
    let files = try comparison { picture, _ in picture > 6 ? 40 : 0 }
    let metric = try ResampledMetric(files, rules: .coco)
    #expect(try metric() == COCOKeypointAP(files).values)
    #expect(try metric(Dictionary(uniqueKeysWithValues: (1...12).map { ($0, 1) })) == metric())
    func ap(_ counts: [Int: Int]) throws -> Double { try metric(counts)[0].value }
    #expect(try ap([1: 2, 2: 1]) == 1 && ap([7: 3]) == 0 && ap([:]) == -1)
    // Three of four found, the surer ones first, at a hundred and one levels of recall.
    #expect(try abs(ap([1: 3, 7: 1]) - 76 / 101) < 1e-12)
  }

  @Test("intervals hold the number, are the same for the same seed, and have no width where pictures are alike")
  func intervals() throws {
    let files = try comparison { picture, person in Double((picture * 7 + person * 3) % 12) }
    let metric = try ResampledMetric(files, rules: .coco)
    let intervals = try bootstrap.intervals(of: metric)
    // Nobody is of medium size.
    #expect(intervals.map(\.name) == ["AP", "AP50", "AP75", "APL", "AR", "AR50", "AR75", "ARL"])
    #expect(intervals.allSatisfy { $0.low <= $0.value && $0.value <= $0.high && $0.high <= 1 })
    #expect(intervals[0].low < intervals[0].high)
    var draws = 0
    #expect(try bootstrap.intervals(of: metric) { draws += 1 } == intervals)
    #expect(draws == 400)
    #expect(try Bootstrap(images: bootstrap.images, draws: 400, seed: 4).intervals(of: metric) != intervals)
    let alike = try ResampledMetric(comparison { _, _ in 0 }, rules: .coco)
    #expect(try bootstrap.intervals(of: alike).allSatisfy { $0.low == 1 && $0.high == 1 })
  }

  @Test("results differ by nothing from themselves, and by less than their intervals from similar ones")
  func differences() throws {
    func metric(_ more: Double) throws -> ResampledMetric {
      try ResampledMetric(
        comparison { picture, person in Double((picture * 7 + person * 3) % 12) + more }, rules: .coco)
    }
    let (own, worse) = (try metric(0), try metric(1))
    #expect(try bootstrap.differences(of: own, from: own).allSatisfy { $0.low == 0 && $0.value == 0 && $0.high == 0 })
    let (interval, difference) = (
      try bootstrap.intervals(of: own)[0], try bootstrap.differences(of: own, from: worse)[0]
    )
    #expect(difference.value == (try own()[0].value - worse()[0].value) && difference.low > 0)
    #expect(difference.high - difference.low < interval.high - interval.low)
  }

  @Test("the width of an interval is that of the normal distribution where many pictures are right or wrong alike")
  func width() throws {
    let files = try comparison(pictures: 100) { picture, _ in picture % 4 == 0 ? 200 : 0 }
    let recall = try Bootstrap(images: Array(1...100), draws: 2000).intervals(of: ResampledMetric(files, rules: .coco))
      .first { $0.name == "AR" }
    let interval = try #require(recall)
    // Three quarters of a hundred pictures: a deviation of .0433. Two thousand draws tell its 95 percent to .01.
    #expect(abs(interval.high - interval.low - 2 * 1.96 * 0.0433) < 0.02 && interval.value == 0.75)
  }
}
