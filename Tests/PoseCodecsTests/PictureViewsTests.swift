import PoseCore
import PoseFormats
import PoseImage
import TestSupport
import Testing

@testable import PoseCodecs

/// Decoders that take a picture and its mirror image at several scales together, beside the published code.
/// `Scripts/make-picture-goldens` writes what is compared.
struct PictureViewsTests {
  /// The golden outputs are of a nose, shoulders and wrists.
  private static let skeleton = Skeleton(
    name: "five", joints: [.nose, .leftShoulder, .rightShoulder, .leftWrist, .rightWrist],
    flipPairs: [Skeleton.Pair(1, 2), Skeleton.Pair(3, 4)], limbs: [], sigmas: [Double](repeating: 0.1, count: 5))
  private static let placement = Placement(.identity, input: 32)

  private static func views(_ network: String, _ ports: [String], in golden: NumpyArchive) throws -> [OutputView] {
    try [1, 2, 0.5].flatMap { scale in
      try [false, true].map { isMirrored in
        let name = "\(network).\(scale == 0.5 ? "0.5" : "\(Int(scale))").\(isMirrored ? "mirrored" : "plain")"
        let outputs = try ports.map { port in
          let tensor = try golden.tensor("\(name).\(port)")
          return (port, OutputTensor(shape: tensor.shape, values: tensor.floats))
        }
        return OutputView(
          Outputs(Dictionary(uniqueKeysWithValues: outputs)), isMirrored: isMirrored, placement, scale: scale)
      }
    }
  }

  /// - Parameter people: `people x joints x 3`: positions and scores.
  private func expect(_ found: [PoseDetection], _ people: NumpyArchive.Sample, _ order: [Int]) {
    #expect(found.count == order.count)
    for (person, index) in zip(found, order) {
      for (joint, keypoint) in person.keypoints.enumerated() {
        let expected = people.values[15 * index + 3 * joint..<15 * index + 3 * joint + 3].map(Double.init)
        let (dx, dy) = (keypoint.position.x - expected[0], keypoint.position.y - expected[1])
        #expect(abs(dx) < 1e-3 && abs(dy) < 1e-3, "\(index) \(joint)")
        #expect(abs(keypoint.score - expected[2]) < 1e-6, "\(index) \(joint)")
      }
    }
  }

  @Test("people whose joints are grouped by tags equal MMPose's", arguments: [false, true])
  func grouped(_ isUnbiased: Bool) throws {
    let golden = try GoldenFile.ownArchive("pictures.npz")
    let views = try Self.views("ae", ["heatmaps_and_tags", "fine_heatmaps"], in: golden)
    let name = "ae.\(isUnbiased ? "udp" : "plain")"
    let found = AssociativeEmbeddingDecoder(isUnbiased: isUnbiased).decode(views, Self.skeleton, isShifted: false)
    let scores = try golden.tensor("\(name).scores").floats
    let order = scores.indices.sorted { scores[$0] > scores[$1] }
    expect(found, try golden.sample("\(name).people"), order)
    #expect(zip(found, order).allSatisfy { abs($0.detection.score - Double(scores[$1])) < 1e-6 })
  }

  @Test("people whose joints are found from their centers equal those of DEKR's authors", arguments: [false, true])
  func regressed(_ matchesPeaks: Bool) throws {
    let golden = try GoldenFile.ownArchive("pictures.npz")
    let views = try Self.views("dekr", ["heatmaps", "offsets"], in: golden)
    let decoder = DEKROfficialDecoder(
      limit: 10, threshold: 0.2, distance: 0.15, joints: 3, matchesPeaks: matchesPeaks)
    let found = decoder.decode(views, Self.skeleton, isShifted: false)
      .compactMap { decoder.person($0, [], Self.skeleton, Self.placement) }
    let scores = try golden.tensor("dekr.scores").floats
    expect(found, try golden.sample(matchesPeaks ? "dekr.matched" : "dekr.people"), Array(scores.indices))
    #expect(zip(found, scores).allSatisfy { abs($0.detection.score - Double($1)) < 1e-6 })
  }
}
