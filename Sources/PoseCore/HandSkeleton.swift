extension Skeleton {
  /// A hand: the wrist, and four joints of each finger from the palm to the tip. OneHand10K, FreiHAND and the hands of
  /// COCO-WholeBody (Jin et al., ECCV 2020), which published the constants of similarity, have these joints in this order.
  package static let hand21 = Skeleton(
    name: "hand21", joints: handJoints(root: "wrist", of: ""), flipPairs: [],
    limbs: (1...20).map { Pair($0 % 4 == 1 ? 0 : $0 - 1, $0) },
    sigmas: [
      0.029, 0.022, 0.035, 0.037, 0.047, 0.026, 0.025, 0.024, 0.035, 0.018, 0.024, 0.022, 0.026, 0.017, 0.021,
      0.021, 0.032, 0.02, 0.019, 0.022, 0.031,
    ])

  /// The names of a hand's joints: `left_thumb1` for the prefix `left_`.
  static func handJoints(root: Joint, of prefix: String) -> [Joint] {
    let fingers = ["thumb", "forefinger", "middle_finger", "ring_finger", "pinky_finger"]
    return [root] + fingers.flatMap { finger in (1...4).map { Joint(rawValue: "\(prefix)\(finger)\($0)") } }
  }
}
