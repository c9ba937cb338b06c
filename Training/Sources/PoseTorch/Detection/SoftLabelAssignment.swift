import Foundation

/// Which objects the places of a detector are to find: dynamic soft label assignment (Lyu et al., RTMDet, 2022).
///
/// Follows MMDetection's `DynamicSoftLabelAssigner`: each object takes the cheapest places, as many as its best boxes overlap
/// it in all, and a place that several objects want goes to the one for which it is cheapest.
public struct SoftLabelAssignment: Sendable {
  /// How many of the best boxes say how many places an object takes.
  public var candidates = 13
  /// How many cells an object's center may be away before it costs.
  public var centerRadius: Float = 3
  /// What the logarithm of the overlap counts beside the classes.
  public var overlapWeight: Float = 3

  public init() {}

  /// An object to find.
  public struct Object: Sendable, Hashable {
    /// The left, top, right and bottom side in pixels of the input.
    public var sides: SIMD4<Float>
    /// The number of its class.
    public var label: Int

    public init(sides: SIMD4<Float>, label: Int) { (self.sides, self.label) = (sides, label) }
  }

  /// A place and the object that it is to find.
  public struct Match: Sendable, Hashable {
    public var place: Int
    public var object: Int
    /// The intersection over union of the object's box and the place's, which the place's score is to become.
    public var overlap: Float
  }

  /// The places that are to find an object, in their order.
  ///
  /// - Parameters:
  ///   - logits: the scores of each place's classes before the sigmoid, `places x classes`.
  ///   - distances: from each place to the left, top, right and bottom side of its box, `places x 4`.
  public func callAsFunction(
    _ objects: [Object], at places: DetectionPlaces, logits: UnsafeBufferPointer<Float>,
    distances: UnsafeBufferPointer<Float>
  ) -> [Match] {
    let inside = places.all.indices.filter { index in objects.contains { places.all[index].isInside($0.sides) } }
    if inside.isEmpty { return [] }
    let classes = logits.count / places.all.count
    let boxes = inside.map { place in
      let first = 4 * place
      return places.all[place].box(
        SIMD4(distances[first], distances[first + 1], distances[first + 2], distances[first + 3]))
    }
    // What a place costs that is to find nothing; each object then changes its own class's part.
    let nothing = inside.map { place in
      (0..<classes).reduce(Float(0)) { $0 + scoreCost(logits[place * classes + $1], goal: 0) }
    }
    var (costs, overlaps): ([[Float]], [[Float]]) = ([], [])
    var owners = [Int](repeating: -1, count: inside.count)
    var claims = [Int](repeating: 0, count: inside.count)
    for (number, object) in objects.enumerated() {
      let own = boxes.map { $0.overlap(with: object.sides) }
      let center = SIMD2(object.sides[0] + object.sides[2], object.sides[1] + object.sides[3]) / 2
      let cost = inside.indices.map { index in
        let (place, logit) = (places.all[inside[index]], logits[inside[index] * classes + object.label])
        let away = place.position - center
        let distance = (away * away).sum().squareRoot() / place.stride
        let score = nothing[index] - scoreCost(logit, goal: 0) + scoreCost(logit, goal: own[index])
        return score - overlapWeight * log(own[index] + 1e-7) + exp((distance - centerRadius) * Self.logarithmOfTen)
      }
      let sum = own.indicesOfLeast(candidates, by: { -$0 }).reduce(Float(0)) { $0 + own[$1] }
      // What is no number any more is left to the loss, which then is none either.
      let count = sum.isFinite ? max(1, Int(sum)) : 1
      for index in cost.indicesOfLeast(count, by: { $0 }) {
        owners[index] = number
        claims[index] += 1
      }
      costs.append(cost)
      overlaps.append(own)
    }
    return inside.indices.compactMap { index in
      guard claims[index] > 0 else { return nil }
      var owner = owners[index]
      if claims[index] > 1 {
        owner = objects.indices.min { costs[$0][index] < costs[$1][index] } ?? owner
      }
      return Match(place: inside[index], object: owner, overlap: overlaps[owner][index])
    }
  }

  private static let logarithmOfTen: Float = 2.302585093

  /// The cross entropy of a score and its goal, times the square of how far they are apart.
  private func scoreCost(_ logit: Float, goal: Float) -> Float {
    let small = exp(-logit.magnitude)
    let score = (logit >= 0 ? 1 : small) / (1 + small)
    let entropy = max(logit, 0) - logit * goal + log1p(small)
    return entropy * (goal - score) * (goal - score)
  }
}

/// The places of a detector's levels, one level after the other, each row by row.
public struct DetectionPlaces: Sendable, Hashable {
  public let all: [Place]

  public struct Place: Sendable, Hashable {
    /// In pixels of the input.
    public let position: SIMD2<Float>
    /// From one place to the next.
    public let stride: Float

    func isInside(_ sides: SIMD4<Float>) -> Bool {
      position.x > sides[0] && position.y > sides[1] && position.x < sides[2] && position.y < sides[3]
    }

    /// The sides of the box at these distances.
    func box(_ distances: SIMD4<Float>) -> SIMD4<Float> {
      SIMD4(
        position.x - distances[0], position.y - distances[1], position.x + distances[2], position.y + distances[3])
    }
  }

  /// Where the place of a cell is.
  public enum Anchor: Sendable, Hashable {
    /// At the first pixel.
    case corner
    /// In the middle between the first pixel and the last.
    case middle
  }

  /// - Parameters:
  ///   - levels: heights and widths of the maps, the finest first.
  ///   - width: of the input.
  public init(levels: [(height: Int, width: Int)], inputWidth width: Int, at anchor: Anchor = .corner) {
    all = levels.flatMap { level in
      let stride = Float(width) / Float(max(level.width, 1))
      let shift = anchor == .corner ? 0 : (stride - 1) / 2
      return (0..<level.height * level.width).map {
        Place(position: SIMD2(Float($0 % level.width), Float($0 / level.width)) * stride + shift, stride: stride)
      }
    }
  }
}

extension SIMD4<Float> {
  /// The intersection over union of boxes by their sides, as MMDetection's `bbox_overlaps` has it.
  fileprivate func overlap(with other: SIMD4<Float>) -> Float {
    func area(_ box: SIMD4<Float>) -> Float { (box[2] - box[0]) * (box[3] - box[1]) }
    let width = Swift.min(self[2], other[2]) - Swift.max(self[0], other[0])
    let height = Swift.min(self[3], other[3]) - Swift.max(self[1], other[1])
    let common = Swift.max(width, 0) * Swift.max(height, 0)
    return common / Swift.max(area(self) + area(other) - common, 1e-6)
  }
}

extension Array {
  /// The places of the least elements, in order; of equal ones the first.
  func indicesOfLeast<Key: Comparable>(_ count: Int, by key: (Element) -> Key) -> [Int] {
    var found: [(key: Key, index: Int)] = []
    for (index, value) in enumerated() {
      let key = key(value)
      if found.count == count, let last = found.last, !(key < last.key) { continue }
      let place = found.firstIndex { key < $0.key } ?? found.count
      found.insert((key, index), at: place)
      if found.count > count { found.removeLast() }
    }
    return found.map(\.index)
  }
}
