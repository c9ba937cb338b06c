/// Takes the colors away, and some of the contrast.
struct GrayLight {
  /// How much of the way to gray the colors go.
  let share: Double
  /// What differences from the mean are multiplied by.
  let contrast: Double

  func apply(to pixels: UnsafeMutableBufferPointer<UInt8>) {
    let count = pixels.count / 3
    guard count > 0 else { return }
    func luminance(_ index: Int) -> Int {
      (19_595 * Int(pixels[index]) + 38_470 * Int(pixels[index + 1]) + 7_471 * Int(pixels[index + 2]) + 32_768) >> 16
    }
    // Black does not count: it is what lies beyond a picture.
    var (sum, lit) = (0, 0)
    for pixel in 0..<count {
      let value = luminance(3 * pixel)
      (sum, lit) = (sum + value, lit + (value > 0 ? 1 : 0))
    }
    let mean = Double(sum) / Double(max(lit, 1))
    let grays = (0..<256).map { Float(min(max(mean + contrast * (Double($0) - mean), 0), 255)) }
    let share = Float(share)
    for index in stride(from: 0, to: 3 * count, by: 3) {
      let gray = grays[luminance(index)]
      for channel in index..<index + 3 {
        let color = Float(pixels[channel])
        pixels[channel] = UInt8(color + share * (gray - color) + 0.5)
      }
    }
  }
}
