import CPoseKernels
import PoseGraph

/// How the members of a team share out large planes: by bands of rows, the same ones at every resolution. So a member
/// reads what it made itself, but for a row beside its bands, and little travels between the processors' caches.
struct Bands: Sendable {
  /// The bands of each plane.
  static let count = 8
  /// Floats of a plane that is worth it: the rows of smaller ones share cache lines.
  static let leastSize = 768

  /// By value that a unit makes for itself: how many rows beside its bands a member makes too, because it reads them.
  fileprivate(set) var margins: [Graph.ValueID: Margin] = [:]

  struct Margin: Sendable, Hashable {
    var above = 0
    var below = 0
  }

  /// The bands of one of `parts` members; nil where they cannot be shared out evenly.
  @inline(__always)
  static func share(_ part: Int, _ parts: Int) -> Range<Int>? {
    parts > 1 && count % parts == 0 ? count / parts * part..<count / parts * (part + 1) : nil
  }

  /// Whether planes of a shape are shared out by rows.
  static func cuts(_ shape: [Int]) -> Bool {
    shape.count == 4 && shape[2] % count == 0 && shape[2] * shape[3] >= leastSize
  }
}

/// Which rows of a plane belong to some of its bands.
struct BandRows: Sendable {
  /// Rows of the plane, and of a band; 0 where all rows belong to any bands.
  let height: Int
  let band: Int
  let margin: Bands.Margin

  /// Whether they are the rows of the bands and no more.
  var isExact: Bool { band == 0 || margin == Bands.Margin() }

  @inline(__always)
  func callAsFunction(_ bands: Range<Int>) -> Range<Int> {
    max(bands.lowerBound * band - margin.above, 0)..<min(bands.upperBound * band + margin.below, height)
  }
}

extension Program {
  /// The bands of a unit's planes; nil where some step does not take them.
  func bands(of unit: Schedule.Unit, _ reads: Reads) -> Bands? {
    guard case .planes = unit.kind else { return nil }
    let shapes = unit.steps.flatMap { steps[$0].inputs + [steps[$0].output] }.map { self.shapes[$0] }
    guard shapes.contains(where: Bands.cuts) else { return nil }
    var bands = Bands()
    for group in joined(unit).reversed() {
      let margins = group.map { bands.margins[steps[$0].output] ?? Bands.Margin() }
      // One kernel makes the same rows of all its results.
      guard margins.allSatisfy({ $0 == margins[0] }) || steps[group[0]].isJoinedSum else { return nil }
      for (index, margin) in zip(group, margins).reversed() {
        guard let read = rows(readBy: steps[index], for: margin) else { return nil }
        let output = steps[index].output
        if !isMean(steps[index]) {
          guard self.shapes[output][2] % Bands.count == 0 else { return nil }
        } else if !reads.isLater(output, than: unit) {
          return nil
        }
        if margin != Bands.Margin(), !reads.isPrivate(output, to: unit) { return nil }
        for (input, margin) in zip(steps[index].inputs, read) {
          bands.margins[input, default: margin].above = max(bands.margins[input]?.above ?? 0, margin.above)
          bands.margins[input, default: margin].below = max(bands.margins[input]?.below ?? 0, margin.below)
        }
      }
    }
    return bands
  }

  /// What a step that makes bands with a margin reads of its operands beside the bands; nil where it does not take bands.
  private func rows(readBy step: Step, for margin: Bands.Margin) -> [Bands.Margin]? {
    let (input, output) = (shapes[step.inputs[0]], shapes[step.output])
    guard input.count == 4, input[2] % Bands.count == 0 else { return nil }
    switch step.operation {
    case .convolution(let convolution):
      guard convolution.kernel == 3, convolution.padding == 1, convolution.dilation == 1 else { return nil }
      if convolution.stride == 1 { return [.init(above: margin.above + 1, below: margin.below + 1)] }
      guard convolution.stride == 2, input[2] == 2 * output[2] else { return nil }
      return [.init(above: 2 * margin.above + 1, below: 2 * margin.below)]
    case .batchNorm, .unary, .scalar: return [margin]
    case .binary:
      var read: [Bands.Margin] = []
      for value in step.inputs {
        let shape = shapes[value]
        let factor = output[2] / max(shape[2], 1)
        if shape[2] == 1 {
          read.append(.init())
        } else {
          // Pieces of rows must be as regular as the whole.
          guard factor.nonzeroBitCount == 1, (output[3] / max(shape[3], 1)).nonzeroBitCount == 1 else { return nil }
          read.append(.init(above: (margin.above + factor - 1) / factor, below: (margin.below + factor - 1) / factor))
        }
      }
      return read
    case .adaptiveAveragePool(let height, let width):
      if isMean(step) { return step.activation == nil ? [margin] : nil }
      guard height > 0, width > 0, input[2] % height == 0, input[3] % width == 0 else { return nil }
      let factor = input[2] / height
      return [.init(above: factor * margin.above, below: factor * margin.below)]
    case .resize:
      // Rows between which a row of the output lies.
      let read = { (rows: Int) in (rows * input[2] + output[2] - 1) / output[2] + 1 }
      return [.init(above: read(margin.above), below: read(margin.below))]
    default: return nil
    }
  }

  /// The steps of a unit that make means of bands.
  func means(of unit: Schedule.Unit) -> [Int] { unit.bands == nil ? [] : unit.steps.filter { isMean(steps[$0]) } }

  /// Whether a step makes one number of each plane, which members that have bands of it make together.
  func isMean(_ step: Step) -> Bool { step.operation == .adaptiveAveragePool(height: 1, width: 1) }
}

/// Who reads each value.
struct Reads: Sendable {
  /// By root: the steps that read it.
  let readers: [[Int]]
  /// By root: whether it is read as a part of another value.
  let isViewed: [Bool]

  init(_ program: Program, _ views: Views, _ schedule: Schedule) {
    var readers: [[Int]] = Array(repeating: [], count: program.shapes.count)
    var isViewed = Array(repeating: false, count: program.shapes.count)
    let working = schedule.levelOfStep
    for (index, step) in program.steps.enumerated() where working[index] != nil {
      for input in step.inputs {
        for root in Set(views.planes[input].map(\.root)) {
          readers[root].append(index)
          if root != input { isViewed[root] = true }
        }
      }
    }
    for port in program.outputs { for plane in views.planes[port.value] { isViewed[plane.root] = true } }
    (self.readers, self.isViewed) = (readers, isViewed)
  }

  /// Whether only a unit's own steps read a value.
  func isPrivate(_ value: Graph.ValueID, to unit: Schedule.Unit) -> Bool {
    !isViewed[value] && !readers[value].isEmpty && Set(unit.steps).isSuperset(of: readers[value])
  }

  /// Whether only other units' steps read a value.
  func isLater(_ value: Graph.ValueID, than unit: Schedule.Unit) -> Bool {
    !isViewed[value] && Set(unit.steps).isDisjoint(with: readers[value])
  }
}

/// Cuts rows into pieces of which each is whole rows of planes that are smaller by `factor`, or lies in one.
@inline(__always)
func forPieces(_ rows: Range<Int>, of factor: Int, height: Int, _ body: (Range<Int>) -> Void) {
  var first = rows.lowerBound
  while first < rows.upperBound {
    var end = rows.upperBound
    if factor > 1, factor < height {
      let whole = end / factor * factor
      end = first % factor == 0 && whole > first ? whole : min(first + 1, end)
    }
    body(first..<end)
    first = end
  }
}

/// As above, of the rows of one range and of another that overlaps it: each piece lies within both or outside of one.
@inline(__always)
func forPieces(_ a: Range<Int>, _ b: Range<Int>, of factor: Int, height: Int, _ body: (Range<Int>) -> Void) {
  let (first, end) = (max(a.lowerBound, b.lowerBound), min(a.upperBound, b.upperBound))
  forPieces(min(a.lowerBound, b.lowerBound)..<first, of: factor, height: height, body)
  forPieces(first..<end, of: factor, height: height, body)
  forPieces(end..<max(a.upperBound, b.upperBound), of: factor, height: height, body)
}
