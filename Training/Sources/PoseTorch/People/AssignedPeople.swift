import Foundation
import PoseCore

/// The people whom the places of a batch are to find.
struct AssignedPeople {
  /// Of the places that are to find someone, their numbers over the whole batch.
  var places: [Int] = []
  /// The rows of those people over the whole batch.
  var rows: [Int] = []
  /// The measure of each place and its person, as ``SimOTAAssignment`` has it.
  var overlaps: [Float] = []
  /// How much each place's score counts, `N x places`; nil where all count.
  var weights: [Float]?

  /// Assigns the people of each picture to its places.
  ///
  /// - Parameters:
  ///   - rows: `N x people x (6 + 3 joints)`, as ``PersonRow`` has them.
  ///   - hasObjectness: whether the other outputs are objectnesses, by which scores are multiplied.
  init(
    _ outputs: PlaceOutputs, _ rows: TorchTensor, _ assignment: SimOTAAssignment, _ similarity: KeypointSimilarity,
    hasObjectness: Bool
  ) throws(LibTorchError) {
    let (shape, count) = (rows.shape, outputs.places.all.count)
    let numbers = try rows.floats()
    let pictures = (0..<shape[0]).map { picture in
      PicturePeople(numbers[picture * shape[1] * shape[2]..<(picture + 1) * shape[1] * shape[2]], width: shape[2])
    }
    let candidates = pictures.map { assignment.candidates(for: $0.people, at: outputs.places) }
    let flat = try ATen.reshape(rows.to(like: outputs.scores), shape: [-1, shape[2]])
    let costs = try withoutGradients { () throws(LibTorchError) -> [Float] in
      var costs: [TorchTensor] = []
      for (picture, found) in candidates.enumerated() where !found.places.isEmpty {
        let placed = try outputs.rows(found.places.map { picture * count + $0 })
        let people = try TorchTensor(
          indices: pictures[picture].people.map { picture * shape[1] + $0.row }, device: rows.device)
        let all = try assignment.costs(
          of: placed, PersonTargets(ATen.index_select(flat, axis: 0, people)), similarity,
          objectness: hasObjectness ? placed.others : nil)
        costs.append(try ATen.reshape(all, shape: [-1]))
      }
      // One copy from the device is faster than one for each picture.
      return costs.isEmpty ? [] : try ATen.cat(costs, axis: 0).floats()
    }
    var start = 0
    for (picture, found) in candidates.enumerated() {
      let people = pictures[picture].people
      let end = start + 2 * found.places.count * people.count
      let matches = assignment.matches(costs[start..<end], among: found, people: people.count)
      start = end
      for match in matches {
        places.append(picture * count + match.place)
        self.rows.append(picture * shape[1] + people[match.person].row)
        overlaps.append(match.overlap)
      }
      ignore(pictures[picture].ignored, of: picture, in: outputs, but: Set(matches.map(\.place)))
    }
  }

  /// Leaves out places in areas of which nothing is known, but for those that are to find someone.
  private mutating func ignore(
    _ areas: [SIMD4<Float>], of picture: Int, in outputs: PlaceOutputs, but found: Set<Int>
  ) {
    if areas.isEmpty { return }
    let count = outputs.places.all.count
    var weights = self.weights ?? [Float](repeating: 1, count: outputs.pictures * count)
    for (index, place) in outputs.places.all.enumerated()
    where !found.contains(index) && areas.contains(where: place.isInside) {
      weights[picture * count + index] = 0
    }
    self.weights = weights
  }
}

extension AssignedPeople {
  /// One over the number of places that are to find someone, or over the mean of all processes'; 1 at most.
  func share(_ group: ProcessGroup?) throws(LibTorchError) -> Double {
    let count = Double(places.count)
    return 1 / max(try group?.mean(count) ?? count, 1)
  }

  /// What the scores of those places are to become: `places x 1`.
  func goals(power: Double, like other: TorchTensor) throws(LibTorchError) -> TorchTensor {
    try .numbers(overlaps.map { Float(pow(Double($0), power)) }, [overlaps.count, 1], like: other)
  }
}

/// The labels of one picture.
struct PicturePeople {
  struct Person {
    /// The person's row in the picture.
    var row: Int
    var sides: SIMD4<Float>
    var middleOfBox: SIMD2<Float>
    /// The mean of the labelled joints; the middle of the box where there are none.
    var middleOfJoints: SIMD2<Float>
  }

  var people: [Person] = []
  /// The sides of areas of which nothing is known.
  var ignored: [SIMD4<Float>] = []

  /// - Parameter width: how many numbers a row has.
  init(_ rows: ArraySlice<Float>, width: Int) {
    for (number, start) in stride(from: rows.startIndex, to: rows.endIndex, by: width).enumerated() {
      let row = Array(rows[start..<min(start + width, rows.endIndex)])
      if row.count < PersonRow.firstJoint { continue }
      let sides = SIMD4(row[0], row[1], row[2], row[3])
      switch row[PersonRow.label] {
      case PersonRow.ignored: ignored.append(sides)
      case PersonRow.person:
        let middle = SIMD2(sides[0] + sides[2], sides[1] + sides[3]) / 2
        people.append(
          Person(row: number, sides: sides, middleOfBox: middle, middleOfJoints: Self.middle(of: row) ?? middle))
      default: break
      }
    }
  }

  private static func middle(of row: [Float]) -> SIMD2<Float>? {
    var (sum, count) = (SIMD2<Float>(), Float(0))
    for joint in stride(from: PersonRow.firstJoint, to: row.count - 2, by: 3) where row[joint + 2] > 0 {
      sum += SIMD2(row[joint], row[joint + 1])
      count += 1
    }
    return count > 0 ? sum / count : nil
  }
}
