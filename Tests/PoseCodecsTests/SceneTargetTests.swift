import PoseCore
import PoseFormats
import PoseImage
import TestSupport
import Testing

@testable import PoseCodecs

/// Targets of pictures with everybody in them, against the published code.
@Suite struct SceneTargetTests {
  static func golden() throws -> NumpyArchive { try GoldenFile.ownArchive("scenes.npz") }

  /// Five people with COCO's joints in an input of 256 pixels.
  static func scene(_ golden: NumpyArchive) throws -> LabelledScene {
    let (positions, visible) = (try golden.tensor("keypoints").floats, try golden.tensor("visible").floats)
    return LabelledScene(
      people: (0..<5).map { person in
        LabelledPerson(
          joints: (0..<17).map { joint in
            let index = person * 17 + joint
            return LabelledKeypoint(
              x: Double(positions[2 * index]), y: Double(positions[2 * index + 1]), isLabelled: visible[index] > 0)
          })
      })
  }

  static let grid = TargetGrid(joints: 17, input: 256, maps: 64, fineMaps: 128, people: 8)

  static func worst(_ a: [Float], _ b: [Float]) -> Float {
    a.count == b.count ? zip(a, b).reduce(0) { max($0, ($1.0 - $1.1).magnitude) } : .infinity
  }

  @Test("associative embedding's heatmaps and indices are MMPose 0.29's")
  func associativeEmbedding() throws {
    let golden = try Self.golden()
    let encoder = try TargetEncoder(AssociativeEmbeddingTarget(), for: Self.grid)
    #expect(encoder.ports.map(\.name) == ["heatmaps", "mask", "tag_indices", "fine_heatmaps", "fine_mask"])
    let target = encoder.encode(try Self.scene(golden))
    #expect(try Self.worst(target.values[0], golden.tensor("ae.heatmaps").floats) < 1e-6)
    #expect(try Self.worst(target.values[3], golden.tensor("ae.fine_heatmaps").floats) < 1e-6)
    #expect(target.values[1].allSatisfy { $0 == 1 } && target.values[4].allSatisfy { $0 == 1 })
    let joints = try golden.tensor("ae.joints").floats
    for person in 0..<5 {
      let expected = (0..<17).filter { joints[(person * 17 + $0) * 2 + 1] > 0 }
        .map { joints[(person * 17 + $0) * 2] }
      #expect(target.values[2][person * 17..<(person + 1) * 17].filter { $0 >= 0 } == expected)
    }
    #expect(target.values[2][(5 * 17)...].allSatisfy { $0 == -1 })
  }

  @Test(
    "DEKR's heatmaps, vectors and weights are the published code's and MMPose 1.x's",
    arguments: [DEKRTarget.Regressed.displacements, .offsets])
  func dekr(_ regressed: DEKRTarget.Regressed) throws {
    let golden = try Self.golden()
    let encoder = try TargetEncoder(DEKRTarget(regressed), for: Self.grid)
    let target = encoder.encode(try Self.scene(golden))
    let prefix = regressed == .displacements ? "spr" : "dekr"
    for (port, values) in zip(encoder.ports, target.values) {
      let expected = try golden.tensor("\(prefix).\(port.name)").floats
      // The published code keeps places in float32.
      #expect(Self.worst(values, expected) < 2e-5, "\(port.name): \(Self.worst(values, expected))")
    }
  }

  @Test("AdaptivePose's centers and ways to joints are the published code's")
  func adaptivePose() throws {
    let golden = try Self.golden()
    var scene = try Self.scene(golden)
    for person in scene.people.indices { scene.people[person].area = 1000 * Double(person + 1) }
    let target = try TargetEncoder(AdaptivePoseTarget(), for: Self.grid).encode(scene)
    #expect(try Self.worst(target.values[0], golden.tensor("adaptive.heatmap").floats) < 1e-6)
    #expect(try Self.worst(target.values[1], golden.tensor("adaptive.poses").floats) < 1e-4)
  }

  @Test("the mask is the published code's for a turned picture, and ends with it")
  func mask() throws {
    let golden = try Self.golden()
    let numbers = try golden.tensor("mask.transform").floats.map(Double.init)
    var scene = try Self.scene(golden)
    var ignored = try PixelMask(Size(height: 60, width: 80))
    ignored.fill(runs: try golden.tensor("mask.runs").floats.map { Int($0) })
    scene.pictures = [
      ShownPicture(
        AffineTransform(
          a: numbers[0], b: numbers[1], tx: numbers[2], c: numbers[3], d: numbers[4], ty: numbers[5]), ignored: ignored)
    ]
    let target = try TargetEncoder(AssociativeEmbeddingTarget(), for: Self.grid).encode(scene)
    for (part, name) in [(1, "mask.warped"), (4, "mask.fine_warped")] {
      let expected = try golden.tensor(name).floats
      // OpenCV's warp counts positions in 1/32 pixels.
      let differing = zip(target.values[part], expected).count { $0 != $1 }
      #expect(differing * 200 < expected.count, "\(name): \(differing) of \(expected.count)")
    }
    let dekr = try TargetEncoder(DEKRTarget(), for: Self.grid).encode(scene)
    let area = 64 * 64
    for index in 0..<area where target.values[1][index] == 0 {
      #expect(dekr.values[1][index] == 0 && dekr.values[1][17 * area + index] == 0)
    }
    // Of two pictures in one another nothing is learnt where either ignores it.
    let clear = try PixelMask(Size(height: 256, width: 256))
    scene.pictures.append(ShownPicture(.identity, ignored: clear))
    let mixed = try TargetEncoder(AssociativeEmbeddingTarget(), for: Self.grid).encode(scene).values[1]
    #expect(mixed.count { $0 == 0 } > 0 && mixed[0] == 1)
  }

  @Test("rows of people hold boxes within the input, areas and joints; the largest first, then what is ignored")
  func people() throws {
    func person(_ box: BoundingBox, _ joints: [LabelledKeypoint], area: Double? = nil) -> LabelledPerson {
      LabelledPerson(joints: joints, box: box, area: area)
    }
    var scene = LabelledScene(people: [
      person(
        BoundingBox(x: -5, y: 10, width: 20, height: 30), [.init(x: 3, y: 12), .init(x: -1, y: 20)], area: 250),
      person(
        BoundingBox(x: 40, y: 40, width: 10, height: 10), [.unlabelled, .init(x: 41.5, y: 42, visibility: .hidden)]),
      // Beyond the input, and without a joint in it.
      person(BoundingBox(x: 70, y: 0, width: 10, height: 10), [.init(x: 75, y: 5), .unlabelled]),
      person(BoundingBox(x: 60, y: 0, width: 10, height: 10), [.init(x: 69, y: 5), .unlabelled]),
    ])
    scene.ignored = [BoundingBox(x: 30, y: -9, width: 90, height: 20)]
    let grid = TargetGrid(joints: 2, input: 64, maps: 16, people: 4)
    let target = try TargetEncoder(PeopleTarget(), for: grid).encode(scene)
    #expect(target.shapes == [[4, 12]])
    #expect(
      target.values[0]
        == [
          [0, 10, 15, 40, PersonRow.person, 250, 3, 12, 2, 0, 0, 0],
          [40, 40, 50, 50, PersonRow.person, 100, 0, 0, 0, 41.5, 42, 1],
          [30, 0, 64, 11, PersonRow.ignored, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, PersonRow.empty, 0, 0, 0, 0, 0, 0, 0],
        ].flatMap { $0 })
    let few = try TargetEncoder(PeopleTarget(), for: TargetGrid(joints: 2, input: 64, maps: 16, people: 1)).encode(
      scene)
    #expect(few.values[0][5] == 250)
  }

  @Test("no scene is too wild to encode")
  func wild() throws {
    let numbers = [Double.nan, .infinity, -1e300, 1e300, -0.5, 63.99, 255.9]
    var scene = LabelledScene(
      people: numbers.map { number in
        LabelledPerson(
          joints: numbers.map { LabelledKeypoint(x: $0, y: number) },
          box: BoundingBox(x: number, y: number, width: number, height: number), area: number)
      })
    scene.ignored = [BoundingBox(x: .nan, y: 0, width: 1e300, height: -1)]
    let targets: [any Target] = [
      AssociativeEmbeddingTarget(), DEKRTarget(), DEKRTarget(.offsets), AdaptivePoseTarget(), PeopleTarget(),
      CIDTarget(),
    ]
    for target in targets {
      let encoded = try TargetEncoder(target, for: Self.grid).encode(scene)
      #expect(
        encoded.values.allSatisfy {
          $0.allSatisfy { $0.isFinite || target is PeopleTarget || target is AdaptivePoseTarget }
        })
      let empty = try TargetEncoder(target, for: Self.grid).encode(LabelledScene(people: []))
      #expect(empty.weights.allSatisfy { $0 == 0 })
    }
  }
}
