import PoseCore
import PoseFormats
import TestSupport
import Testing

@testable import PoseCodecs

/// MoveNet's targets, against the published code.
@Suite struct MoveNetTargetTests {
  static let joints = 17
  static let side = 48

  /// A person with up to two others in an input of 192 pixels.
  static func scene(_ number: Int, _ golden: NumpyArchive) throws -> LabelledScene {
    let width = 4 + 3 * joints
    let numbers = try golden.tensor("\(number).people").floats.map(Double.init)
    return LabelledScene(
      people: stride(from: 0, to: numbers.count, by: width).map { start in
        let box = BoundingBox(
          x: numbers[start], y: numbers[start + 1], width: numbers[start + 2], height: numbers[start + 3])
        let labels = stride(from: start + 4, to: start + width, by: 3).map {
          LabelledKeypoint(x: numbers[$0], y: numbers[$0 + 1], isLabelled: numbers[$0 + 2] > 0)
        }
        return LabelledPerson(joints: labels, box: box)
      })
  }

  @Test("heatmaps, centers and offsets are the published code's, and regs where its loss reads them", arguments: 0..<3)
  func published(_ number: Int) throws {
    let golden = try GoldenFile.ownArchive("movenet.npz")
    let scene = try Self.scene(number, golden)
    let encoder = try TargetEncoder(
      MoveNetTarget(), for: TargetGrid(joints: Self.joints, input: 192, maps: Size(Self.side)))
    let target = encoder.encode(scene)
    var expected = [Float](repeating: 0, count: target.values.map(\.count).reduce(0, +))
    let values = try golden.tensor("\(number).value").floats
    for (index, value) in zip(try golden.tensor("\(number).index").floats, values) { expected[Int(index)] = value }
    let area = Self.side * Self.side
    let (regs, offsets) = ((Self.joints + 1) * area, (3 * Self.joints + 1) * area)
    let maps = Array(expected[..<regs])
    #expect(SceneTargetTests.worst(target.values[0] + target.values[1], maps) < 1e-6)
    #expect(SceneTargetTests.worst(target.values[3], Array(expected[offsets...])) < 1e-5)
    let box = try #require(scene.people[0].box)
    let cell = Int((box.y + box.height / 2) / 4) * Self.side + Int((box.x + box.width / 2) / 4)
    for channel in 0..<2 * Self.joints {
      let place = channel * area + cell
      #expect(target.values[2][place] == expected[regs + place])
    }
    #expect(target.weights == scene.people[0].joints.map { $0.isLabelled ? 1 : 0 })
  }

  @Test("ways to joints lead from every cell around the center, and joints beyond the map teach nothing")
  func vectors() throws {
    let grid = TargetGrid(joints: 2, input: 64, maps: 16)
    let person = LabelledPerson(
      joints: [.init(x: 33, y: 42), .init(x: 70, y: 10)], box: BoundingBox(x: 0, y: 0, width: 8, height: 60))
    let target = try TargetEncoder(MoveNetTarget(), for: grid).encode(LabelledScene(people: [person]))
    #expect(target.weights == [1, 0])
    for (x, y) in [(0, 7), (1, 5), (3, 9)] {
      #expect(target.values[2][y * 16 + x] == Float(8 - x) && target.values[2][256 + y * 16 + x] == Float(10 - y))
    }
    #expect(target.values[2][7 * 16 + 4] == 0 && target.values[0][256...].allSatisfy { $0 == 0 })
    #expect(target.values[3][10 * 16 + 8] == 0.25 && target.values[3][256 + 10 * 16 + 8] == 0.5)
    let nobody = try TargetEncoder(MoveNetTarget(), for: grid).encode(LabelledScene(people: []))
    #expect(nobody.weights == [0, 0] && nobody.values.allSatisfy { $0.allSatisfy { $0 == 0 } })
  }
}
