import PoseCore
import PoseFormats
import PoseImage
import TestSupport
import Testing

@testable import PoseCodecs

@Suite struct HeatmapDecoderTests {
  // The published code computes in float32 as we do, in another order of sums.
  @Test("keypoints and scores equal the published code's", arguments: DecoderCase.all)
  func published(_ test: DecoderCase) throws {
    let golden = try GoldenFile.archive("golden/decode/topdown.npz")
    let maps = try golden.tensor(test.maps)
    let expected = try golden.tensor("\(test.name).preds").floats
    let scores = try golden.tensor("\(test.name).maxvals").floats
    let (centers, scales) = (try golden.tensor("center").floats, try golden.tensor("scale").floats)
    let (samples, joints, height, width) = (maps.shape[0], maps.shape[1], maps.shape[2], maps.shape[3])
    // Joints without a peak read across maps and samples in the published code, so all samples are decoded as one.
    let heatmaps = try Heatmaps(joints: samples * joints, height: height, width: width, values: maps.floats)
    let peaks = test.decoder.peaks(in: heatmaps)
    let perSample = joints / test.decoder.mapsPerJoint
    #expect(peaks.count == scores.count)
    for (index, peak) in peaks.enumerated() {
      let sample = index / perSample
      let crop = CropGeometry(
        center: Point(x: Double(centers[2 * sample]), y: Double(centers[2 * sample + 1])),
        scaleX: Double(scales[2 * sample]), scaleY: Double(scales[2 * sample + 1]))
      let point = crop.imagePoint(
        of: Point(x: Double(peak.x), y: Double(peak.y)), on: Size(height: height, width: width), warp: test.warp)
      #expect(abs(point.x - Double(expected[2 * index])) < 1e-3, "\(index)")
      #expect(abs(point.y - Double(expected[2 * index + 1])) < 1e-3, "\(index)")
      // The published Megvii decoder divides a flat map's maximum by itself: 0 / 0. Ours leaves the map as it is.
      #expect(
        scores[index].isNaN ? peak.value == 0.5 : abs(Double(peak.value) - Double(scores[index])) < 1e-6, "\(index)")
    }
  }

  @Test("the flip test's maps equal the published code's")
  func flips() throws {
    let golden = try GoldenFile.archive("golden/decode/topdown.npz")
    let maps = try golden.tensor("heatmaps")
    let count = 17 * 64 * 48
    let first = try Heatmaps(joints: 17, height: 64, width: 48, values: Array(maps.floats.prefix(count)))
    let pairs = Skeleton.coco17.flipPairs
    for (key, isShifted) in [("flip_back", false), ("flip_back_shift", true)] {
      let expected = try golden.sample(key)
      #expect(expected.places(in: first.flippedBack(pairs, shifted: isShifted).values) == expected.values, "\(key)")
    }
    let combined = Array(try golden.tensor("combined.heatmaps").floats.prefix(3 * count))
    let three = try Heatmaps(joints: 51, height: 64, width: 48, values: combined)
    let expected = try golden.sample("flip_back_combined")
    let flipped = three.flippedBack(pairs, shifted: false, mapsPerJoint: 3).values
    #expect(expected.places(in: flipped) == expected.values)
  }

  @Test("blurs equal OpenCV's", arguments: [3, 7, 11, 17])
  func blurs(_ size: Int) throws {
    let golden = try GoldenFile.archive("golden/decode/topdown.npz")
    let kernel = try golden.tensor("gk\(size)").floats
    #expect(zip(gaussianKernel(size: size), kernel).allSatisfy { abs($0 - $1) < 1e-7 })
  }

  @Test("flipping twice gives the maps again")
  func flipTwice() throws {
    let maps = try Heatmaps(joints: 17, height: 4, width: 6, values: (0..<17 * 24).map(Float.init))
    let pairs = Skeleton.coco17.flipPairs
    #expect(maps.flippedBack(pairs, shifted: false).flippedBack(pairs, shifted: false) == maps)
  }

  @Test(
    "a Gaussian's centre is found", arguments: [DARKDecoder(kernel: 3), UDPDecoder(kernel: 3)] as [any HeatmapDecoder])
  func centre(_ decoder: any HeatmapDecoder) throws {
    for (x, y) in [(20.3, 31.7), (10.0, 12.5), (40.49, 50.01)] {
      var values: [Float] = []
      for row in 0..<64 {
        for column in 0..<48 {
          let (dx, dy) = (Double(column) - x, Double(row) - y)
          values.append(Float(exponential(-(dx * dx + dy * dy) / 8)))
        }
      }
      let peak = try decoder.peaks(in: Heatmaps(joints: 1, height: 64, width: 48, values: values))[0]
      #expect(abs(Double(peak.x) - x) < 0.05 && abs(Double(peak.y) - y) < 0.05)
    }
  }

  @Test(
    "flat, negative, infinite and undefined maps decode to something, without a trap",
    arguments: [Float(0), -1, 1, .nan, .infinity, -.infinity])
  func degenerate(_ value: Float) throws {
    for (height, width) in [(1, 1), (2, 3), (64, 48)] {
      let values = Array(repeating: value, count: 3 * height * width)
      let maps = try Heatmaps(joints: 3, height: height, width: width, values: values)
      for test in DecoderCase.all {
        #expect(test.decoder.peaks(in: maps).count == 3 / test.decoder.mapsPerJoint)
      }
    }
  }

  @Test("sizes that do not match the floats are rejected")
  func sizes() {
    #expect(throws: HeatmapError.self) { try Heatmaps(joints: 2, height: 3, width: 4, values: [0]) }
    #expect(throws: HeatmapError.self) { try Heatmaps(joints: -1, height: -1, width: 1, values: [0]) }
    #expect(throws: HeatmapError.self) { try Heatmaps(joints: .max, height: 2, width: 2, values: []) }
  }
}

struct DecoderCase: Sendable, CustomTestStringConvertible {
  var name: String
  var decoder: any HeatmapDecoder
  /// The warp that goes with the decoder in the published code.
  var warp: Warp { decoder is UDPDecoder || decoder is UDPCombinedDecoder ? .udp : .standard }
  var maps = "heatmaps"
  var testDescription: String { name }

  static let all = [
    DecoderCase(name: "none", decoder: PeakDecoder()),
    DecoderCase(name: "default", decoder: QuarterShiftDecoder()),
    DecoderCase(name: "unbiased11", decoder: DARKDecoder(kernel: 11)),
    DecoderCase(name: "unbiased17", decoder: DARKDecoder(kernel: 17)),
    DecoderCase(name: "megvii11", decoder: MegviiDecoder(kernel: 11)),
    DecoderCase(name: "udp11", decoder: UDPDecoder(kernel: 11)),
    DecoderCase(name: "udp17", decoder: UDPDecoder(kernel: 17)),
    DecoderCase(name: "udp3", decoder: UDPDecoder(kernel: 3)),
    DecoderCase(name: "combined11", decoder: UDPCombinedDecoder(kernel: 11), maps: "combined.heatmaps"),
    DecoderCase(name: "combined7", decoder: UDPCombinedDecoder(kernel: 7), maps: "combined.heatmaps"),
  ]
}
