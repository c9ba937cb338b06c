import PoseCore

/// Rows of all classes' scores, `classes x width` each.
struct ScoreRows {
  let classes: Int
  let width: Int
  /// The same row of each class, one after the other.
  private(set) var values: [Float]

  init(classes: Int, width: Int) {
    (self.classes, self.width, values) = (classes, width, Array(repeating: 0, count: classes * width))
  }

  /// Becomes a row between two rows of each class.
  ///
  /// - Parameters:
  ///   - above: where the first class's row begins in `planes`.
  ///   - below: where the first class's next row begins.
  ///   - stride: the distance of two classes' rows.
  ///   - share: the second row's weight.
  ///   - columns: of these rows.
  ///   - extent: the numbers of a row in `planes`.
  mutating func interpolate(
    _ above: UnsafePointer<Float>, _ below: UnsafePointer<Float>, stride: Int, share: Float, columns: LinearAxis,
    extent: Int
  ) {
    let (classes, width) = (classes, width)
    values.withUnsafeMutableBufferPointer { values in
      withUnsafeTemporaryAllocation(of: Float.self, capacity: max(extent, 1)) { between in
        guard let target = values.baseAddress, let row = between.baseAddress else { return }
        for label in 0..<classes {
          let (upper, lower) = (above + label * stride, below + label * stride)
          for x in 0..<extent { row[x] = upper[x] * (1 - share) + lower[x] * share }
          columns.sample(row, into: target + label * width)
        }
      }
    }
  }
}

/// The scores of all classes at the size of the network's input, computed row by row, so that the enlarged scores of a whole
/// picture are never in memory.
struct InputScores {
  private let logits: OutputTensor
  private let rows: LinearAxis
  private let columns: LinearAxis
  /// The rows that were computed last.
  private var known: [(index: Int, row: ScoreRows)] = []

  /// - Parameters:
  ///   - logits: `classes x height x width`.
  ///   - columns: of the input, those that are needed.
  init(_ logits: OutputTensor, rows: LinearAxis, columns: LinearAxis) {
    (self.logits, self.rows, self.columns) = (logits, rows, columns)
  }

  subscript(index: Int) -> ScoreRows {
    mutating get {
      if let row = known.first(where: { $0.index == index })?.row { return row }
      let (height, width) = (logits.shape[1], logits.shape[2])
      var row = ScoreRows(classes: logits.shape[0], width: columns.count)
      logits.values.withUnsafeBufferPointer { values in
        guard let start = values.baseAddress else { return }
        row.interpolate(
          start + rows.first[index] * width, start + rows.second[index] * width, stride: height * width,
          share: rows.weight[index], columns: columns, extent: width)
      }
      if known.count > 1 { known.removeFirst() }
      known.append((index, row))
      return row
    }
  }
}
