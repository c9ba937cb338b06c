#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Near-infrared light from an illuminator beside the lens, as night cameras see it.
///
/// A picture in color does not say what infrared light it would show. What is imitated is what all such pictures share:
/// one channel, which is nearest to red; skin, hair and most cloth brighter and more alike than in daylight; light that
/// falls off from the middle of the picture; little contrast.
struct InfraredLight {
  /// How much of the way from the colors to infrared the pixels go.
  let share: Double
  /// What differences from the mean are multiplied by.
  let contrast: Double
  /// How much of the light is missing in the corners.
  let falloff: Double

  /// Parts of red, green and blue.
  private static let mix: (Float, Float, Float) = (0.75, 0.35, -0.1)
  /// Below 1, as dark things come near to light ones.
  private static let gamma = 0.7

  func apply(to pixels: UnsafeMutableBufferPointer<UInt8>, width: Int, height: Int) {
    let (red, green, blue) = Self.mix
    func reflection(_ index: Int) -> Int {
      let sum = red * Float(pixels[index]) + green * Float(pixels[index + 1]) + blue * Float(pixels[index + 2])
      return Int(min(max(sum, 0), 255) + 0.5)
    }
    var counts = [Int](repeating: 0, count: 256)
    for index in stride(from: 0, to: pixels.count - 2, by: 3) { counts[reflection(index)] += 1 }
    let brightness = (0..<256).map { 255 * pow(Double($0) / 255, Self.gamma) }
    // Black does not count: it is what lies beyond a picture.
    let sum = zip(counts, brightness).reduce(0) { $0 + Double($1.0) * $1.1 }
    let mean = sum / Double(max(counts.dropFirst().reduce(0, +), 1))
    let tones = brightness.map { Float(min(max(mean + contrast * ($0 - mean), 0), 255)) }
    /// The squared distance of each column or row from the middle, in halves of the diagonal.
    func distances(_ count: Int) -> [Float] {
      let diagonal = Double(width * width + height * height)
      return (0..<count).map { place in
        let offset = Double(2 * place + 1 - count)
        return Float(offset * offset / diagonal)
      }
    }
    let (columns, rows) = (distances(width), distances(height))
    let (share, falloff) = (Float(share), Float(falloff))
    for y in 0..<height {
      for x in 0..<width {
        let index = 3 * (y * width + x)
        let light = tones[reflection(index)] * (1 - falloff * (columns[x] + rows[y]))
        for channel in index..<index + 3 {
          let color = Float(pixels[channel])
          pixels[channel] = UInt8(min(max(color + share * (light - color), 0), 255) + 0.5)
        }
      }
    }
  }
}
