/// The skeletons that configurations can name.
enum SkeletonNames {
  private static let counts = [
    "coco17": 17, "mpii16": 16, "crowdpose14": 14, "aic14": 14, "lsp14": 14, "jhmdb15": 15, "posetrack18": 17,
  ]

  static let all = counts.keys.sorted()

  static func jointCount(of name: String) -> Int? { counts[name] }
}
