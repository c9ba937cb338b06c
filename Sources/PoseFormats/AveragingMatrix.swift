/// The matrix of `bins x extent` that averages the bins of an axis as ``Operation/adaptiveAveragePool(height:width:)`` does, row
/// by row, for formats that have no such pooling.
func averagingMatrix(from extent: Int, to bins: Int) -> [Float] {
  (0..<bins).flatMap { bin in
    let range = bin * extent / bins..<((bin + 1) * extent + bins - 1) / bins
    return (0..<extent).map { range.contains($0) ? 1 / Float(range.count) : 0 }
  }
}
