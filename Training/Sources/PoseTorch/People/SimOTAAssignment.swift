/// Which people the places of a head are to find: SimOTA (Ge et al., YOLOX, 2021) with the poses' similarity among its costs.
///
/// Follows MMPose's `SimOTAAssigner`: each person takes the cheapest places, as many as the best candidates resemble the
/// person in all, and a place that several people want goes to the one for whom it is cheapest.
public struct SimOTAAssignment: Sendable, Hashable {
  /// What says how many places a person takes, and is a place's score to become.
  public enum Measure: Sendable, Hashable {
    /// The intersection over union of the boxes.
    case boxOverlap
    /// The object keypoint similarity of the poses.
    case similarity
  }

  /// The number of cells that a place may be away from a person's center, horizontally and vertically.
  public var centerRadius: Float = 2.5
  /// The number of best places whose measures say how many a person takes.
  public var candidates = 10
  /// The weight of the logarithm of the boxes' overlap.
  public var overlapWeight = 3.0
  /// The weight of the score's cross entropy.
  public var classWeight = 1.0
  /// The weight of the logarithm of the poses' similarity.
  public var similarityWeight = 3.0
  /// The weight of the cross entropy of joints' visibilities.
  public var visibilityWeight = 0.0
  public var measure = Measure.similarity
  /// Whether a person's center is the mean of the labelled joints, where there are any, and not the middle of the box.
  public var centersOnJoints = false

  public init() {}

  /// A place of a picture, the person whom it is to find, and their measure.
  struct Match: Hashable {
    var place: Int
    var person: Int
    var overlap: Float
  }

  /// The places that may find someone.
  struct Candidates {
    var places: [Int] = []
    /// Whether a place is in the box and near the center of each person, `places x people`. Others come last.
    var isLikely: [Bool] = []
  }

  /// The places in the box or near the center of a person.
  func candidates(for people: [PicturePeople.Person], at places: DetectionPlaces) -> Candidates {
    var found = Candidates()
    var isLikely = [Bool](repeating: false, count: people.count)
    for (index, place) in places.all.enumerated() {
      var isCandidate = false
      for (number, person) in people.enumerated() {
        let isInside = place.isInside(person.sides)
        let away = place.position - (centersOnJoints ? person.middleOfJoints : person.middleOfBox)
        let isNear = max(away.x.magnitude, away.y.magnitude) < centerRadius * place.stride
        isLikely[number] = isInside && isNear
        isCandidate = isCandidate || isInside || isNear
      }
      if isCandidate {
        found.places.append(index)
        found.isLikely += isLikely
      }
    }
    return found
  }

  /// What it costs that places find people, and their measures: `2 x places x people`.
  func costs(
    of placed: PlacedPeople, _ people: PersonTargets, _ similarity: KeypointSimilarity, objectness: TorchTensor?
  ) throws(LibTorchError) -> TorchTensor {
    let overlaps = try BoxPairs(
      ATen.unsqueeze(placed.sides(), axis: 1), ATen.unsqueeze(people.sides, axis: 0)
    ).intersectionOverUnion()
    let similarities = try similarity(
      ATen.unsqueeze(placed.positions(), axis: 1), people.labels(axis: 0))
    func logarithm(_ share: TorchTensor) throws(LibTorchError) -> TorchTensor {
      try ATen.log(ATen.addScalar(share, b: 1e-7, alpha: 1))
    }
    var costs = try ATen.mulScalar(logarithm(overlaps), b: -overlapWeight)
    costs = try ATen.add(costs, logarithm(similarities), alpha: -similarityWeight)
    if classWeight > 0 { costs = try ATen.add(costs, scoreCost(placed, objectness), alpha: classWeight) }
    if visibilityWeight > 0 {
      costs = try ATen.add(costs, visibilityCost(placed, people), alpha: visibilityWeight)
    }
    return try ATen.stack([costs, measure == .similarity ? similarities : overlaps], axis: 0)
  }

  /// The cross entropy of the square root of score and objectness, which is to be 1: `places x 1`.
  private func scoreCost(_ placed: PlacedPeople, _ objectness: TorchTensor?) throws(LibTorchError) -> TorchTensor {
    var score = try ATen.sigmoid(placed.scores)
    if let objectness { score = try ATen.mul(score, ATen.sigmoid(objectness)) }
    score = try ATen.where(ATen.isfinite(score), score, ATen.zeros_like(score))
    return try ATen.neg(ATen.clamp(ATen.log(ATen.sqrt(score)), least: -100, most: 0))
  }

  /// The cross entropy of the visibilities, summed over the joints: `places x people`.
  private func visibilityCost(_ placed: PlacedPeople, _ people: PersonTargets) throws(LibTorchError) -> TorchTensor {
    let logits = try ATen.unsqueeze(placed.visibilities, axis: 1)
    let goals = try ATen.unsqueeze(people.isLabelled, axis: 0)
    let entropy = try ATen.sub(ATen.softplus(logits, beta: 1, threshold: 20), ATen.mul(logits, goals), alpha: 1)
    return try ATen.sumAxes(entropy, axes: [-1], keepsAxes: false, type: nil)
  }

  /// The places that are to find someone, in their order.
  ///
  /// - Parameter numbers: as ``costs(of:_:_:objectness:)`` gives them.
  func matches(_ numbers: ArraySlice<Float>, among found: Candidates, people: Int) -> [Match] {
    let (first, places) = (numbers.startIndex, found.places.count)
    func measure(_ place: Int, _ person: Int) -> Float { numbers[first + (places + place) * people + person] }
    func cost(_ place: Int, _ person: Int) -> Double {
      let pair = place * people + person
      return Double(numbers[first + pair]) + (found.isLikely[pair] ? 0 : Self.unlikelyCost)
    }
    var owners = [Int](repeating: -1, count: places)
    var claims = [Int](repeating: 0, count: places)
    for person in 0..<people {
      let measures = (0..<places).map { measure($0, person) }
      let sum = measures.indicesOfLeast(candidates, by: { -$0 }).reduce(Float(0)) { $0 + measures[$1] }
      // What is no number any more is left to the loss, which then is none either.
      let count = sum.isFinite ? max(1, Int(sum)) : 1
      for place in (0..<places).map({ cost($0, person) }).indicesOfLeast(count, by: { $0 }) {
        owners[place] = person
        claims[place] += 1
      }
    }
    return (0..<places).compactMap { place in
      guard claims[place] > 0 else { return nil }
      var owner = owners[place]
      if claims[place] > 1 { owner = (0..<people).min { cost(place, $0) < cost(place, $1) } ?? owner }
      return Match(place: found.places[place], person: owner, overlap: measure(place, owner))
    }
  }

  private static let unlikelyCost = 100_000.0
}
