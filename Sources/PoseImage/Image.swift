import PoseCore

/// A picture in memory: 8-bit RGB, interleaved, rows from top to bottom without padding.
public struct Image: Sendable, Hashable {
  /// Pixels in a row.
  public let width: Int
  /// Rows.
  public let height: Int
  /// `height x width x 3` bytes in the order red, green, blue.
  public private(set) var pixels: [UInt8]

  /// Makes an image of raw RGB memory.
  ///
  /// - Throws: ``ImageError`` where the sides are not positive or do not match the count of `pixels`.
  public init(width: Int, height: Int, pixels: [UInt8]) throws(ImageError) {
    let (area, areaOverflow) = width.multipliedReportingOverflow(by: height)
    let (count, countOverflow) = area.multipliedReportingOverflow(by: 3)
    guard width > 0, height > 0, !areaOverflow, !countOverflow else {
      throw .invalidSize(width: width, height: height)
    }
    guard count == pixels.count else {
      throw .wrongByteCount(width: width, height: height, expected: count, actual: pixels.count)
    }
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// Lends the pixels for changes. They are copied only if another image shares them.
  package mutating func withMutablePixels<Result, Failure: Error>(
    _ body: (UnsafeMutableBufferPointer<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try pixels.withUnsafeMutableBufferPointer { (buffer) throws(Failure) in try body(buffer) }
  }
}

/// Why raw memory is no ``Image``.
public enum ImageError: UserError, Hashable {
  case invalidSize(width: Int, height: Int)
  case wrongByteCount(width: Int, height: Int, expected: Int, actual: Int)
  /// A pixel buffer of a form that is not read, by its code of four characters.
  case unknownPixelFormat(UInt32)
}

extension ImageError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .invalidSize(let width, let height):
      "an image of \(width) x \(height) pixels cannot be: both sides must be positive and the product must fit memory"
    case .wrongByteCount(let width, let height, let expected, let actual):
      "an RGB image of \(width) x \(height) pixels needs \(expected) bytes (3 a pixel), but \(actual) were given"
    case .unknownPixelFormat(let code):
      "pixels of the format \(String(code, radix: 16)) are not read: ask for kCVPixelFormatType_32BGRA"
    }
  }
}

extension BoundingBox {
  /// The box that covers a whole image.
  public init(of image: Image) {
    self.init(x: 0, y: 0, width: Double(image.width), height: Double(image.height))
  }
}
