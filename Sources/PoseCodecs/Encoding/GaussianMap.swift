import PoseCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension TargetMap {
  /// Writes a Gaussian as a column's factor times a row's, which takes as many exponentials as columns and rows.
  func writeGaussian(around center: Point, sigma: Double, columns: Range<Int>, rows: Range<Int>) {
    func factor(_ distance: Double) -> Float { Float(exp(-distance * distance / (2 * sigma * sigma))) }
    withUnsafeTemporaryAllocation(of: Float.self, capacity: columns.count) { factors in
      for (index, column) in columns.enumerated() {
        factors.initializeElement(at: index, to: factor(Double(column) - center.x))
      }
      for row in rows {
        let rowFactor = factor(Double(row) - center.y)
        let start = row * width + columns.lowerBound
        for index in 0..<columns.count { values[start + index] = rowFactor * factors[index] }
      }
    }
  }
}
