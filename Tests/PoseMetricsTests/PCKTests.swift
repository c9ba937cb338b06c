import Foundation
import PoseCore
import PoseFormats
import PoseMetrics
import TestSupport
import Testing

@testable import PoseCodecs

@Suite struct PCKTests {
  @Test("PCK, AUC, EPE and NME are the published code's")
  func published() throws {
    let golden = try Golden()
    let archive = try GoldenFile.archive("golden/eval/pck.npz")
    let people = try golden.people(archive)
    let sizes = try #require(archive["norm"]).floats.pairs
    for (threshold, name) in [(0.05, "pck0.05"), (0.1, "pck0.1"), (0.2, "pck0.2")] {
      let pck = try PCK(people, sizes: sizes, threshold: threshold)
      #expect(pck.mean == golden.functions[name]?[0])
      #expect(pck.joints.compactMap(\.self).count == 16)
    }
    #expect(try people.areaUnderCurve() == golden.functions["auc"]?[0])
    #expect(try people.endPointError() == golden.functions["epe"]?[0])
    #expect(try people.normalizedMeanError(sizes: sizes) == golden.functions["nme"]?[0])
  }

  @Test("heatmaps' peaks score as published, but for its exchange of width and height")
  func heatmaps() throws {
    let golden = try Golden()
    let archive = try GoldenFile.archive("golden/eval/pck.npz")
    let (output, target) = (try archive.tensor("pose_pck.out"), try archive.tensor("pose_pck.tgt"))
    let mask = try archive.tensor("pose_pck.mask").floats.map { $0 != 0 }
    var people = PairedKeypoints<Float>(jointCount: 17)
    for person in 0..<2 {
      let coordinates = try [output, target].map { tensor in
        let count = 17 * 16 * 12
        let values = Array(tensor.floats[person * count..<(person + 1) * count])
        return try Heatmaps(joints: 17, height: 16, width: 12, values: values).peaks().flatMap { [$0.x, $0.y] }
      }
      try people.append(
        coordinates[0], truth: coordinates[1], isAnnotated: Array(mask[person * 17..<(person + 1) * 17]))
    }
    let swapped = try PCK(people, sizes: [[16, 12], [16, 12]], threshold: 0.3)
    #expect(swapped.mean == golden.functions["pose_pck"]?[0])
    #expect(swapped.joints.compactMap(\.self).count == 15)
  }

  @Test("a joint at exactly the threshold does not count, one that nobody has neither")
  func threshold() throws {
    var people = PairedKeypoints<Double>(jointCount: 3)
    try people.append([1, 0, 0, 0, 9, 9], truth: [0, 0, 0, 0, 0, 0], isAnnotated: [true, true, false])
    let pck = try PCK(people, sizes: [[2, 2]], threshold: 0.5)
    #expect(pck.joints == [0, 1, nil])
    #expect(pck.mean == 0.5)
    #expect(try people.normalizedMeanError(sizes: [[2, 2]]) == 0.25)
    #expect(try people.endPointError() == 0.5)
  }

  @Test("people of no size are left out, and nothing at all scores 0")
  func sizes() throws {
    var people = PairedKeypoints<Double>(jointCount: 1)
    #expect(try people.endPointError() == 0)
    #expect(try PCK(people, sizes: [], threshold: 1).mean == 0)
    try people.append([1, 0], truth: [0, 0], isAnnotated: [true])
    #expect(try PCK(people, sizes: [[0, 1]], threshold: 1).joints == [nil])
  }

  @Test("J-HMDB's groups are the means of both sides, and torsos too short are taken from the prediction")
  func groups() throws {
    var people = PairedKeypoints<Double>(jointCount: 15)
    let zeros = [Double](repeating: 0, count: 30)
    var prediction = zeros
    prediction[2 * 5 + 1] = 10
    // The right wrist is off.
    prediction[2 * 11] = 5
    try people.append(prediction, truth: zeros, isAnnotated: Array(repeating: true, count: 15))
    #expect(try people.torsoSizes() == [[10, 10]])
    let pck = try JHMDBPCK(people, sizes: people.torsoSizes())
    #expect(pck.head == 1 && pck.wrist == 0.5 && pck.hip == 0.5 && pck.mean == 13.0 / 15)
  }

  @Test("arrays that do not fit are refused")
  func refusals() throws {
    var people = PairedKeypoints<Double>(jointCount: 2)
    #expect(throws: MetricError.self) { try people.append([1], truth: [1, 2, 3, 4], isAnnotated: [true, true]) }
    #expect(throws: MetricError.self) { try people.append([1, 2, 3, 4], truth: [1, 2, 3, 4], isAnnotated: [true]) }
    #expect(throws: MetricError.self) {
      try people.append([1, 2, 3, .nan], truth: [1, 2, 3, 4], isAnnotated: [true, true])
    }
    #expect(throws: MetricError.self) { try PCK(people, sizes: [[1, 1]], threshold: 1) }
    #expect(throws: MetricError.self) { try people.distances(between: 0, and: 2) }
    #expect(throws: MetricError.self) { try JHMDBPCK(people, sizes: []) }
  }

  private struct Golden {
    /// A number, or a number and a count.
    var functions: [String: [Double]]

    init() throws {
      struct File: Decodable { var functions: [String: Entry] }
      struct Entry: Decodable {
        var values: [Double]
        init(from decoder: any Decoder) throws {
          let container = try decoder.singleValueContainer()
          values = try (try? container.decode([Double].self)) ?? [container.decode(Double.self)]
        }
      }
      let data = try GoldenFile.data("golden/eval/eval.json")
      functions = try JSONDecoder().decode(File.self, from: data).functions.mapValues(\.values)
    }

    func people(_ archive: NumpyArchive) throws -> PairedKeypoints<Float> {
      let (predictions, truths) = (try archive.tensor("pred").floats, try archive.tensor("gt").floats)
      let mask = try archive.tensor("mask").floats.map { $0 != 0 }
      var people = PairedKeypoints<Float>(jointCount: 17)
      for person in 0..<20 {
        let range = person * 34..<(person + 1) * 34
        try people.append(
          Array(predictions[range]), truth: Array(truths[range]),
          isAnnotated: Array(mask[person * 17..<(person + 1) * 17]))
      }
      return people
    }
  }
}

extension [Float] {
  fileprivate var pairs: [SIMD2<Float>] { stride(from: 0, to: count, by: 2).map { [self[$0], self[$0 + 1]] } }
}
