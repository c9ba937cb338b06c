/// Least squares that hold to a prior: factors once, solves for many right sides (Hoerl and Kennard, 1970).
struct RidgeSystem {
  private let size: Int
  private let penalty: Double
  /// The lower triangle of Cholesky's factor, row by row.
  private var factor: [Double]

  /// - Parameters:
  ///   - squares: the inputs' covariance, `size x size`.
  ///   - ridge: how much the prior counts, as a share of the inputs' mean variance.
  init(squares: [Float], size: Int, ridge: Double) {
    self.size = size
    let trace = (0..<size).reduce(0) { $0 + Double(squares[$1 * size + $1]) }
    penalty = ridge * trace / Double(max(size, 1)) + 1e-9
    factor = squares.map(Double.init)
    for index in 0..<size { factor[index * size + index] += penalty }
    for row in 0..<size {
      for column in 0...row {
        var sum = factor[row * size + column]
        for k in 0..<column { sum -= factor[row * size + k] * factor[column * size + k] }
        factor[row * size + column] =
          row == column ? max(sum, penalty * 1e-3).squareRoot() : sum / factor[column * size + column]
      }
    }
  }

  /// - Parameter products: the inputs' covariances with what should come out.
  func solve(_ products: [Float], prior: [Float]) -> [Float] {
    var x = zip(products, prior).map { Double($0) + penalty * Double($1) }
    for row in 0..<size {
      for k in 0..<row { x[row] -= factor[row * size + k] * x[k] }
      x[row] /= factor[row * size + row]
    }
    for row in (0..<size).reversed() {
      for k in row + 1..<size { x[row] -= factor[k * size + row] * x[k] }
      x[row] /= factor[row * size + row]
    }
    return x.map(Float.init)
  }
}
