import PoseCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// SimCC's labels (Li et al., ECCV 2022): which of the input's columns and rows, cut into finer bins, a joint lies in.
public struct SimCCTarget: Target {
  /// Bins for each pixel.
  package var splitRatio: Double
  /// The deviation of Gaussian labels in bins. 2 stands for RTMPose's, the root of an eighth of the input's side in
  /// hundredths: 4.9 along a side of 192 pixels, 5.66 for 256, 6 for 288 and 6.93 for 384.
  public var sigma: Double
  /// The form of the labels, which the loss decides rather than the codec.
  public var labels = Labels.gaussian()

  public enum Labels: Sendable, Hashable {
    /// A Gaussian around the joint; if normalized its sum is 1, else its peak.
    case gaussian(isNormalized: Bool = true)
    /// A one in the joint's bin; smoothed, a little less, and the rest over the other bins.
    case oneHot(smoothing: Double = 0)
    /// Laplace's density around the joint, which falls to 1/e every `scale` bins; its sum is 1.
    case laplace(scale: Double)
  }

  /// MMPose's defaults for a 256x192 input.
  public init(splitRatio: Double = 2, sigma: Double = 2, labels: Labels = .gaussian()) {
    (self.splitRatio, self.sigma, self.labels) = (splitRatio, sigma, labels)
  }

  public static let catalogue: [String: any Target] = ["simcc": SimCCTarget()]

  enum CodingKeys: String, CodingKey {
    case splitRatio = "split_ratio"
    case sigma
  }

  public func ports(for grid: TargetGrid) throws(TargetError) -> [TargetPort] {
    try TargetError.check(
      isSound, "SimCC needs 0.1 to 16 bins a pixel, deviations in 0.1...1024 and smoothing below 1")
    return [
      TargetPort(name: "x", shape: [grid.joints, bins(for: grid.input.width)]),
      TargetPort(name: "y", shape: [grid.joints, bins(for: grid.input.height)]),
    ]
  }

  public func encode(_ scene: LabelledScene, into memory: TargetMemory) {
    memory.encodeJoints(of: scene) { joint, label in
      label.isLabelled
        && write(
          label.position, columns: memory.row(joint), rows: memory.row(joint, of: 1),
          sigmaX: deviation(along: memory.grid.input.width), sigmaY: deviation(along: memory.grid.input.height))
    }
  }

  /// The product of rows and columns.
  public func maps(of target: EncodedTarget, on grid: TargetGrid) -> Heatmaps? {
    let (width, height) = (bins(for: grid.input.width), bins(for: grid.input.height))
    var values: [Float] = []
    values.reserveCapacity(grid.joints * width * height)
    for joint in 0..<grid.joints {
      let columns = target.values[0][joint * width..<(joint + 1) * width]
      for row in target.values[1][joint * height..<(joint + 1) * height] { values += columns.map { $0 * row } }
    }
    return try? Heatmaps(joints: grid.joints, height: height, width: width, values: values)
  }

  private func deviation(along side: Int) -> Double {
    sigma == 2 ? ((Double(side) / 8).squareRoot() * 100).rounded() / 100 : sigma
  }

  private var isSound: Bool {
    guard (0.1...16).contains(splitRatio), (0.1...1024).contains(sigma) else { return false }
    return switch labels {
    case .gaussian: true
    case .oneHot(let smoothing): smoothing >= 0 && smoothing < 1
    case .laplace(let scale): (0.1...1024).contains(scale)
    }
  }

  private func bins(for pixels: Int) -> Int { max(Int((Double(pixels) * splitRatio).rounded(.toNearestOrEven)), 1) }

  /// - Returns: whether the joint is learned.
  private func write(
    _ position: Point, columns: UnsafeMutableBufferPointer<Float>, rows: UnsafeMutableBufferPointer<Float>,
    sigmaX: Double, sigmaY: Double
  ) -> Bool {
    // The published code rounds to whole bins for Gaussians too.
    let x = (position.x * splitRatio).rounded(.toNearestOrEven)
    let y = (position.y * splitRatio).rounded(.toNearestOrEven)
    switch labels {
    case .gaussian(let isNormalized):
      func isNear(_ place: Double, _ sigma: Double, _ count: Int) -> Bool {
        place - 3 * sigma < Double(count) && place + 3 * sigma + 1 >= 0
      }
      guard isNear(x, sigmaX, columns.count), isNear(y, sigmaY, rows.count) else { return false }
      writeGaussian(around: x, sigma: sigmaX, isNormalized: isNormalized, to: columns)
      writeGaussian(around: y, sigma: sigmaY, isNormalized: isNormalized, to: rows)
    case .oneHot(let smoothing):
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
