import PoseCore

/// How 8-bit pixels become a network's numbers: `(pixel / divisor - mean) / deviation` for each channel.
public struct PixelEncoding: Sendable, Hashable {
  /// The order of the network's channels.
  public var order: ChannelOrder
  /// What pixels are divided by first: 255 for numbers in 0...1, 1 for pixels as they are.
  public var divisor: Float
  /// In the order of the network's channels, after the division.
  public var mean: SIMD3<Float>
  public var deviation: SIMD3<Float>

  public enum ChannelOrder: String, Sendable, Hashable, Codable, CaseIterable {
    case rgb, bgr
  }

  /// ImageNet's mean and deviation of red, green and blue by default.
  public init(
    order: ChannelOrder = .rgb, divisor: Float = 255, mean: SIMD3<Float> = SIMD3(0.485, 0.456, 0.406),
    deviation: SIMD3<Float> = SIMD3(0.229, 0.224, 0.225)
  ) {
    (self.order, self.divisor, self.mean, self.deviation) = (order, divisor, mean, deviation)
  }

  /// What a pixel's red (0), green (1) or blue (2) becomes.
  func callAsFunction(_ value: UInt8, ofColor color: Int) -> Float {
    let channel = plane(ofColor: color)
    return (Float(value) / divisor - mean[channel]) / deviation[channel]
  }

  /// The network's channel of red (0), green (1) or blue (2).
  func plane(ofColor color: Int) -> Int { order == .rgb ? color : 2 - color }
}
