import PoseCore
import PoseGraph

/// A 3x3 convolution that reads the features where offsets say, for each place and each of its nine taps (Dai et al., ICCV
/// 2017), and weighs what it reads where there is a mask (Zhu et al., CVPR 2019).
///
/// Follows `DeformConv2d` of torchvision and MMCV, and `DCNv2`: between pixels it reads bilinearly, and zeros outside.
struct DeformableConvolution {
  /// How far a tap of the regular convolution is from the middle, in rows and in columns.
  static let taps: [(row: Int, column: Int)] = (-1...1).flatMap { row in (-1...1).map { (row, $0) } }

  /// - Parameters:
  ///   - x: `N x C x H x W`.
  ///   - weights: `O x C x 3 x 3`.
  ///   - rows: how far down each tap's sample is from the regular one, `N x 9 x H x W` in pixels.
  ///   - columns: how far to the right.
  ///   - mask: factors on the samples, `N x 9 x H x W`.
  /// - Returns: `N x O x H x W`.
  func callAsFunction(
    _ x: Value, weights: Value, rows: Value, columns: Value, mask: Value? = nil, in scope: Scope
  ) -> Value {
    let (channels, size) = (x.channels, x.size)
    let (places, taps, outputs) = (size.height * size.width, Self.taps.count, weights.extent(0))
    func positions(_ steps: Value, _ extent: Int, _ regular: [Float]) -> Value {
      let pixels = steps.named(scope).reshaped(to: [1, 1, taps * places])
      // Numbers that float32 has exactly, so that gradients in double precision are exact as well.
      return (pixels + scope.constant(regular, shape: [1, 1, taps * places])) / (Float(extent) / 2) - 1
    }
    let regular = Self.positions(size)
    let positions = scope.concat([
      positions(columns, size.width, regular.columns), positions(rows, size.height, regular.rows),
    ]).transposed([0, 2, 1]).reshaped(to: [1, taps * size.height, size.width, 2])
    var samples = x.named(scope).sampled(at: positions, alignCorners: false)
    if let mask {
      samples =
        samples.reshaped(to: [1, channels, taps, places]) * mask.reshaped(to: [1, 1, taps, places])
    }
    return weights.named(scope).reshaped(to: [1, outputs, channels * taps])
      .matmul(samples.reshaped(to: [1, channels * taps, places]))
      .reshaped(to: [1, outputs, size.height, size.width])
  }

  /// Where the regular convolution reads, tap by tap, in pixels from the corner of the first one.
  private static func positions(_ size: Size) -> (rows: [Float], columns: [Float]) {
    func line(_ extent: Int, _ step: Int) -> [Float] { (0..<extent).map { Float($0 + step) + 0.5 } }
    let rows = taps.flatMap { tap in
      line(size.height, tap.row).flatMap { Array(repeating: $0, count: size.width) }
    }
    let columns = taps.flatMap { tap in
      let line = line(size.width, tap.column)
      return (0..<size.height).flatMap { _ in line }
    }
    return (rows, columns)
  }
}
