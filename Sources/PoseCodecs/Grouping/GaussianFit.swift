#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A Gaussian of any height, place and deviation, fitted to samples by least squares (the method of Levenberg and Marquardt).
struct GaussianFit {
  struct Sample {
    var x: Double
    var y: Double
    var value: Double
  }

  /// Height, x, y and deviation.
  private(set) var parameters: SIMD4<Double>

  var x: Double { parameters[1] }
  var y: Double { parameters[2] }

  /// - Returns: nil where the fit does not converge.
  init?(_ samples: [Sample], height: Double, x: Double, y: Double, deviation: Double) {
    parameters = SIMD4(height, x, y, deviation)
    var (cost, damping) = (Self.cost(parameters, samples), 1e-3)
    for _ in 0..<60 {
      let (matrix, right) = Self.normalEquations(parameters, samples)
      var next: (parameters: SIMD4<Double>, cost: Double)?
      while next == nil {
        var damped = matrix
        for axis in 0..<4 { damped[axis][axis] *= 1 + damping }
        guard let step = Self.solution(of: damped, right) else { return nil }
        let moved = parameters + step
        let movedCost = Self.cost(moved, samples)
        if movedCost < cost {
          next = (moved, movedCost)
        } else if damping > 1e12 {
          // No step makes the fit any better.
          return
        } else {
          damping *= 10
        }
      }
      guard let next else { return }
      let isDone = cost - next.cost <= 1e-14 * cost
      (parameters, cost, damping) = (next.parameters, next.cost, max(damping / 10, 1e-12))
      if isDone { return }
    }
    return nil
  }

  /// A sample's shape, which the height multiplies.
  private static func shape(_ parameters: SIMD4<Double>, _ sample: Sample) -> Double {
    let (dx, dy) = (sample.x - parameters[1], sample.y - parameters[2])
    return exp(-(dx * dx + dy * dy) / (2 * parameters[3] * parameters[3]))
  }

  private static func cost(_ parameters: SIMD4<Double>, _ samples: [Sample]) -> Double {
    samples.reduce(0) { sum, sample in
      let rest = sample.value - parameters[0] * shape(parameters, sample)
      return sum + rest * rest
    }
  }

  private static func normalEquations(
    _ parameters: SIMD4<Double>, _ samples: [Sample]
  ) -> (matrix: [SIMD4<Double>], right: SIMD4<Double>) {
    let (height, deviation) = (parameters[0], parameters[3])
    var (matrix, right) = ([SIMD4<Double>](repeating: .zero, count: 4), SIMD4<Double>.zero)
    for sample in samples {
      let (dx, dy) = (sample.x - parameters[1], sample.y - parameters[2])
      let shape = shape(parameters, sample)
      let slope = height * shape / (deviation * deviation)
      let gradient = SIMD4(shape, slope * dx, slope * dy, slope * (dx * dx + dy * dy) / deviation)
      for axis in 0..<4 { matrix[axis] += gradient * gradient[axis] }
      right += gradient * (sample.value - height * shape)
    }
    return (matrix, right)
  }

  /// Solves four linear equations by elimination; nil where they have no single finite solution.
  private static func solution(of matrix: [SIMD4<Double>], _ right: SIMD4<Double>) -> SIMD4<Double>? {
    var (rows, right) = (matrix, right)
    for column in 0..<4 {
      let pivot = (column..<4).max { abs(rows[$0][column]) < abs(rows[$1][column]) } ?? column
      rows.swapAt(column, pivot)
      (right[column], right[pivot]) = (right[pivot], right[column])
      guard rows[column][column] != 0, rows[column][column].isFinite else { return nil }
      for row in column + 1..<max(column + 1, 4) {
        let factor = rows[row][column] / rows[column][column]
        rows[row] -= rows[column] * factor
        right[row] -= right[column] * factor
      }
    }
    var result = SIMD4<Double>.zero
    for row in (0..<4).reversed() { result[row] = (right[row] - (rows[row] * result).sum()) / rows[row][row] }
    return result.sum().isFinite ? result : nil
  }
}
