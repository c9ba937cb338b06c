import PoseCore

/// Groups the peaks of heatmaps to people by their tags: associative embedding (Newell, Huang and Deng, NIPS 2017).
///
/// Follows `HeatmapParser` of MMPose 0.29: candidates of each joint are given to the people so far such that their tags differ
/// least, or begin new ones; joints are then moved between pixels, and joints that nobody was given are looked for.
struct TagGrouping: Sendable, Hashable {
  /// The most candidates of a joint.
  var limit = 30
  /// Whether ``limit`` is the most people too. Otherwise joints that fit nobody always begin a new person.
  var limitsPeople = false
  /// What a candidate's height must exceed.
  var threshold: Float = 0.1
  /// How far a candidate's tag may be from a person's mean.
  var tagThreshold: Float = 1
  /// Whether tags are compared roughly, and then higher candidates come first.
  var usesHeights = true
  /// The order in which joints are given away; all others come after these.
  var order: [Int] = []
  /// The side of the window in which a candidate is the highest; odd.
  var window = 5
  /// Whether joints are moved as UDP moves them, and positions are counted from the middle of the first pixel. Otherwise they
  /// are moved a quarter of a pixel, and positions are counted from its corner.
  var isUnbiased = false

  /// A joint of a person, in pixels of the maps; its height is 0 where nothing was found.
  struct Joint: Sendable, Hashable {
    var x: Float = 0
    var y: Float = 0
    var height: Float = 0
    var tag: [Float] = []
  }

  /// A person's joints, and the mean of their heights before missing ones were looked for.
  struct Person: Sendable, Hashable {
    var joints: [Joint]
    var score: Float
  }

  /// - Parameters:
  ///   - heatmaps: one a joint.
  ///   - tags: maps of the same size, one a joint for each dimension of a tag.
  ///   - adjusts: whether peaks are moved between pixels.
  ///   - refines: whether joints are looked for that a person was not given.
  func people(
    in heatmaps: Heatmaps, _ tags: [Heatmaps], adjusts: Bool = true, refines: Bool = true
  ) -> [Person] {
    var people = grouped((0..<heatmaps.joints).map { candidates(of: $0, in: heatmaps, tags) })
    if adjusts { people = people.map { adjusted($0, heatmaps) } }
    return people.map { joints in
      let score = joints.reduce(0) { $0 + $1.height } / Float(max(joints.count, 1))
      return Person(joints: refines ? completed(joints, heatmaps, tags) : joints, score: score)
    }
  }

  /// The highest peaks of a map, highest first.
  func candidates(of joint: Int, in heatmaps: Heatmaps, _ tags: [Heatmaps]) -> [Joint] {
    let (height, width) = (heatmaps.height, heatmaps.width)
    let start = joint * height * width
    return heatmaps.values.withUnsafeBufferPointer { values in
      func isHighest(_ x: Int, _ y: Int, _ value: Float) -> Bool {
        let reach = window / 2
        for row in max(y - reach, 0)...min(y + reach, height - 1) {
          for column in max(x - reach, 0)...min(x + reach, width - 1)
          where values[start + row * width + column] > value { return false }
        }
        return true
      }
      var found: [(value: Float, index: Int)] = []
      for y in 0..<height {
        for x in 0..<width {
          let value = values[start + y * width + x]
          if value > threshold, isHighest(x, y, value) { found.append((value, y * width + x)) }
        }
      }
      found.sort { $0.value != $1.value ? $0.value > $1.value : $0.index < $1.index }
      return found.prefix(limit).map { value, index in
        Joint(
          x: Float(index % width), y: Float(index / width), height: value,
          tag: tags.map { $0.values[start + index] })
      }
    }
  }

  private func grouped(_ candidates: [[Joint]]) -> [[Joint]] {
    var people: [(joints: [Joint], tags: [[Float]])] = []
    let rest = candidates.indices.filter { !order.contains($0) }
    let none = Joint(tag: candidates.first { !$0.isEmpty }?[0].tag.map { _ in 0 } ?? [])
    for joint in order.filter(candidates.indices.contains) + rest {
      let own = candidates[joint]
      if own.isEmpty { continue }
      func give(_ one: Joint, to person: Int?) {
        if let person {
          people[person].joints[joint] = one
          people[person].tags.append(one.tag)
        } else if let same = people.firstIndex(where: { $0.tags[0].first == one.tag.first }) {
          // The published code knows a person by the first number of the tag that came first.
          people[same].joints[joint] = one
          people[same].tags = [one.tag]
        } else {
          var joints = [Joint](repeating: none, count: candidates.count)
          joints[joint] = one
          people.append((joints, [one.tag]))
        }
      }
      if people.isEmpty {
        for one in own { give(one, to: nil) }
        continue
      }
      let means = (limitsPeople ? people.prefix(limit) : people[...]).map { mean(of: $0.tags) }
      // In double precision, as published: heights decide between distances in the hundreds.
      let distances = own.map { one in means.map { distance(one.tag.map(Double.init), $0.map(Double.init)) } }
      // Columns beyond the people stand for new ones, at a price that nothing reaches.
      let costs = zip(own, distances).map { one, distances in
        distances.map { usesHeights ? $0.rounded(.toNearestOrEven) * 100 - Double(one.height) : $0 }
          + [Double](repeating: 1e10, count: max(own.count - means.count, 0))
      }
      for (row, column) in leastCostAssignment(costs).enumerated() {
        let fits = column < means.count && distances[row][column] < Double(tagThreshold)
        give(own[row], to: fits ? column : nil)
      }
    }
    return (limitsPeople ? people.prefix(limit) : people[...]).map(\.joints)
  }

  private func mean(of tags: [[Float]]) -> [Float] {
    let count = Float(tags.count)
    return (tags.first ?? []).indices.map { axis in tags.reduce(0) { $0 + $1[axis] } / count }
  }

  private func distance<Number: FloatingPoint>(_ a: [Number], _ b: [Number]) -> Number {
    zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
  }

  private func adjusted(_ joints: [Joint], _ heatmaps: Heatmaps) -> [Joint] {
    if isUnbiased {
      // As published, joints that were not found are moved as well.
      let refinement = UnbiasedRefinement(heatmaps, kernel: 3)
      return joints.enumerated().map { index, joint in
        let peak = refinement(index, Peak(x: joint.x, y: joint.y, value: joint.height))
        return Joint(x: peak.x, y: peak.y, height: joint.height, tag: joint.tag)
      }
    }
    return joints.enumerated().map { index, joint in
      guard joint.height > 0 else { return joint }
      var joint = joint
      let (x, y) = (Int(joint.x), Int(joint.y))
      joint.x += heatmaps.quarter(index, x, y, dx: 1, dy: 0) + 0.5
      joint.y += heatmaps.quarter(index, x, y, dx: 0, dy: 1) + 0.5
      return joint
    }
  }

  /// Looks for the joints that a person was not given: where the heatmap is high and the tag near.
  private func completed(_ joints: [Joint], _ heatmaps: Heatmaps, _ tags: [Heatmaps]) -> [Joint] {
    let (height, width) = (heatmaps.height, heatmaps.width)
    let area = height * width
    let known = joints.enumerated().filter { $0.element.height > 0 }.map { index, joint in
      let x = Int(min(max(joint.x, 0), Float(width - 1)))
      let y = Int(min(max(joint.y, 0), Float(height - 1)))
      return tags.map { $0.values[index * area + y * width + x] }
    }
    if known.isEmpty { return joints }
    let own = mean(of: known)
    return joints.enumerated().map { index, joint in
      guard joint.height == 0 else { return joint }
      var (best, most) = (0, -Float.infinity)
      for place in 0..<area {
        let far = distance(tags.map { $0.values[index * area + place] }, own).rounded(.toNearestOrEven)
        let value = heatmaps.values[index * area + place] - far
        if value > most { (best, most) = (place, value) }
      }
      let found = heatmaps.values[index * area + best]
      guard found > 0 else { return joint }
      let (x, y) = (best % width, best / width)
      var result = joint
      (result.x, result.y, result.height) = (Float(x), Float(y), found)
      let corner: Float = isUnbiased ? 0 : 0.5
      result.x += corner + heatmaps.quarter(index, x, y, dx: 1, dy: 0)
      result.y += corner + heatmaps.quarter(index, x, y, dx: 0, dy: 1)
      return result
    }
  }
}

extension Heatmaps {
  /// A quarter of a pixel towards the higher neighbour along an axis; back where both are alike.
  fileprivate func quarter(_ map: Int, _ x: Int, _ y: Int, dx: Int, dy: Int) -> Float {
    func value(_ x: Int, _ y: Int) -> Float {
      values[(map * height + min(max(y, 0), height - 1)) * width + min(max(x, 0), width - 1)]
    }
    return value(x + dx, y + dy) > value(x - dx, y - dy) ? 0.25 : -0.25
  }
}
