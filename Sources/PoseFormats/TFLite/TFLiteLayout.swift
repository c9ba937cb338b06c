import PoseCore
import PoseGraph

/// A value of the graph as the file has it: a tensor, and the order in which the value's axes lie there.
///
/// The rule of all layouts: each value knows the order of its axes in the file, and an operator asks for the order that it
/// needs. Convolutions, pools and resizes take and make `N x H x W x C`; functions of single numbers keep any order; an
/// operator of several values takes the order of the first of full rank; softmax, linear layers and layer norms have their
/// axis last; matrix products have the graph's order. A transpose of the graph moves nothing, for it only renames axes, and a
/// reshape moves something only where it splits or joins axes that do not lie side by side. So a tensor is transposed only
/// where the next operator needs another order.
struct TFLiteValue: Hashable {
  /// The index of the tensor, whose own shape may be another one of as many numbers: then a reshape is still to be written.
  var tensor: Int
  /// The extents in the file's order.
  var shape: [Int]
  /// The graph's axis at each axis of the file.
  var order: [Int]

  /// The file's axis of an axis of the graph.
  func axis(_ axis: Int) -> Int { order.firstIndex(of: axis) ?? axis }

  /// Whether an order of axes gives the numbers in the same sequence, for only axes of extent 1 lie elsewhere.
  func isSameSequence(in order: [Int]) -> Bool {
    func moving(_ axes: [Int]) -> [Int] { axes.filter { shape[axis($0)] != 1 } }
    return moving(self.order) == moving(order)
  }
}

enum TFLiteLayout {
  /// The order of pictures and maps: channels last.
  static let channelsLast = [0, 2, 3, 1]

  static func identity(_ rank: Int) -> [Int] { Array(0..<rank) }

  /// The order of a port: channels last for four axes, and the graph's order for others.
  static func port(_ rank: Int) -> [Int] { rank == 4 ? channelsLast : identity(rank) }

  /// The order in which one axis is the last and the others keep their sequence.
  static func order(_ order: [Int], last axis: Int) -> [Int] { order.filter { $0 != axis } + [axis] }

  /// Numbers of a shape in the graph's order, in another order of the axes.
  static func permuted(_ numbers: [Float], _ shape: [Int], _ order: [Int]) -> [Float] {
    if order == identity(shape.count) || numbers.isEmpty { return numbers }
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
    let (extents, steps) = (order.map { shape[$0] }, order.map { strides[$0] })
    var result: [Float] = []
    result.reserveCapacity(numbers.count)
    var place = [Int](repeating: 0, count: shape.count)
    var offset = 0
    for _ in numbers.indices {
      result.append(numbers[offset])
      var axis = place.count - 1
      while axis >= 0 {
        place[axis] += 1
        offset += steps[axis]
        if place[axis] < extents[axis] { break }
        offset -= place[axis] * steps[axis]
        place[axis] = 0
        axis -= 1
      }
    }
    return result
  }

  /// The axes of two shapes of as many numbers, in the least groups that have as many numbers in both.
  static func groups(_ old: [Int], _ new: [Int]) -> [(old: Range<Int>, new: Range<Int>)] {
    var groups: [(old: Range<Int>, new: Range<Int>)] = []
    var (i, j) = (0, 0)
    while i < old.count, j < new.count {
      let (first, second) = (i, j)
      var (a, b) = (old[i], new[j])
      (i, j) = (i + 1, j + 1)
      while a != b {
        if a < b, i < old.count {
          a *= old[i]
          i += 1
        } else if b < a, j < new.count {
          b *= new[j]
          j += 1
        } else {
          return [(0..<old.count, 0..<new.count)]
        }
      }
      groups.append((first..<i, second..<j))
    }
    // What is left in either shape are axes of extent 1.
    if let last = groups.popLast() {
      groups.append((last.old.lowerBound..<old.count, last.new.lowerBound..<new.count))
    } else {
      groups.append((0..<old.count, 0..<new.count))
    }
    return groups
  }
}
