import PoseCore
import PoseMedia

extension DrawingStyle.Palette {
  /// The colors of a person's number: hues a golden angle apart, so that neighboring numbers differ most; the right side
  /// darker.
  init(track: Int) {
    self.init()
    let hue = (Double(track) * 0.618034).truncatingRemainder(dividingBy: 1)
    func color(_ value: Double) -> Color {
      func part(_ shift: Double) -> Double {
        let place = ((hue + shift) * 6).truncatingRemainder(dividingBy: 6)
        return value * (1 - 0.75 * (1 - min(max(abs(place - 3) - 1, 0), 1)))
      }
      return Color(red: part(0), green: part(2 / 3.0), blue: part(1 / 3.0))
    }
    (left, middle, right) = (color(1), color(0.85), color(0.65))
  }

  /// The colors of the same hue for lines on white: the left side bright, the right side dark.
  var onWhite: DrawingStyle.Palette {
    var dark = self
    (dark.left, dark.right) = (left.limited(to: 0.55), right.limited(to: 0.2))
    dark.middle = middle.limited(to: 0.35)
    return dark
  }
}

extension Color {
  /// The color, darker where it is lighter than some gray.
  fileprivate func limited(to gray: Double) -> Color {
    let factor = min(1, gray / max(0.3 * red + 0.59 * green + 0.11 * blue, 1e-6))
    return Color(red: factor * red, green: factor * green, blue: factor * blue)
  }

  /// The color mixed with as much white.
  var faint: Color { Color(red: (1 + red) / 2, green: (1 + green) / 2, blue: (1 + blue) / 2) }
}
