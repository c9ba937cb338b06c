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
  ///   - offsets: how far each tap's sample is from the regular one, `N x 18 x H x W` in pixels, rows and columns
  ///     alternating.
  ///   - mask: factors on the samples, `N x 9 x H x W`.
  /// - Returns: `N x O x H x W`.
  func callAsFunction(
    _ x: Value, weights: Value, offsets: Value, mask: Value? = nil, in scope: Scope
  ) -> Value {
    let (channels, size) = (x.channels, x.size)
    let (places, taps, outputs) = (size.height * size.width, Self.taps.count, weights.extent(0))
    let steps = offsets.named(scope).reshaped(to: [1, taps, 2, places]).gathered(axis: 2, indices: [1, 0])
      .transposed([0, 1, 3, 2])
    let scale = scope.constant([2 / Float(size.width), 2 / Float(size.height)], shape: [2])
    let regular = scope.constant(Self.positions(size), shape: [1, taps, places, 2])
    let positions = (steps * scale + regular).reshaped(to: [1, taps * size.height, size.width, 2])
    var samples = x.named(scope).sampled(at: positions, alignCorners: false)
    if let mask {
      samples =
        samples.reshaped(to: [1, channels, taps, places]) * mask.reshaped(to: [1, 1, taps, places])
    }
    return weights.named(scope).reshaped(to: [1, outputs, channels * taps])
      .matmul(samples.reshaped(to: [1, channels * taps, places]))
      .reshaped(to: [1, outputs, size.height, size.width])
  }

  /// Where the regular convolution reads, tap by tap, columns and rows alternating, in -1...1 over the picture.
  private static func positions(_ size: Size) -> [Float] {
    func inPicture(_ index: Int, _ extent: Int) -> Float { Float(2 * index + 1) / Float(extent) - 1 }
    return taps.flatMap { tap in
      (0..<size.height).flatMap { row in
        (0..<size.width).flatMap { column in
          [inPicture(column + tap.column, size.width), inPicture(row + tap.row, size.height)]
        }
      }
    }
  }
}
