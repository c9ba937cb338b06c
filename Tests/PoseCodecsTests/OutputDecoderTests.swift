import PoseCore
import PoseFormats
import PoseImage
import TestSupport
import Testing

@testable import PoseCodecs

struct OutputDecoderTests {
  @Test(
    "SimCC's keypoints and scores equal the published code's",
    arguments: [
      ("simcc_gauss", SimCCDecoder()), ("simcc_rtmpose", SimCCDecoder()), ("simcc_std", SimCCDecoder(splitRatio: 1)),
      ("simcc_std_smooth", SimCCDecoder(splitRatio: 3)),
      ("simcc_dark", SimCCDecoder(refinement: .init(sigmaX: 4.9, sigmaY: 5.66))),
    ])
  func simCC(_ name: String, _ decoder: SimCCDecoder) throws {
    let golden = try GoldenFile.archive("golden/decode/codecs1.npz")
    let (x, y) = (try golden.tensor("\(name).dec.x"), try golden.tensor("\(name).dec.y"))
    let keypoints = decoder.keypoints(in: try JointClasses(joints: x.shape[1], x: x.floats, y: y.floats))
    try expect(keypoints, equal: name, in: golden, within: decoder.refinement == nil ? 1e-5 : 1e-3)
  }

  @Test(
    "regressed keypoints and scores equal the published code's",
    arguments: ["regression", "integral"])
  func coordinates(_ name: String) throws {
    let golden = try GoldenFile.archive("golden/decode/codecs1.npz")
    let input = try golden.tensor("\(name).dec.in")
    let coordinates = try JointCoordinates(joints: input.shape[1], values: input.floats)
    try expect(coordinates.keypoints(in: Size(height: 256, width: 192)), equal: name, in: golden, within: 1e-4)
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
    #expect(abs(SimCCDecoder(score: .probability).keypoints(in: classes)[0].score - 0.5) < 1e-6)
    #expect(abs(SimCCDecoder(score: .higherProbability).keypoints(in: classes)[0].score - 1) < 1e-6)
    #expect(SimCCDecoder().keypoints(in: classes)[0].position == Point(x: -0.5, y: -0.5))
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
      #expect(decoder.keypoints(in: classes).count == 1)
    }
    _ = try JointCoordinates(joints: 1, values: [value, 0, value, 0]).keypoints(in: 1)
    #expect(MoveNetDecoder().decode(outputs(of: MoveNetDecoder(), value), Self.crop).count == 17)
  }

  private static let crop = Placement(
    CropGeometry(box: BoundingBox(x: 10, y: 20, width: 90, height: 160), input: Size(height: 256, width: 192)),
    input: Size(height: 256, width: 192), warp: .standard)

  /// Outputs of the shapes that a decoder of 17 joints reads, all of one value.
  private func outputs(of decoder: any KeypointDecoder, _ value: Float) -> Outputs {
    func tensor(_ shape: [Int]) -> OutputTensor {
      OutputTensor(shape: shape, values: Array(repeating: value, count: shape.reduce(1, *)))
    }
    return switch decoder {
    case let decoder as any HeatmapDecoder: Outputs(["heatmaps": tensor([17 * decoder.mapsPerJoint, 64, 48])])
    case is MoveNetDecoder:
      Outputs([
        "heatmaps": tensor([17, 8, 6]), "centers": tensor([1, 8, 6]), "regs": tensor([34, 8, 6]),
        "offsets": tensor([34, 8, 6]),
      ])
    case is SimCCDecoder: Outputs(["x": tensor([17, 384]), "y": tensor([17, 512])])
    default: Outputs(["coordinates": tensor([17, 4])])
    }
  }

  static let keypointDecoders = DecoderCatalogue.names.filter {
    DecoderCatalogue.decoder(named: $0) is any KeypointDecoder
  }

  @Test("scores lie in 0...1 whatever the network gives", arguments: keypointDecoders, [Float(-300), 0, 0.5, 1.2, 300])
  func scores(_ name: String, _ value: Float) throws {
    let decoder = try #require(DecoderCatalogue.decoder(named: name) as? any KeypointDecoder)
    let outputs = outputs(of: decoder, value)
    let flipped = decoder.merged(
      outputs, withMirrored: outputs, Skeleton.coco17.flipPairs, isShifted: true, input: Self.crop.input)
    for keypoints in [decoder.decode(outputs, Self.crop), decoder.decode(flipped, Self.crop)] {
      #expect(keypoints.count == 17 && keypoints.allSatisfy { (0...1).contains($0.score) })
    }
  }

  @Test("outputs that a decoder cannot read are refused by name and shape", arguments: keypointDecoders)
  func checks(_ name: String) throws {
    let decoder = try #require(DecoderCatalogue.decoder(named: name))
    // Tags beside heatmaps, as associative embedding has them, are no joints.
    for ports in [["heatmaps": [34, 64, 48]], ["coordinates": [16, 2]], ["x": [17, 384]], [:]] {
      let error = #expect(throws: DecoderError.self) { try decoder.check(ports, skeleton: .coco17) }
      #expect(error?.exitCode == 65 && error?.description.contains("reads an output") == true)
    }
    #expect(throws: DecoderError.self) { try decoder.check(["heatmaps": [17, 64, 48]], skeleton: nil) }
  }

  @Test("UDP's offset maps are not taken for joints, and joints not for offset maps")
  func counts() throws {
    let (plain, combined) = (["heatmaps": [17, 64, 48]], ["heatmaps": [51, 64, 48]])
    try QuarterShiftDecoder().check(plain, skeleton: .coco17)
    try UDPCombinedDecoder().check(combined, skeleton: .coco17)
    #expect(throws: DecoderError.self) { try QuarterShiftDecoder().check(combined, skeleton: .coco17) }
    #expect(throws: DecoderError.self) { try UDPCombinedDecoder().check(plain, skeleton: .coco17) }
  }
}
