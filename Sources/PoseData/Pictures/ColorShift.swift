/// What is added to the hue, the saturation and the brightness of pixels, as YOLOX does (Ge et al., 2021).
package struct ColorShift: Sendable, Hashable {
  /// In steps of two degrees, as OpenCV counts hues.
  package var hue: Double
  /// Of 255.
  package var saturation: Double
  /// Of 255.
  package var value: Double

  package init(hue: Double, saturation: Double, value: Double) {
    (self.hue, self.saturation, self.value) = (hue, saturation, value)
  }

  var isNothing: Bool { hue == 0 && saturation == 0 && value == 0 }

  /// Changes a row of RGB pixels.
  func apply(to row: UnsafeMutableBufferPointer<UInt8>) {
    let (turn, saturation, value) = (Float(hue / 30), Float(saturation), Float(value))
    for index in stride(from: 0, to: row.count - 2, by: 3) {
      let color = SIMD3(Float(row[index]), Float(row[index + 1]), Float(row[index + 2]))
      let changed = color.shifted(turn: turn, saturation: saturation, value: value).rounded(.toNearestOrEven)
      (row[index], row[index + 1], row[index + 2]) = (UInt8(changed.x), UInt8(changed.y), UInt8(changed.z))
    }
  }
}

extension SIMD3<Float> {
  /// - Parameter turn: of the hue; 6 is a whole one.
  fileprivate func shifted(turn: Float, saturation: Float, value: Float) -> SIMD3<Float> {
    let (top, bottom) = (self.max(), self.min())
    let range = top - bottom
    // As OpenCV, which gives gray the hue of red.
    let sector: Float =
      range == 0 ? 0 : x == top ? (y - z) / range : y == top ? 2 + (z - x) / range : 4 + (x - y) / range
    let oldSaturation = top == 0 ? 0 : 255 * range / top
    let newTop = Swift.min(Swift.max(top + value, 0), 255)
    let newSaturation = Swift.min(Swift.max(oldSaturation + saturation, 0), 255)
    let chroma = newTop * newSaturation / 255
    // Each channel falls from the top and back along the circle of hues.
    let offsets = SIMD3(5, 3, 1) + (sector + turn + 12)
    let places = offsets - (offsets / 6).rounded(.down) * 6
    let share = pointwiseMin(pointwiseMin(places, 4 - places), SIMD3(repeating: 1))
    return pointwiseMax(newTop - chroma * pointwiseMax(share, SIMD3(repeating: 0)), SIMD3(repeating: 0))
  }
}
