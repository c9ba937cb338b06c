/// Which anchors of which cells are to find a person, as YOLOv5's description has it: those anchors whose sides are not too
/// unlike the box's, in the cell of the box's middle and in its two nearest neighbors.
struct AnchorMatching: Sendable {
  /// What a side of a box and one of an anchor must not exceed each other by.
  var greatestRatio: Float = 4

  /// A level of the network's outputs.
  struct Level: Sendable {
    var height: Int
    var width: Int
    /// Pixels of the input a cell.
    var stride: Float
    /// Widths and heights in pixels of the input.
    var anchors: [SIMD2<Float>]
  }

  /// An anchor of a cell, and whom it is to find.
  struct Match: Hashable {
    var picture: Int
    var anchor: Int
    var column: Int
    var row: Int
    /// The person's row over the whole batch.
    var person: Int
  }

  /// - Parameter people: of each picture, with the number of its first row over the whole batch.
  func matches(of people: [(first: Int, PicturePeople)], on level: Level) -> [Match] {
    people.enumerated().flatMap { picture, people in
      people.1.people.flatMap { person in
        let extent = SIMD2(person.sides[2] - person.sides[0], person.sides[3] - person.sides[1])
        let cells = cells(around: person.middleOfBox / level.stride, on: level)
        return level.anchors.indices.filter { isLike(extent, level.anchors[$0]) }.flatMap { anchor in
          cells.map {
            Match(picture: picture, anchor: anchor, column: $0.x, row: $0.y, person: people.first + person.row)
          }
        }
      }
    }
  }

  private func isLike(_ box: SIMD2<Float>, _ anchor: SIMD2<Float>) -> Bool {
    let ratio = box / anchor
    return max(ratio.max(), 1 / ratio.min()) < greatestRatio
  }

  /// The cell of a place, and those beside and above or below it that are nearest, as far as there are any.
  private func cells(around place: SIMD2<Float>, on level: Level) -> [SIMD2<Int>] {
    guard place.x >= 0, place.y >= 0, place.x < Float(level.width), place.y < Float(level.height) else { return [] }
    let cell = SIMD2(Int(place.x), Int(place.y))
    let nearest = SIMD2(
      place.x - Float(cell.x) < 0.5 ? cell.x - 1 : cell.x + 1, place.y - Float(cell.y) < 0.5 ? cell.y - 1 : cell.y + 1)
    return [cell, SIMD2(nearest.x, cell.y), SIMD2(cell.x, nearest.y)].filter {
      (0..<level.width).contains($0.x) && (0..<level.height).contains($0.y)
    }
  }
}
