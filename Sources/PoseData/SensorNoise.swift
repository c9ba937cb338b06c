/// The noise of a sensor that gets little light. At middle gray half of its variance is the sensor's own, the same at any
/// brightness, and half is the light's shot noise, whose variance grows with the brightness.
struct SensorNoise {
  /// At middle gray, of 255.
  let deviation: Double

  /// A pixel whose channels are equal keeps them so, as on a sensor without colors.
  ///
  /// - Parameter stream: one number of it decides about each value.
  func apply(to pixels: UnsafeMutableBufferPointer<UInt8>, from stream: inout RandomStream) {
    guard deviation > 0 else { return }
    // The sum of four uniform numbers is normal enough, up to 3.4 deviations, and quick to make.
    let sumDeviation = 65_536 / 3.0.squareRoot()
    let scales = (0..<256).map { Float(deviation * (0.5 + Double($0) / 255).squareRoot() / sumDeviation) }
    func changed(_ value: UInt8, _ bits: UInt64) -> UInt8 {
      let sum = (bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + (bits >> 48)
      let noise = Float(Int(sum) - 131_070) * scales[Int(value)]
      return UInt8(min(max(Float(value) + noise, 0), 255) + 0.5)
    }
    for index in stride(from: 0, to: pixels.count - 2, by: 3) {
      let (red, green, blue) = (pixels[index], pixels[index + 1], pixels[index + 2])
      let first = changed(red, stream.next())
      pixels[index] = first
      let isGray = red == green && green == blue
      pixels[index + 1] = isGray ? first : changed(green, stream.next())
      pixels[index + 2] = isGray ? first : changed(blue, stream.next())
    }
  }
}
