import Foundation
import PoseConfiguration
import PoseCore
import TestSupport
import Testing

@Suite struct SkeletonFileTests {
  private static let valid = """
    joints: [nose, left_wrist, right_wrist]
    sigmas: [0.026, 0.062, 0.062]

    """

  @Test("joints, pairs, limbs, sigmas, halves and weights are read by name")
  func whole() throws {
    let skeleton = try Skeleton(
      yaml: """
        name: arm
        joints: [nose, left_wrist, right_wrist]
        flip_pairs: [[right_wrist, left_wrist]]
        limbs: [[nose, left_wrist]]
        sigmas: [0.026, 0.062, 0.062]
        upper_body: [nose]
        lower_body: [left_wrist, right_wrist]
        joint_weights: [1, 1.5, 1.5]
        """, name: "mine")
    #expect(
      skeleton
        == Skeleton(
          name: "arm", joints: [.nose, .leftWrist, .rightWrist], flipPairs: [.init(2, 1)], limbs: [.init(0, 1)],
          sigmas: [0.026, 0.062, 0.062], upperBody: [0], lowerBody: [1, 2], jointWeights: [1, 1.5, 1.5]))
  }

  @Test("left and right pair by their names, and a file gives its name")
  func defaults() throws {
    let file = ScratchFolder.file("yaml")
    try Data(Self.valid.utf8).write(to: file)
    let skeleton = try Skeleton(contentsOf: file.path)
    #expect(skeleton.name == file.deletingPathExtension().lastPathComponent)
    #expect(skeleton.flipPairs == [.init(1, 2)] && skeleton.limbs.isEmpty && skeleton.jointWeights == [1, 1, 1])
  }

  @Test(
    "what does not fit is refused by its key",
    arguments: [
      ("", "joints"), ("joints: []", "joints"), ("joints: [a, a]\nsigmas: [1, 1]", "joints"),
      ("joints: [a]", "sigmas"), ("joints: [a]\nsigmas: [1, 1]", "sigmas"), ("joints: [a]\nsigmas: [0]", "sigmas"),
      ("joints: [a]\nsigmas: [.nan]", "sigmas"), (valid + "flip_pairs: [[left_wrist]]", "flip_pairs"),
      (valid + "flip_pairs: [[left_wrist, left_wrist]]", "flip_pairs"),
      (valid + "flip_pairs: [[left_wrist, nose], [left_wrist, right_wrist]]", "flip_pairs"),
      (valid + "limbs: [[nose, tail]]", "limbs"), (valid + "upper_body: [tail]", "upper_body"),
      (valid + "joint_weights: [1]", "joint_weights"), (valid + "joint_weights: [1, 1, -1]", "joint_weights"),
      (valid + "flip: []", "flip"),
    ])
  func wrong(_ yaml: String, _ key: String) {
    let error = #expect(throws: ConfigurationError.self) { try Skeleton(yaml: yaml, name: "mine.yaml") }
    #expect(error?.key.hasPrefix(key) == true || yaml.isEmpty, "\(String(describing: error))")
  }

  @Test("a joint that is none names the nearest")
  func nearest() {
    let error = #expect(throws: ConfigurationError.self) {
      try Skeleton(yaml: Self.valid + "limbs: [[nose, left_writs]]", name: "mine")
    }
    #expect(error?.description.contains("'left_wrist'") == true)
  }
}
