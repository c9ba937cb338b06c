import PoseCore
import PoseImage

/// The `image` section: how a picture, or the part of it in a box, becomes the network's input.
public struct Preprocessing: Sendable, Hashable, Codable {
  /// Which part of a picture the network sees, and how.
  public var geometry: Geometry
  /// The order of the channels.
  public var order: PixelEncoding.ChannelOrder
  /// The number that a pixel of full brightness becomes before ``mean`` and ``std``: 1, or 255.
  public var range: Double
  /// Subtracted from the channels, in their order.
  public var mean: [Double]
  /// Divides what is left.
  public var std: [Double]
  public var warp: Warp
  /// The factor by which a box grows before it is cut out.
  public var padding: Double
  /// What a letterbox's rest is filled with, in all colors.
  public var fill: Int
  /// What the sides of an input are multiples of that grows with the picture.
  public var multiple: Int

  /// Which part of a picture a network sees.
  public enum Geometry: String, Sendable, Hashable, Codable, CaseIterable {
    /// A person's box with room around it.
    case crop
    /// The whole picture at its own aspect, in the input's top left corner.
    case letterbox
    /// The whole picture at its own aspect, in the input's middle.
    case centered
    /// The whole picture at its own aspect, its shorter side as long as the input's, which grows to the other side.
    case shortSide = "short_side"
    /// The whole picture at its own aspect, in the middle of an input that grows until the picture covers both sides of the
    /// one that the configuration names.
    case expand
    /// The whole picture at its own aspect, its shorter side as long as the input's, resized to whole pixels and put into the
    /// middle of an input with some room to every side.
    case padded
    /// The whole picture, its sides stretched to the input's.
    case stretch
  }

  /// A person's box with ImageNet's mean and deviation by default.
  public init(
    geometry: Geometry = .crop, order: PixelEncoding.ChannelOrder = .rgb, range: Double = 1,
    mean: [Double] = [0.485, 0.456, 0.406], std: [Double] = [0.229, 0.224, 0.225], warp: Warp = .standard,
    padding: Double = 1.25, fill: Int = 114, multiple: Int = 64
  ) {
    (self.geometry, self.order, self.range, self.mean, self.std) = (geometry, order, range, mean, std)
    (self.warp, self.padding, self.fill, self.multiple) = (warp, padding, fill, multiple)
  }

  /// The whole picture at its own aspect, as networks see it that segment pictures; what it leaves is ImageNet's mean gray.
  static let wholePicture = Preprocessing(geometry: .letterbox, fill: 116)

  enum CodingKeys: String, CodingKey, CaseIterable {
    case geometry, order, range, mean, std, warp, padding, fill, multiple
  }

  public init(from decoder: any Decoder) throws {
    let section = try Section<CodingKeys>(decoder)
    self.init()
    geometry = try section.choice(.geometry, default: geometry)
    order = try section.choice(.order, default: order)
    range = try section.value(.range, default: range)
    mean = try section.value(.mean, default: mean)
    std = try section.value(.std, default: std)
    warp = try section.choice(.warp, default: warp)
    padding = try section.value(.padding, default: padding)
    fill = try section.value(.fill, default: fill)
    multiple = try section.value(.multiple, default: multiple)
    try section.check(.range, range == 1 || range == 255, "needs 1 or 255, not \(range)")
    let limit = range
    try section.check(
      .mean, mean.count == 3 && mean.allSatisfy { (0...limit).contains($0) },
      "needs three numbers in 0...\(Int(limit)), in the order of the channels")
    try section.check(
      .std, std.count == 3 && std.allSatisfy { (1e-3...limit).contains($0) },
      "needs three numbers in 0.001...\(Int(limit)), in the order of the channels")
    try section.check(.padding, (0.1...10).contains(padding), "needs a factor in 0.1...10, not \(padding)")
    try section.check(.fill, (0...255).contains(fill), "needs a brightness in 0...255, not \(fill)")
    try section.check(.multiple, (1...512).contains(multiple), "needs pixels in 1...512, not \(multiple)")
  }
}

extension Preprocessing {
  /// How pixels become the network's numbers.
  public var encoding: PixelEncoding {
    PixelEncoding(
      order: order, divisor: Float(255 / range), mean: SIMD3(channels: mean), deviation: SIMD3(channels: std))
  }

  /// How a region becomes the network's input.
  ///
  /// - Parameter input: the input that the configuration names.
  public func inputGeometry(for input: Size) -> InputGeometry {
    switch geometry {
    case .crop: .crop(padding: padding, warp: warp)
    case .letterbox: .letterbox(fill: UInt8(clamping: fill))
    case .centered: .centered(fill: UInt8(clamping: fill))
    case .stretch: .stretch
    case .shortSide: .shortSide(min(input.height, input.width), multipleOf: multiple, warp: warp)
    case .padded: .padded(multipleOf: multiple, fill: UInt8(clamping: fill))
    case .expand: .expanded(multipleOf: multiple, fill: UInt8(clamping: fill))
    }
  }
}

extension SIMD3<Float> {
  /// Three channels as configurations have them; the last value again for those that are missing.
  init(channels: [Double]) {
    self.init(repeating: Float(channels.last ?? 1))
    for (index, value) in channels.prefix(3).enumerated() { self[index] = Float(value) }
  }
}
