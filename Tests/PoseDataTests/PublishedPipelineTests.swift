import PoseCodecs
import PoseCore
import PoseFormats
import PoseImage
import TestSupport
import Testing

@testable import PoseData

@Suite("The published pipelines") struct PublishedPipelineTests {
  @Test(
    "flips, halves, scales, rotations, matrices and joints equal the published ones",
    arguments: PipelineCase.all)
  func geometry(_ test: PipelineCase) throws {
    let (dataset, skeleton) = (try test.dataset, try test.skeleton)
    var compared = 0
    for instance in dataset.instances {
      guard let golden = instance.augmentations[test.key] else { continue }
      let augmented = try test.augmented(instance, in: dataset)
      #expect([augmented.crop.center.x, augmented.crop.center.y] == golden.center, "\(instance.index)")
      #expect([augmented.crop.scaleX, augmented.crop.scaleY] == golden.scale, "\(instance.index)")
      let matrix = augmented.transform
      #expect([matrix.a, matrix.b, matrix.tx, matrix.c, matrix.d, matrix.ty] == golden.matrix.flatMap(\.self))
      #expect(augmented.joints.count == skeleton.joints.count)
      for (joint, (position, visible)) in zip(augmented.joints, zip(golden.joints, golden.visible)) {
        #expect(joint.isLabelled == (visible[0] > 0))
        // Float32 sums of a thousand, in another order.
        #expect(abs(joint.position.x - position[0]) < 2e-4 && abs(joint.position.y - position[1]) < 2e-4)
      }
      compared += 1
    }
    #expect(compared > 0)
  }

  @Test("targets and weights equal the published ones", arguments: PipelineCase.all)
  func targets(_ test: PipelineCase) throws {
    let dataset = try test.dataset
    let archive = try GoldenFile.archive("golden/pipeline/pipeline.npz")
    var compared = 0
    for instance in dataset.instances {
      guard let golden = instance.augmentations[test.key] else { continue }
      let augmented = try test.augmented(instance, in: dataset)
      for (name, expected) in golden.targets {
        let encoder = try TargetEncoder(
          #require(Self.kinds[name]),
          for: TargetGrid(
            joints: augmented.joints.count, input: Size(height: dataset.imageSize[1], width: dataset.imageSize[0]),
            maps: Size(height: dataset.heatmapSize[1], width: dataset.heatmapSize[0]))
        )
        let target = encoder.encode(augmented.joints)
        #expect(target.weights == expected.weight, "\(instance.index) \(name)")
        let values = target.values[0]
        if let coordinates = expected.coordinates {
          #expect(zip(values, coordinates.joined()).allSatisfy { abs(Double($0) - $1) < 2e-6 })
        }
        if let sum = expected.sum, let max = expected.max, let squares = expected.squares {
          let doubles = values.map(Double.init)
          #expect(abs(doubles.reduce(0, +) - sum) <= 2e-5 * (abs(sum) + squares), "\(instance.index) \(name)")
          #expect(abs((doubles.max() ?? 0) - max) <= 1e-5 * max, "\(instance.index) \(name)")
          #expect(abs(doubles.reduce(0) { $0 + $1 * $1 } - squares) <= 2e-5 * squares, "\(instance.index) \(name)")
        }
        let key = "\(test.name).\(instance.index).\(test.key).target.\(name)"
        if archive.names.contains(key) {
          let floats = try archive.tensor(key).floats
          let top = floats.map(\.magnitude).max() ?? 0
          #expect(zip(values, floats).allSatisfy { abs($0 - $1) <= 1e-5 * top }, "\(key)")
        }
        compared += 1
      }
    }
    #expect(compared > 0)
  }

  private static let kinds: [String: any Target] = [
    "msra2": MSRATarget(sigma: 2), "msra3": MSRATarget(sigma: 3), "dark2": DARKTarget(sigma: 2),
    "megvii11": MegviiTarget(kernel: 11),
    "udp2": UDPTarget(sigma: 2), "udpcomb": UDPCombinedTarget(), "regression": RegressionTarget(),
  ]
}

/// A dataset under one augmentation and one warp.
struct PipelineCase: Sendable, CustomTestStringConvertible {
  var name: String
  var tag: String
  var warp: Warp

  var key: String { "\(tag).\(warp == .udp ? "udp" : "std")" }
  var testDescription: String { "\(name) \(key)" }

  static let all = PipelineGolden.names.flatMap { name in
    ["none", "flip", "rot", "flip_rot", "upper", "lower_flip_rot"].flatMap { tag in
      Warp.allCases.map { PipelineCase(name: name, tag: tag, warp: $0) }
    }
  }

  var dataset: PipelineGolden.Dataset { get throws { try #require(try PipelineGolden.datasets()[name]) } }
  var skeleton: Skeleton { get throws { try Self.skeleton(of: name) } }

  static func skeleton(of name: String) throws -> Skeleton {
    let skeletons: [String: Skeleton] = [
      "coco": .coco17, "mpii": .mpii16, "crowdpose": .crowdPose14, "ochuman": .coco17, "aic": .aic14,
      "jhmdb": .jhmdb15, "posetrack18": .poseTrack18,
    ]
    return try #require(skeletons[name])
  }

  var drawn: AugmentationSample {
    var drawn = AugmentationSample()
    drawn.isFlipped = tag.contains("flip")
    drawn.halfBody = tag.contains("upper") ? .upper : tag.contains("lower") ? .lower : nil
    (drawn.rotation, drawn.scale) =
      switch tag {
      case "rot": (33.5, 1.2)
      case "flip_rot": (-47.25, 0.8)
      case "lower_flip_rot": (20, 0.9)
      default: (0, 1)
      }
    return drawn
  }

  /// The instance as the dataset has it, varied.
  func augmented(_ instance: PipelineGolden.Instance, in dataset: PipelineGolden.Dataset) throws -> AugmentedPerson {
    let start = try #require(instance.augmentations["none.std"]).crop
    let joints = zip(instance.joints, instance.visible).map {
      LabelledKeypoint(x: $0[0], y: $0[1], isLabelled: $1[0] > 0)
    }
    let picture = try PipelineGolden.pictureSize(instance.imageFile)
    return try TrainingPerson(crop: start, joints: joints).augmented(
      by: drawn, skeleton: skeleton, pictureWidth: picture.width,
      input: Size(height: dataset.imageSize[1], width: dataset.imageSize[0]), warp: warp)
  }
}
