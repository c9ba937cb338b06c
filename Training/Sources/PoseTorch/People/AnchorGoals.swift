/// What the objectnesses of all anchors of a level are to be, and how much they count.
struct AnchorGoals {
  private let level: AnchorMatching.Level
  private var goals: [Float]
  /// Nil where all count.
  private var weights: [Float]?

  /// Nobody is to be found yet; anchors of cells in areas of which nothing is known do not count.
  init(_ level: AnchorMatching.Level, pictures: Int, _ people: [(first: Int, PicturePeople)]) {
    self.level = level
    goals = [Float](repeating: 0, count: pictures * level.anchors.count * level.height * level.width)
    if people.contains(where: { !$0.1.ignored.isEmpty }) { weights = goals.map { 1 - $0 } }
    for (picture, people) in people.enumerated() {
      for area in people.1.ignored { ignore(area, of: picture) }
    }
  }

  private mutating func ignore(_ area: SIMD4<Float>, of picture: Int) {
    for row in 0..<level.height {
      for column in 0..<level.width {
        let middle = SIMD2(Float(column) + 0.5, Float(row) + 0.5) * level.stride
        guard area[0] <= middle.x, middle.x <= area[2], area[1] <= middle.y, middle.y <= area[3] else { continue }
        for anchor in level.anchors.indices {
          let place = place(picture, anchor, row, column)
          weights?[place] = 0
        }
      }
    }
  }

  private func place(_ picture: Int, _ anchor: Int, _ row: Int, _ column: Int) -> Int {
    ((picture * level.anchors.count + anchor) * level.height + row) * level.width + column
  }

  /// Asks for the greatest overlap that an anchor has with those whom it is to find.
  mutating func raise(to overlaps: [Float], at matches: [AnchorMatching.Match]) {
    for (overlap, match) in zip(overlaps, matches) {
      let place = place(match.picture, match.anchor, match.row, match.column)
      goals[place] = max(goals[place], overlap)
      weights?[place] = 1
    }
  }

  /// The mean cross entropy of all objectnesses.
  ///
  /// - Parameter output: `N x anchors (6 + 3K) x H x W`.
  func loss(of output: TorchTensor) throws(LibTorchError) -> TorchTensor {
    let shape = output.shape
    let anchors = try ATen.reshape(
      output, shape: [shape[0] * level.anchors.count, shape[1] / level.anchors.count, -1])
    let logits = try ATen.select(anchors, axis: 1, index: 4)
    let weights: TorchTensor? =
      if let weights { try TorchTensor.numbers(weights, logits.shape, like: logits) } else { nil }
    return try ATen.binary_cross_entropy_with_logits(
      logits, .numbers(goals, logits.shape, like: logits), weights, nil, reduction: LossReduction.mean)
  }
}
