import Dispatch
import PoseCore
import PoseGraph

/// What the places of a batch are to give.
struct AssignedBatch {
  /// Of the places that are to find an object, their numbers over the whole batch.
  var places: [Int64] = []
  /// The sides of those objects, four numbers each.
  var boxes: [Float] = []
  /// How far each of those places' boxes overlaps its object's.
  var overlaps: [Float] = []
  /// What each score is to be: `N x places x classes`.
  var goals: [Float]
  /// How much each place's scores count, `N x places`; nil where all count.
  var weights: [Float]?

  /// Assigns the objects of each picture to its places, pictures side by side.
  ///
  /// - Parameters:
  ///   - rows: `N x boxes x 5`, as ``BoxRow`` says.
  ///   - logits: `N x places x classes`.
  ///   - distances: `N x places x 4`.
  init(
    _ rows: [Float], count: Int, _ assignment: SoftLabelAssignment, at places: DetectionPlaces, logits: [Float],
    distances: [Float]
  ) {
    let perPicture = places.all.count
    let classes = logits.count / max(count * perPicture, 1)
    goals = [Float](repeating: 0, count: logits.count)
    let labels = (0..<count).map {
      PictureLabels(rows[$0 * rows.count / count..<($0 + 1) * rows.count / count], classes)
    }
    var matches = [[SoftLabelAssignment.Match]](repeating: [], count: count)
    logits.withUnsafeBufferPointer { logits in
      distances.withUnsafeBufferPointer { distances in
        matches.withUnsafeMutableBufferPointer { matches in
          // Each iteration has a picture and an element of its own.
          nonisolated(unsafe) let (logits, distances, matches) = (logits, distances, matches)
          DispatchQueue.concurrentPerform(iterations: count) { picture in
            let own = picture * perPicture..<(picture + 1) * perPicture
            matches[picture] = assignment(
              labels[picture].objects, at: places,
              logits: UnsafeBufferPointer(rebasing: logits[own.lowerBound * classes..<own.upperBound * classes]),
              distances: UnsafeBufferPointer(rebasing: distances[own.lowerBound * 4..<own.upperBound * 4]))
          }
        }
      }
    }
    for picture in 0..<count {
      let first = picture * perPicture
      let objects = labels[picture].objects
      for match in matches[picture] {
        let (place, object) = (first + match.place, objects[match.object])
        self.places.append(Int64(place))
        boxes += (0..<4).map { object.sides[$0] }
        overlaps.append(match.overlap)
        goals[place * classes + object.label] = match.overlap
      }
      if labels[picture].ignored.isEmpty { continue }
      var weights = self.weights ?? [Float](repeating: 1, count: count * perPicture)
      let found = Set(matches[picture].map(\.place))
      for (index, place) in places.all.enumerated()
      where !found.contains(index) && labels[picture].ignored.contains(where: place.isInside) {
        weights[first + index] = 0
      }
      self.weights = weights
    }
  }
}

/// The labels of one picture.
private struct PictureLabels: Sendable {
  var objects: [SoftLabelAssignment.Object] = []
  /// The sides of areas of which nothing is known.
  var ignored: [SIMD4<Float>] = []

  init(_ rows: ArraySlice<Float>, _ classes: Int) {
    for start in stride(from: rows.startIndex, to: rows.endIndex - BoxRow.count + 1, by: BoxRow.count) {
      let sides = SIMD4(rows[start], rows[start + 1], rows[start + 2], rows[start + 3])
      switch rows[start + 4] {
      case BoxRow.ignored: ignored.append(sides)
      case let label where label >= 0 && label < Float(classes): objects.append(.init(sides: sides, label: Int(label)))
      default: break
      }
    }
  }
}
