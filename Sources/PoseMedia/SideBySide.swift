import PoseCore
import PoseImage

extension Image {
  /// Both pictures, this one on the left; this one alone where their heights differ.
  package func beside(_ other: Image) throws -> Image {
    guard other.height == height else { return self }
    var result: [UInt8] = []
    result.reserveCapacity(pixels.count + other.pixels.count)
    for y in 0..<height {
      result += pixels[y * width * 3..<(y + 1) * width * 3]
      result += other.pixels[y * other.width * 3..<(y + 1) * other.width * 3]
    }
    return try Image(width: width + other.width, height: height, pixels: result)
  }
}
