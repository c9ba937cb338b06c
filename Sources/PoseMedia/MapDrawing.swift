import PoseCore
import PoseImage

/// Maps of values in 0...1 to be drawn over a picture: `colors.count x height x width` floats.
public struct MapOverlay: Sendable {
  public var values: [Float]
  public var width: Int
  public var height: Int
  /// One color for each map.
  public var colors: [Color]

  /// Creates an overlay.
  public init(values: [Float], width: Int, height: Int, colors: [Color]) {
    self.values = values
    self.width = width
    self.height = height
    self.colors = colors
  }
}

extension Image {
  /// A darkened copy that is lit in a map's color where the map's values are high.
  ///
  /// - Precondition: The maps have pixels, and there are `colors.count * width * height` values.
  public func drawing(_ overlay: MapOverlay) -> Image {
    let (columns, rows) = (overlay.width, overlay.height)
    precondition(columns > 0 && rows > 0, "maps must have pixels, but are \(columns) x \(rows)")
    precondition(
      overlay.values.count / columns / rows >= overlay.colors.count,
      "\(overlay.values.count) values are too few for \(overlay.colors.count) maps of \(columns) x \(rows)")
    let light = overlay.light
    var result = pixels
    for y in 0..<height {
      let v = min(max((Float(y) + 0.5) * Float(rows) / Float(height) - 0.5, 0), Float(rows - 1))
      for x in 0..<width {
        let u = min(max((Float(x) + 0.5) * Float(columns) / Float(width) - 0.5, 0), Float(columns - 1))
        let (left, top) = (Int(u), Int(v))
        let (right, bottom) = (min(left + 1, columns - 1), min(top + 1, rows - 1))
        let (fx, fy) = (u - Float(left), v - Float(top))
        let above = light[top * columns + left] * (1 - fx) + light[top * columns + right] * fx
        let below = light[bottom * columns + left] * (1 - fx) + light[bottom * columns + right] * fx
        let shine = above * (1 - fy) + below * fy
        for channel in 0..<3 {
          let index = (y * width + x) * 3 + channel
          result[index] = UInt8(min(max(Float(pixels[index]) * 0.4 + 255 * shine[channel], 0), 255))
        }
      }
    }
    do {
      return try Image(width: width, height: height, pixels: result)
    } catch {
      preconditionFailure("a picture of the same size is refused: \(error)")
    }
  }
}

extension MapOverlay {
  /// The red, green and blue light at each position of the maps.
  fileprivate var light: [SIMD3<Float>] {
    let area = width * height
    var light = Array(repeating: SIMD3<Float>(repeating: 0), count: area)
    for (map, color) in colors.enumerated() {
      let color = SIMD3(Float(color.red), Float(color.green), Float(color.blue))
      for index in 0..<area {
        let value = values[map * area + index]
        guard value > 0, value <= 1 else { continue }
        light[index] = pointwiseMax(light[index], color * value)
      }
    }
    return light
  }
}
