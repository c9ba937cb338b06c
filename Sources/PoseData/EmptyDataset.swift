extension Dataset.Excluded {
  /// How many by reason; nil where nobody is excluded.
  public var summary: String? {
    let counts = [
      (crowds, "crowds"), (unlabelled, "people without a labelled joint"),
      (otherCategories, "objects of other categories"), (lowScores, "boxes that score too little"),
    ]
    let words = counts.filter { $0.0 > 0 }.map { "\($0.1) (\($0.0))" }
    return words.isEmpty ? nil : words.joined(separator: ", ")
  }
}

extension Dataset {
  /// Why nobody is among ``people``: what was left out by reason, the first problem, and what shows or mends the others.
  public var emptinessReason: String {
    var reasons: [String] = []
    if problems.count > 0 { reasons.append(problems.summary) }
    if excluded.otherCategories > 0 {
      let others = excluded.otherCategoryIDs.sorted().prefix(5).map(String.init).joined(separator: ", ")
      let own = categories.sorted().map(String.init).joined(separator: ", ")
      reasons.append("category \(others), where people are category \(own) (\(excluded.otherCategories))")
    }
    var others = excluded
    others.otherCategories = 0
    if let summary = others.summary { reasons.append(summary) }
    let first =
      problems.first.first.map { "; the first problem: \($0). `pose doctor FILE` lists such entries" } ?? ""
    let left = reasons.isEmpty ? "it lists nobody" : "left out: \(reasons.joined(separator: "; "))\(first)"
    return left + otherJoints
  }

  /// Which datasets have as many joints as the people that were left out.
  private var otherJoints: String {
    let counts = Set(
      problems.first.compactMap { problem in
        switch problem {
        case .keypointCount(_, let count, _), .resultKeypoints(_, let count, _): count
        default: nil
        }
      })
    guard counts.count == 1, let count = counts.first, count > 0 else { return "" }
    let kinds = DatasetKind.all.filter { $0.form == .coco && $0.skeleton.joints.count == count }.map(\.name)
    let remedy =
      kinds.isEmpty
      ? "take a model of these joints"
      : "take the dataset \(kinds.joined(separator: " or ")) (--dataset; in configurations kind), with a model of "
        + "these joints"
    return ". The people have \(count) joints, not the \(skeleton.joints.count) of \(skeleton.name): \(remedy)"
  }
}
