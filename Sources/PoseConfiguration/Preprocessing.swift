import PoseImage

/// The `image` section: how the part of a picture in a box becomes the network's input.
public struct Preprocessing: Sendable, Hashable, Codable {
  /// Subtracted from red, green and blue in 0...1.
  public var mean: [Double]
  /// Divides what is left.
  public var std: [Double]
  public var warp: Warp
  /// The factor by which a box grows before it is cut out.
  public var padding: Double

  /// ImageNet's mean and deviation by default.
  public init(
    mean: [Double] = [0.485, 0.456, 0.406], std: [Double] = [0.229, 0.224, 0.225], warp: Warp = .standard,
    padding: Double = 1.25
  ) {
    self.mean = mean
    self.std = std
    self.warp = warp
    self.padding = padding
  }

  enum CodingKeys: String, CodingKey, CaseIterable { case mean, std, warp, padding }

  public init(from decoder: any Decoder) throws {
    let section = try Section<CodingKeys>(decoder)
    self.init()
    mean = try section.value(.mean, default: mean)
    std = try section.value(.std, default: std)
    warp = try section.choice(.warp, default: warp)
    padding = try section.value(.padding, default: padding)
    try section.check(
      .mean, mean.count == 3 && mean.allSatisfy { (0...1).contains($0) }, "needs three numbers in 0...1 for RGB")
    try section.check(
      .std, std.count == 3 && std.allSatisfy { (1e-3...1).contains($0) }, "needs three numbers in 0.001...1 for RGB")
    try section.check(.padding, (0.1...10).contains(padding), "needs a factor in 0.1...10, not \(padding)")
  }
}

extension Preprocessing {
  /// How pixels become the network's numbers.
  public var encoding: PixelEncoding {
    PixelEncoding(mean: SIMD3(channels: mean), deviation: SIMD3(channels: std))
  }
}

extension SIMD3<Float> {
  /// Three channels as configurations have them; the last value again for those that are missing.
  init(channels: [Double]) {
    self.init(repeating: Float(channels.last ?? 1))
    for (index, value) in channels.prefix(3).enumerated() { self[index] = Float(value) }
  }
}
