// The datasets' face landmarks. They have no limbs and no halves of a body.

extension Skeleton {
  /// 68 landmarks of a face, as 300-W (Sagonas et al., IVC 2016) and COCO-WholeBody (Jin et al., ECCV 2020), which
  /// published the constants of similarity, have them.
  package static let face68 = Skeleton(
    name: "face68", joints: landmarks("face", 68),
    flipPairs: facing([
      (0...7, 16), (17...21, 43), (31...32, 66), (36...39, 81), (40...41, 87), (48...50, 102), (55...56, 114),
      (60...61, 124), (65...65, 132),
    ]),
    limbs: [],
    sigmas: [
      0.042, 0.043, 0.044, 0.043, 0.04, 0.035, 0.031, 0.025, 0.02, 0.023, 0.029, 0.032, 0.037, 0.038, 0.043,
      0.041, 0.045, 0.013, 0.012, 0.011, 0.011, 0.012, 0.012, 0.011, 0.011, 0.013, 0.015, 0.009, 0.007, 0.007,
      0.007, 0.012, 0.009, 0.008, 0.016, 0.01, 0.017, 0.011, 0.009, 0.011, 0.009, 0.007, 0.013, 0.008, 0.011,
      0.012, 0.01, 0.034, 0.008, 0.008, 0.009, 0.008, 0.008, 0.007, 0.01, 0.008, 0.009, 0.009, 0.009, 0.007,
      0.007, 0.008, 0.011, 0.008, 0.008, 0.008, 0.01, 0.008,
    ])

  /// WFLW's 98 landmarks of a face (Wu et al., CVPR 2018).
  ///
  /// No constants of similarity are published: each is that of COCO's eyes.
  package static let wflw98 = Skeleton(
    name: "wflw98", joints: landmarks("wflw", 98),
    flipPairs: facing([
      (0...15, 32), (33...37, 79), (38...41, 88), (55...56, 114), (60...64, 132), (65...67, 140), (76...78, 158),
      (83...84, 170), (88...89, 180), (93...93, 188), (96...96, 193),
    ]),
    limbs: [], sigmas: Array(repeating: 0.025, count: 98))

  /// LaPa's 106 landmarks of a face (Liu et al., AAAI 2020).
  ///
  /// No constants of similarity are published: each is that of COCO's eyes.
  package static let lapa106 = Skeleton(
    name: "lapa106", joints: landmarks("lapa", 106),
    flipPairs: facing([
      (0...15, 32), (33...37, 79), (38...41, 88), (55...59, 120), (66...70, 145), (71...73, 153), (74...74, 157),
      (84...86, 174), (91...92, 186), (96...97, 196), (101...101, 204), (104...104, 209),
    ]),
    limbs: [], sigmas: Array(repeating: 0.025, count: 106),
    jointWeights: weights([(33, 0.8), (33, 1), (8, 2), (1, 1), (8, 2), (1, 1), (20, 1.5), (2, 1)]))

  private static func landmarks(_ name: String, _ count: Int) -> [Joint] {
    (0..<count).map { Joint(rawValue: "\(name)-\($0)") }
  }

  /// Pairs of landmarks on both sides of a face: of each run of indices, an index and the one that makes up the sum.
  private static func facing(_ runs: [(ClosedRange<Int>, sum: Int)]) -> [Pair] {
    runs.flatMap { run in run.0.map { Pair($0, run.sum - $0) } }
  }

  /// Weights of so many landmarks after one another.
  private static func weights(_ runs: [(count: Int, weight: Double)]) -> [Double] {
    runs.flatMap { Array(repeating: $0.weight, count: $0.count) }
  }
}
