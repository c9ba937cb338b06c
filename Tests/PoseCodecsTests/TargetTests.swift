import Foundation
import PoseCore
import PoseFormats
import TestSupport
import Testing

@testable import PoseCodecs

@Suite struct TargetTests {
  @Test("targets and weights equal the published codecs'", arguments: TargetCase.all)
  func published(_ test: TargetCase) throws {
    let golden = try GoldenFile.archive("golden/decode/codecs1.npz")
    let (positions, visible) = (try golden.tensor("keypoints").floats, try golden.tensor("visible").floats)
    // The published positions are for an input 192 wide.
    let scale = Double(test.input.width) / 192
    let labels = visible.indices.map {
      LabelledKeypoint(
        x: Double(positions[2 * $0]) * scale, y: Double(positions[2 * $0 + 1]) * scale, isLabelled: visible[$0] > 0.5)
    }
    let encoder = try TargetEncoder(
      test.kind,
      for: TargetGrid(
        joints: labels.count, input: Size(height: test.input.height, width: test.input.width),
        maps: Size(height: test.input.height / 4, width: test.input.width / 4)))
    let target = encoder.encode(labels)
    for (name, (values, shape)) in zip(test.arrays, zip(target.values, target.shapes)) {
      let expected = try golden.tensor("\(test.name).enc.\(name)")
      #expect(expected.shape.suffix(shape.count) == shape[...], "\(name)")
      var floats = expected.floats
      // Losses look at offsets in the disc alone; the later published code writes them everywhere.
      if test.kind is UDPCombinedTarget { floats = floats.maskedOffsets(joints: labels.count) }
      let top = floats.map(\.magnitude).max() ?? 0
      #expect(values.worstDifference(from: floats) <= 2e-6 * top, "\(name)")
    }
    #expect(try target.weights == golden.tensor("\(test.name).enc.keypoint_weights").floats)
  }

  @Test("joints far away, infinite or undefined are not learnt, and trap nothing", arguments: TargetCase.all)
  func degenerate(_ test: TargetCase) throws {
    let values: [Double] = [.nan, .infinity, -.infinity, 1e300, -1e300, 1e10, 5e8, -5e8]
    let labels = values.map { LabelledKeypoint(x: $0, y: $0) } + values.map { LabelledKeypoint(x: 3, y: $0) }
    let encoder = try TargetEncoder(
      test.kind,
      for: TargetGrid(joints: labels.count + 1, input: Size(height: 128, width: 96), maps: Size(height: 32, width: 24)))
    let target = encoder.encode(labels)
    // The published combined target checks no bounds.
    if !(test.kind is UDPCombinedTarget) { #expect(target.weights.allSatisfy { $0 == 0 }) }
    if !(test.kind is RegressionTarget), !(test.kind is IntegralTarget) {
      #expect(target.values.joined().allSatisfy { $0 == 0 })
    }
  }

  @Test("joints at every border are written inside their own map", arguments: TargetCase.all)
  func borders(_ test: TargetCase) throws {
    let (width, height) = (96.0, 128.0)
    let places = [-40, -9, -8, -2.5, -0.1, 0, 0.4, 50, 94, 95, 95.6, 96, 103, 104, 127, 128, 140, 200.0]
    for x in places {
      for y in places {
        let labels = [
          LabelledKeypoint(x: 0, y: 0, visibility: .unlabelled), LabelledKeypoint(x: x, y: y),
          LabelledKeypoint(x: 0, y: 0, visibility: .unlabelled),
        ]
        let encoder = try TargetEncoder(
          test.kind,
          for: TargetGrid(
            joints: 3, input: Size(height: Int(height), width: Int(width)), maps: Size(height: 32, width: 24)))
        let target = encoder.encode(labels)
        for values in target.values {
          let each = values.count / 3
          #expect(values[..<each].allSatisfy { $0 == 0 } && values[(2 * each)...].allSatisfy { $0 == 0 }, "\(x) \(y)")
        }
      }
    }
  }

  @Test("Gaussians of any deviation peak at the joint", arguments: [0.5, 1, 1.2, 1.5, 2, 2.5, 3, 4.5])
  func deviations(_ sigma: Double) throws {
    let kinds: [any Target] = [MSRATarget(sigma: sigma), DARKTarget(sigma: sigma), UDPTarget(sigma: sigma)]
    for kind in kinds {
      let encoder = try TargetEncoder(
        kind, for: TargetGrid(joints: 1, input: Size(height: 256, width: 192), maps: Size(height: 64, width: 48)))
      let joint = Point(x: 97.3, y: 151.2)
      let values = encoder.encode([LabelledKeypoint(position: joint, visibility: .visible)]).values[0]
      let best = values.indices.max { values[$0] < values[$1] } ?? 0
      let place = encoder.grid.onMaps(joint, isUnbiased: encoder.target.isUnbiased)
      #expect(abs(Double(best % 48) - place.x) <= 0.5 && abs(Double(best / 48) - place.y) <= 0.5)
    }
  }

  @Test(
    "a target is read back to where the joint was",
    arguments: [
      (DARKTarget(), DARKDecoder(kernel: 3), 0.03), (UDPTarget(), UDPDecoder(kernel: 3), 0.03),
      (MSRATarget(), PeakDecoder(), 0.51), (UDPCombinedTarget(), UDPCombinedDecoder(kernel: 3), 0.2),
    ] as [(any Target, any HeatmapDecoder, Double)])
  func roundTrip(_ kind: any Target, _ decoder: any HeatmapDecoder, _ tolerance: Double) throws {
    let encoder = try TargetEncoder(
      kind, for: TargetGrid(joints: 1, input: Size(height: 256, width: 192), maps: Size(height: 64, width: 48)))
    for x in stride(from: 40.0, to: 150, by: 7.3) {
      let joint = Point(x: x, y: 250 - x)
      let target = encoder.encode([LabelledKeypoint(position: joint, visibility: .visible)])
      let maps = try Heatmaps(joints: decoder.mapsPerJoint, height: 64, width: 48, values: target.values[0])
      let peak = try #require(decoder.peaks(in: maps).first)
      let place = encoder.grid.onMaps(joint, isUnbiased: encoder.target.isUnbiased)
      #expect(abs(Double(peak.x) - place.x) < tolerance && abs(Double(peak.y) - place.y) < tolerance)
    }
  }

  @Test("joints' weights multiply the targets' weights")
  func jointWeights() throws {
    let encoder = try TargetEncoder(
      MSRATarget(), for: TargetGrid(joints: 3, input: Size(height: 64, width: 64), maps: Size(height: 16, width: 16)),
      jointWeights: [1, 1.5, 0.5])
    let labels = [LabelledKeypoint(x: 9, y: 9), LabelledKeypoint(x: 9, y: 9), LabelledKeypoint(x: 500, y: 9)]
    #expect(encoder.encode(labels).weights == [1, 1.5, 0])
  }

  @Test("Laplace's labels sum to 1, are highest at the joint and fall by the same share to both sides")
  func laplace() throws {
    let encoder = try TargetEncoder(
      SimCCTarget(splitRatio: 2, labels: .laplace(scale: 3)),
      for: TargetGrid(joints: 1, input: Size(height: 40, width: 32), maps: Size(height: 10, width: 8)))
    let columns = encoder.encode([LabelledKeypoint(x: 10, y: 39.5)]).values[0]
    #expect(abs(columns.reduce(0, +) - 1) < 1e-6)
    #expect(columns.indices.max { columns[$0] < columns[$1] } == 20)
    for step in 1...19 {
      #expect(abs(columns[20 + step] / columns[19 + step] - exp(-1 / 3)) < 1e-5)
      #expect(columns[20 - step] == columns[20 + step])
    }
    for outside in [LabelledKeypoint(x: -1, y: 9), LabelledKeypoint(x: 1e300, y: 9), LabelledKeypoint(x: .nan, y: 9)] {
      #expect(encoder.encode([outside]).weights == [0])
    }
  }

  @Test(
    "RTMPose's Gaussians widen with the input as published",
    arguments: [
      (192, 256, 4.9, 5.66), (256, 256, 5.66, 5.66), (288, 384, 6, 6.93),
    ])
  func deviationsOfSides(_ width: Int, _ height: Int, _ sigmaX: Double, _ sigmaY: Double) throws {
    let encoder = try TargetEncoder(
      SimCCTarget(labels: .gaussian(isNormalized: false)),
      for: TargetGrid(
        joints: 1, input: Size(height: height, width: width), maps: Size(height: height / 4, width: width / 4)))
    let values = encoder.encode([LabelledKeypoint(x: 50, y: 60)]).values
    for (row, center, sigma) in [(0, 100, sigmaX), (1, 120, sigmaY)] {
      let expected = exp(-50 / (sigma * sigma))
      #expect(abs(Double(values[row][center + 10]) - expected) < 1e-6)
    }
  }

  @Test("sizes and settings that no target can have are refused")
  func settings() {
    func make(_ kind: any Target, joints: Int = 1, side: Int = 64, weights: [Float] = []) throws {
      _ = try TargetEncoder(
        kind, for: TargetGrid(joints: joints, input: Size(height: 64, width: side), maps: Size(height: 16, width: 16)),
        jointWeights: weights)
    }
    #expect(throws: TargetError.self) { try make(MSRATarget(), joints: 0) }
    #expect(throws: TargetError.self) { try make(MSRATarget(), side: .max) }
    #expect(throws: TargetError.self) { try make(MSRATarget(), side: 65536 * 128) }
    #expect(throws: TargetError.self) {
      try TargetEncoder(
        MSRATarget(),
        for: TargetGrid(joints: 4096, input: Size(height: 4096, width: 4096), maps: Size(height: 4096, width: 4096)))
    }
    #expect(throws: TargetError.self) { try make(MSRATarget(), weights: [1, 2]) }
    #expect(throws: TargetError.self) { try make(DARKTarget(sigma: .nan)) }
    #expect(throws: TargetError.self) { try make(MegviiTarget(kernel: 4)) }
    #expect(throws: TargetError.self) { try make(UDPCombinedTarget(radius: 0)) }
    #expect(throws: TargetError.self) { try make(SimCCTarget(splitRatio: .infinity)) }
    #expect(throws: TargetError.self) { try make(SimCCTarget(labels: .oneHot(smoothing: 1))) }
    #expect(throws: TargetError.self) { try make(SimCCTarget(labels: .laplace(scale: 0))) }
  }
}

struct TargetCase: Sendable, CustomTestStringConvertible {
  var name: String
  var kind: any Target
  var arrays = ["heatmaps"]
  var input = (width: 192, height: 256)
  var testDescription: String { name }

  private static let labels = ["keypoint_x_labels", "keypoint_y_labels"]

  static let all = [
    TargetCase(name: "msra2", kind: MSRATarget(sigma: 2)),
    TargetCase(name: "msra3_384", kind: MSRATarget(sigma: 3), input: (288, 384)),
    TargetCase(name: "msra2_unbiased", kind: DARKTarget(sigma: 2)),
    TargetCase(name: "megvii", kind: MegviiTarget(kernel: 11)),
    TargetCase(name: "udp_gauss", kind: UDPTarget(sigma: 2)),
    TargetCase(name: "udp_comb", kind: UDPCombinedTarget()),
    simCC("simcc_gauss", SimCCTarget(sigma: 6)),
    simCC("simcc_rtmpose", SimCCTarget(labels: .gaussian(isNormalized: false))),
    simCC("simcc_dark", SimCCTarget(labels: .gaussian(isNormalized: false))),
    simCC("simcc_std", SimCCTarget(splitRatio: 1, labels: .oneHot())),
    simCC("simcc_std_smooth", SimCCTarget(splitRatio: 3, labels: .oneHot(smoothing: 0.1))),
    TargetCase(name: "regression", kind: RegressionTarget(), arrays: ["keypoint_labels"]),
    TargetCase(name: "integral", kind: IntegralTarget(sigma: 2), arrays: ["keypoint_labels", "heatmaps"]),
  ]

  private static func simCC(_ name: String, _ target: SimCCTarget) -> TargetCase {
    TargetCase(name: name, kind: target, arrays: labels)
  }
}

extension [Float] {
  /// Combined maps with offsets where the response is 1 only.
  fileprivate func maskedOffsets(joints: Int) -> [Float] {
    let area = count / (3 * joints)
    return indices.map { index in
      let (joint, place) = (index / (3 * area), index % area)
      return self[index] * self[3 * joint * area + place]
    }
  }

  fileprivate func worstDifference(from other: [Float]) -> Float {
    guard count == other.count else { return .infinity }
    return zip(self, other).map { abs($0 - $1) }.max() ?? 0
  }
}
