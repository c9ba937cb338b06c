import PoseCodecs
import PoseCore
import PoseFormats
import TestSupport
import Testing

struct OutputDecoderTests {
  @Test(
    "SimCC's keypoints and scores equal the published code's", .needsSharedData,
    arguments: [
      ("simcc_gauss", SimCCDecoder()), ("simcc_rtmpose", SimCCDecoder()), ("simcc_std", SimCCDecoder(splitRatio: 1)),
      ("simcc_std_smooth", SimCCDecoder(splitRatio: 3)),
      ("simcc_dark", SimCCDecoder(refinement: .init(sigmaX: 4.9, sigmaY: 5.66))),
    ])
  func simCC(_ name: String, _ decoder: SimCCDecoder) throws {
    let golden = try NumpyArchive(contentsOf: SharedData.url("golden/decode/codecs1.npz").path)
    let (x, y) = (try golden.tensor("\(name).dec.x"), try golden.tensor("\(name).dec.y"))
    let keypoints = decoder.decode(try JointClasses(joints: x.shape[1], x: x.floats, y: y.floats))
    try expect(keypoints, equal: name, in: golden, within: decoder.refinement == nil ? 1e-5 : 1e-3)
  }

  @Test(
    "regressed keypoints and scores equal the published code's", .needsSharedData,
    arguments: ["regression", "integral"])
  func coordinates(_ name: String) throws {
    let golden = try NumpyArchive(contentsOf: SharedData.url("golden/decode/codecs1.npz").path)
    let input = try golden.tensor("\(name).dec.in")
    let coordinates = try JointCoordinates(joints: input.shape[1], values: input.floats)
    try expect(coordinates.keypoints(width: 192, height: 256), equal: name, in: golden, within: 1e-4)
  }

  private func expect(
    _ keypoints: [Keypoint], equal name: String, in golden: NumpyArchive, within tolerance: Double
  ) throws {
    let positions = try golden.tensor("\(name).dec.keypoints").floats.map(Double.init)
    let scores = try golden.tensor("\(name).dec.scores").floats.map(Double.init)
    #expect(keypoints.count == scores.count)
    for (index, keypoint) in keypoints.enumerated() {
      #expect(abs(keypoint.position.x - positions[2 * index]) < tolerance, "\(index)")
      #expect(abs(keypoint.position.y - positions[2 * index + 1]) < tolerance, "\(index)")
      #expect(abs(keypoint.score - scores[index]) < 1e-6, "\(index)")
    }
  }

  @Test("flipping twice gives the outputs again")
  func flips() throws {
    let pairs = [Skeleton.Pair(0, 1)]
    let classes = try JointClasses(joints: 2, x: [1, 2, 3, 4, 5, 6], y: [7, 8, 9, 10])
    #expect(classes.flippedBack(pairs, shifted: false).x == [6, 5, 4, 3, 2, 1])
    #expect(classes.flippedBack(pairs, shifted: true).x == [5, 4, 4, 2, 1, 1])
    #expect(classes.flippedBack(pairs, shifted: false).flippedBack(pairs, shifted: false) == classes)
    let coordinates = try JointCoordinates(joints: 2, values: [0.25, 0.5, 0, 1, 0.75, 1, 2, 3])
    #expect(coordinates.flippedBack(pairs, shift: 0).values == [0.25, 1, 2, 3, 0.75, 0.5, 0, 1])
    #expect(coordinates.flippedBack(pairs, shift: 0).flippedBack(pairs, shift: 0) == coordinates)
  }

  @Test("scores are probabilities where asked for")
  func probabilities() throws {
    let classes = try JointClasses(joints: 1, x: [0, 0, 20, 0], y: [0, 0])
    #expect(abs(SimCCDecoder(score: .probability).decode(classes)[0].score - 0.5) < 1e-6)
    #expect(abs(SimCCDecoder(score: .higherProbability).decode(classes)[0].score - 1) < 1e-6)
    #expect(SimCCDecoder().decode(classes)[0].position == Point(x: -0.5, y: -0.5))
  }

  @Test("numbers that are no outputs of so many joints are refused")
  func rejects() {
    for joints in [-1, 0, 3] {
      #expect(throws: OutputShapeError.self) { try JointClasses(joints: joints, x: [1, 2], y: [1, 2]) }
      #expect(throws: OutputShapeError.self) { try JointCoordinates(joints: joints, values: [1, 2]) }
    }
    #expect(throws: OutputShapeError.self) { try JointClasses(joints: 1, x: [], y: []) }
    #expect(throws: OutputShapeError.self) { try JointCoordinates(joints: 1, values: [1, 2, 3]) }
  }

  @Test("values that are not finite crash nothing", arguments: [Float.nan, .infinity, -.infinity, 1e38])
  func survives(_ value: Float) throws {
    let classes = try JointClasses(joints: 1, x: [value, 0, value], y: [0, value])
    for score in SimCCDecoder.Score.allCases {
      let decoder = SimCCDecoder(score: score, refinement: .init(sigmaX: 0, sigmaY: 1e3))
      #expect(decoder.decode(classes).count == 1)
    }
    _ = try JointCoordinates(joints: 1, values: [value, 0, value, 0]).resolvingSpread().keypoints(width: 1, height: 1)
  }
}
