// People with feet, and with faces and hands as well.

extension Skeleton {
  /// COCO-WholeBody (Jin et al., ECCV 2020): COCO's body, three points of each foot, 68 of the face, and 21 of each hand.
  ///
  /// Neither half of the body has the face and the hands.
  package static let wholeBody133: Skeleton = {
    let (face, leftHand, rightHand) = (23, 91, 112)
    let feet = ["left", "right"].flatMap { side in
      ["big_toe", "small_toe", "heel"].map { Joint(rawValue: "\(side)_\($0)") }
    }
    let footPairs = (17..<20).map { Pair($0, $0 + 3) }
    let footLimbs = (17..<23).map { Pair($0 < 20 ? 15 : 16, $0) }
    let handPairs = (leftHand..<rightHand).map { Pair($0, $0 - leftHand + rightHand) }
    return Skeleton(
      name: "wholebody133",
      joints: coco17.joints + feet + face68.joints
        + handJoints(root: "left_hand_root", of: "left_") + handJoints(root: "right_hand_root", of: "right_"),
      flipPairs: coco17.flipPairs + footPairs + face68.flipPairs.moved(by: face) + handPairs,
      limbs: coco17.limbs + footLimbs + hand21.limbs.moved(by: leftHand) + hand21.limbs.moved(by: rightHand),
      sigmas: coco17.sigmas + [0.068, 0.066, 0.066, 0.092, 0.094, 0.094] + face68.sigmas + hand21.sigmas
        + hand21.sigmas,
      upperBody: coco17.upperBody, lowerBody: coco17.lowerBody + Array(17..<23))
  }()

  /// Halpe's body with feet (Fang et al., AlphaPose, TPAMI 2022): COCO's body, the head's top, the neck, the hip's middle,
  /// and three points of each foot.
  package static let halpe26 = Skeleton(
    "halpe26",
    joints: coco17.joints + [
      "head", "neck", "hip", "left_big_toe", "right_big_toe", "left_small_toe", "right_small_toe", "left_heel",
      "right_heel",
    ],
    flipPairs: coco17.flipPairs.map { ($0.first, $0.second) } + [(20, 21), (22, 23), (24, 25)],
    limbs: [
      (15, 13), (13, 11), (11, 19), (16, 14), (14, 12), (12, 19), (17, 18), (18, 19), (18, 5), (5, 7), (7, 9),
      (18, 6), (6, 8), (8, 10), (1, 2), (0, 1), (0, 2), (1, 3), (2, 4), (3, 5), (4, 6), (15, 20), (15, 22),
      (15, 24), (16, 21), (16, 23), (16, 25),
    ],
    sigmas: coco17.sigmas + [0.026, 0.026, 0.066, 0.079, 0.079, 0.079, 0.079, 0.079, 0.079],
    upperBody: Array(0...10) + [17, 18], lowerBody: Array(11...16) + Array(19...25),
    jointWeights: [1, 1, 1, 1, 1, 1, 1, 1.2, 1.2, 1.5, 1.5, 1, 1, 1.2, 1.2, 1.5, 1.5, 1, 1, 1.2]
      + Array(repeating: 1.5, count: 6))
}

extension [Skeleton.Pair] {
  /// The pairs of a part whose first joint has this index in the whole.
  fileprivate func moved(by offset: Int) -> [Skeleton.Pair] {
    map { Skeleton.Pair($0.first + offset, $0.second + offset) }
  }
}
