/// How much colours may change, after SSD (Liu et al., ECCV 2016): each change happens every other time.
package struct PhotometricDistortion: Sendable, Hashable, Codable {
  /// The most that is added to or taken from each channel, of 255.
  package var brightness = 32.0
  package var contrast = 0.5...1.5
  package var saturation = 0.5...1.5
  /// The most that hues turn, in degrees.
  package var hue = 36.0
  /// How often colours change at all.
  package var probability = 1.0

  package init() {}

  func draw(from stream: inout RandomStream) -> ColorChange? {
    var change = ColorChange()
    let happens = stream.happens(probability)
    let chances = (0..<5).map { _ in stream.happens(0.5) }
    let brightness = stream.uniform(-brightness, brightness)
    let contrast = stream.uniform(contrast.lowerBound, contrast.upperBound)
    let saturation = stream.uniform(saturation.lowerBound, saturation.upperBound)
    let hue = stream.uniform(-hue, hue)
    if chances[0] { change.brightness = brightness }
    if chances[1] { change.contrast = contrast }
    if chances[2] { change.saturation = saturation }
    if chances[3] { change.hue = hue }
    change.contrastComesLast = chances[4]
    return happens ? change : nil
  }
}

/// What happens to the colours of one crop.
package struct ColorChange: Sendable, Hashable {
  /// Added to each channel.
  package var brightness = 0.0
  /// Multiplies each channel.
  package var contrast = 1.0
  /// Multiplies the distance from grey.
  package var saturation = 1.0
  /// Degrees that hues turn.
  package var hue = 0.0
  /// Whether contrast changes after saturation and hue rather than before.
  package var contrastComesLast = false

  package init() {}

  /// Changes RGB pixels. Black stays black: it is what lies beyond a picture.
  func apply(to pixels: UnsafeMutableBufferPointer<UInt8>) {
    let first = table { contrastComesLast ? $0 + brightness : ($0 + brightness) * contrast }
    let last = table { contrastComesLast ? $0 * contrast : $0 }
    let (saturation, turn) = (Float(saturation), Float(hue / 60))
    for index in stride(from: 0, to: pixels.count - 2, by: 3) {
      let stored = (pixels[index], pixels[index + 1], pixels[index + 2])
      if stored == (0, 0, 0) { continue }
      var color = SIMD3(first[Int(stored.0)], first[Int(stored.1)], first[Int(stored.2)])
      if saturation != 1 || turn != 0 { color = color.saturated(by: saturation, turned: turn) }
      for channel in 0..<3 {
        pixels[index + channel] = UInt8(last[Int(min(max(color[channel], 0), 255).rounded())].rounded())
      }
    }
  }

  private func table(_ change: (Double) -> Double) -> [Float] {
    (0..<256).map { Float(min(max(change(Double($0)), 0), 255)) }
  }
}

extension SIMD3<Float> {
  /// In hue, saturation and value; a turn of 6 is a whole one.
  fileprivate func saturated(by factor: Float, turned turn: Float) -> SIMD3<Float> {
    let (top, bottom) = (self.max(), self.min())
    let range = top - bottom
    guard range > 0 else { return self }
    let sector =
      x == top ? (y - z) / range : y == top ? 2 + (z - x) / range : 4 + (x - y) / range
    let chroma = Swift.min(range * factor, top)
    let offsets = SIMD3(5, 3, 1) + sector + turn + 6
    // Each channel falls from the top and back along the circle of hues.
    let places = offsets - (offsets / 6).rounded(.down) * 6
    let share = pointwiseMin(pointwiseMin(places, 4 - places), SIMD3(repeating: 1))
    return top - chroma * pointwiseMax(share, SIMD3(repeating: 0))
  }
}
