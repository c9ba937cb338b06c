import PoseCodecs
import PoseCore
import Testing

struct OneHotTargetTests {
  private static func target(_ x: Double, _ y: Double, isLabelled: Bool = true) throws -> EncodedTarget {
    let encoder = try TargetEncoder(
      OneHotTarget(), for: TargetGrid(joints: 1, input: Size(height: 128, width: 96), maps: Size(height: 32, width: 24))
    )
    return encoder.encode([LabelledKeypoint(x: x, y: y, isLabelled: isLabelled)])
  }

  @Test(
    "the four pixels around a joint share one by nearness, so that their mean is the joint",
    arguments: [0, 3, 4.4, 50.7, 91])
  func mean(_ x: Double) throws {
    let target = try Self.target(x, 61.3)
    #expect(target.shapes == [[1, 2], [1, 32, 24]] && target.weights == [1])
    let map = target.values[1]
    var (sum, meanX, meanY) = (Float(0), Float(0), Float(0))
    for (index, value) in map.enumerated() {
      (sum, meanX, meanY) = (sum + value, meanX + value * Float(index % 24), meanY + value * Float(index / 24))
    }
    #expect(abs(sum - 1) < 1e-6 && map.count { $0 > 0 } <= 4)
    #expect(abs(meanX - Float(x) / 4) < 1e-4 && abs(meanY - 61.3 / 4) < 1e-4)
    #expect(abs(target.values[0][0] - Float(x) / 96) < 1e-6)
  }

  @Test("maps equal the published code's")
  func published() throws {
    let encoder = try TargetEncoder(
      OneHotTarget(), for: TargetGrid(joints: 2, input: Size(height: 32, width: 24), maps: Size(height: 8, width: 6)))
    let maps = encoder.encode([LabelledKeypoint(x: 5.5, y: 9.25), LabelledKeypoint(x: 17.125, y: 25)]).values[1]
    let expected: [Int: Float] = [
      13: 0.4296875, 14: 0.2578125, 19: 0.1953125, 20: 0.1171875, 88: 0.5390625, 89: 0.2109375, 94: 0.1796875,
      95: 0.0703125,
    ]
    #expect(maps.indices.allSatisfy { maps[$0] == expected[$0, default: 0] })
  }

  @Test("at the last pixels what lies beyond the map goes to the others")
  func border() throws {
    let map = try Self.target(95.9, 127.9).values[1]
    #expect(map[31 * 24 + 23] == 1 && map.count { $0 != 0 } == 1)
  }

  @Test("joints outside or without a label are not learnt", arguments: [(-0.1, 5.0), (96, 5), (5, 128), (5, -1e-9)])
  func outside(_ x: Double, _ y: Double) throws {
    let target = try Self.target(x, y)
    #expect(target.weights == [0] && target.values[1].allSatisfy { $0 == 0 })
    #expect(try Self.target(5, 5, isLabelled: false).weights == [0])
  }

  @Test("joints far away, infinite or undefined trap nothing", arguments: [Double.nan, .infinity, -1e300, 1e300, 5e8])
  func degenerate(_ x: Double) throws {
    #expect(try Self.target(x, 3).weights == [0])
    #expect(try Self.target(3, x).weights == [0])
  }
}
