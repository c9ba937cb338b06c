/// A rectangle of a crop that noise covers (Zhong et al., AAAI 2020), in shares of the crop.
package struct Erasing: Sendable, Hashable {
  package var left: Double
  package var top: Double
  package var width: Double
  package var height: Double
  /// Where the noise comes from.
  package var noise: RandomStream

  init(area: ClosedRange<Double>, aspect: Double, from stream: inout RandomStream) {
    let area = stream.uniform(area.lowerBound, area.upperBound)
    let least = min(max(aspect, 0.01), 1)
    let ratio = stream.uniform(least, 1 / least)
    height = min((area * ratio).squareRoot(), 1)
    width = min((area / ratio).squareRoot(), 1)
    left = stream.uniform(0, 1 - width)
    top = stream.uniform(0, 1 - height)
    noise = stream.split(0)
  }

  /// Overwrites its part of RGB pixels.
  func apply(to pixels: UnsafeMutableBufferPointer<UInt8>, width columns: Int, height rows: Int) {
    func covered(_ start: Double, _ extent: Double, _ count: Int) -> Range<Int> {
      let (first, end) = (start * Double(count), (start + extent) * Double(count))
      guard first >= 0, end >= first, end.isFinite else { return 0..<0 }
      return min(Int(first), count)..<min(Int(end), count)
    }
    var noise = noise
    let range = covered(left, width, columns)
    for y in covered(top, height, rows) {
      for x in range {
        let bits = noise.next()
        let index = (y * columns + x) * 3
        pixels[index] = UInt8(truncatingIfNeeded: bits)
        pixels[index + 1] = UInt8(truncatingIfNeeded: bits >> 8)
        pixels[index + 2] = UInt8(truncatingIfNeeded: bits >> 16)
      }
    }
  }
}
