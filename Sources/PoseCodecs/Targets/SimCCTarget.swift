import PoseCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// SimCC's labels (Li et al., ECCV 2022): where a joint is among the input's columns and rows, cut into finer bins.
public struct SimCCTarget: Sendable, Hashable {
  /// Bins a pixel.
  public var splitRatio: Double
  public var shape: Shape

  public enum Shape: Sendable, Hashable {
    /// A Gaussian around the joint, of deviations in bins; normalised, its sum is 1.
    case gaussian(sigmaX: Double, sigmaY: Double, isNormalized: Bool)
    /// A one in the joint's bin; smoothed, a little less, and the rest over the other bins.
    case standard(smoothing: Double = 0)
    /// Laplace's density around the joint, which falls to 1/e every `scale` bins; its sum is 1.
    case laplace(scale: Double)
  }

  /// MMPose's defaults for a 256x192 input.
  public init(
    splitRatio: Double = 2, shape: Shape = .gaussian(sigmaX: 4.9, sigmaY: 5.66, isNormalized: true)
  ) {
    self.splitRatio = splitRatio
    self.shape = shape
  }

  var isSound: Bool {
    guard (0.1...16).contains(splitRatio) else { return false }
    return switch shape {
    case .gaussian(let x, let y, _): (0.1...1024).contains(x) && (0.1...1024).contains(y)
    case .standard(let smoothing): smoothing >= 0 && smoothing < 1
    case .laplace(let scale): (0.1...1024).contains(scale)
    }
  }

  func bins(for pixels: Int) -> Int { max(Int((Double(pixels) * splitRatio).rounded(.toNearestOrEven)), 1) }

  /// - Returns: whether the joint is to be learnt.
  func write(
    _ position: Point, columns: UnsafeMutableBufferPointer<Float>, rows: UnsafeMutableBufferPointer<Float>
  ) -> Bool {
    // The published code rounds to whole bins for Gaussians too.
    let x = (position.x * splitRatio).rounded(.toNearestOrEven)
    let y = (position.y * splitRatio).rounded(.toNearestOrEven)
    switch shape {
    case .gaussian(let sigmaX, let sigmaY, let isNormalized):
      func isNear(_ place: Double, _ sigma: Double, _ count: Int) -> Bool {
        place - 3 * sigma < Double(count) && place + 3 * sigma + 1 >= 0
      }
      guard isNear(x, sigmaX, columns.count), isNear(y, sigmaY, rows.count) else { return false }
      writeGaussian(around: x, sigma: sigmaX, isNormalized: isNormalized, to: columns)
      writeGaussian(around: y, sigma: sigmaY, isNormalized: isNormalized, to: rows)
    case .standard(let smoothing):
      guard isInside(x, columns), isInside(y, rows) else { return false }
      for (bins, hit) in [(columns, Int(x)), (rows, Int(y))] {
        if smoothing > 0 { bins.update(repeating: Float(smoothing / Double(max(bins.count - 1, 1)))) }
        bins[hit] = Float(1 - smoothing)
      }
    case .laplace(let scale):
      guard isInside(x, columns), isInside(y, rows) else { return false }
      writeLaplace(around: x, scale: scale, to: columns)
      writeLaplace(around: y, scale: scale, to: rows)
    }
    return true
  }

  private func isInside(_ place: Double, _ bins: UnsafeMutableBufferPointer<Float>) -> Bool {
    place >= 0 && place < Double(bins.count)
  }

  private func writeLaplace(around center: Double, scale: Double, to bins: UnsafeMutableBufferPointer<Float>) {
    func height(_ bin: Int) -> Double { exp(-abs(Double(bin) - center) / scale) }
    let sum = bins.indices.reduce(0) { $0 + height($1) }
    for bin in bins.indices { bins[bin] = Float(height(bin) / sum) }
  }

  private func writeGaussian(
    around center: Double, sigma: Double, isNormalized: Bool, to bins: UnsafeMutableBufferPointer<Float>
  ) {
    let top = isNormalized ? 1 / (sigma * (2 * Double.pi).squareRoot()) : 1
    // Beyond 14 deviations float32 has nothing left.
    let reach = 14.5 * sigma
    let first = min(max(Int((center - reach).rounded(.down)), 0), bins.count)
    let end = max(min(Int((center + reach).rounded(.up)) + 1, bins.count), first)
    for bin in first..<end {
      let distance = Double(bin) - center
      bins[bin] = Float(top * exp(-distance * distance / (2 * sigma * sigma)))
    }
  }
}
