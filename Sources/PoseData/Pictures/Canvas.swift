import PoseCore

/// The pixels of an input.
final class Canvas {
  let size: Size
  let pixels: UnsafeMutableBufferPointer<UInt8>

  init(_ size: Size) {
    self.size = size
    pixels = .allocate(capacity: 3 * size.width * size.height)
    pixels.initialize(repeating: 0)
  }

  deinit { pixels.deallocate() }

  func fill(_ brightness: UInt8) { pixels.update(repeating: brightness) }

  /// Takes the mean with another one of the same size.
  func mix(with other: Canvas) {
    for index in pixels.indices { pixels[index] = UInt8((UInt16(pixels[index]) + UInt16(other.pixels[index])) / 2) }
  }
}
