import PoseCore
import PoseImage

extension Image {
  /// Both pictures side by side, this one on the left.
  ///
  /// - Precondition: The pictures have the same height.
  /// - Throws: `ImageError` if the picture would be larger than pictures can be.
  public func beside(_ other: Image) throws -> Image {
    precondition(other.height == height, "pictures beside each other must be equally high")
    var result: [UInt8] = []
    result.reserveCapacity(pixels.count + other.pixels.count)
    for y in 0..<height {
      result += pixels[y * width * 3..<(y + 1) * width * 3]
      result += other.pixels[y * other.width * 3..<(y + 1) * other.width * 3]
    }
    return try Image(width: width + other.width, height: height, pixels: result)
  }
}
