import PoseCore
import PoseImage
import PoseMedia

/// One kind of bad picture, and how bad it is. The same value changes the same pixels in the same way each time.
package struct Degradation: Sendable, Hashable {
  package var kind: DegradationKind
  /// From 0, which changes nothing, to 5. The amounts at 1, 2, 3, 4 and 5 are those of ``steps(of:)``, and between them
  /// they are interpolated.
  package var strength: Double
  /// What chance decides: the noise, and the direction of a blur.
  package var chance: RandomStream

  package init(_ kind: DegradationKind, strength: Double, chance: RandomStream) {
    (self.kind, self.strength, self.chance) = (kind, strength, chance)
  }

  /// The strengths that a report compares.
  package static let reportedStrengths = [1.0, 2, 3, 4, 5]

  /// The main amount of a kind at the strengths 0 to 5: what is left of the contrast for `gray` and `infrared`, the length of
  /// the motion in heights of the person for `blur`, how many pixels high the person is for `lowres`, the deviation at
  /// middle gray of 255 for `noise`, and the quality for `jpeg`.
  package static func steps(of kind: DegradationKind) -> [Double] {
    switch kind {
    case .gray: [1, 1, 0.7, 0.5, 0.35, 0.2]
    case .infrared: [1, 0.9, 0.8, 0.7, 0.6, 0.5]
    case .blur: [0, 0.02, 0.04, 0.06, 0.09, 0.12]
    case .lowres: [.infinity, 96, 64, 48, 32, 24]
    case .noise: [0, 8, 16, 26, 38, 54]
    case .jpeg: [100, 40, 25, 15, 10, 5]
    }
  }

  /// The main amount of this degradation.
  package var amount: Double {
    let steps = Self.steps(of: kind)
    // The inverse of a height grows from 0, as the other amounts do.
    return kind == .lowres ? 1 / interpolated(steps.map { 1 / $0 }) : interpolated(steps)
  }

  /// What there is at the strength, of what there is at the strengths 0 to 5.
  private func interpolated(_ steps: [Double]) -> Double {
    let strength = min(max(strength, 0), Double(steps.count - 1))
    let below = min(Int(strength), steps.count - 2)
    let share = strength - Double(below)
    // Not a sum of products, which would not give a step's own amount.
    return share == 0 ? steps[below] : steps[below] + (steps[below + 1] - steps[below]) * share
  }

  /// Changes RGB pixels.
  ///
  /// - Parameters:
  ///   - pixels: `height x width` RGB pixels.
  ///   - personHeight: how many pixels high the person is who is looked at: the measure of `blur` and `lowres`.
  /// - Throws: ``MediaError`` where a side is longer than a JPEG can have.
  func apply(
    to pixels: UnsafeMutableBufferPointer<UInt8>, width: Int, height: Int, personHeight: Double
  ) throws(MediaError) {
    guard strength > 0, width > 0, height > 0, pixels.count == width * height * 3 else { return }
    var chance = chance
    // Colors fade up to the first step.
    let fading = min(strength, 1)
    switch kind {
    case .gray:
      GrayLight(share: fading, contrast: amount).apply(to: pixels)
    case .infrared:
      let light = InfraredLight(share: fading, contrast: amount, falloff: interpolated([0, 0.2, 0.35, 0.5, 0.6, 0.7]))
      light.apply(to: pixels, width: width, height: height)
      SensorNoise(deviation: interpolated([0, 3, 5, 8, 12, 16])).apply(to: pixels, from: &chance)
    case .blur:
      let blur = MotionBlur(length: amount * personHeight, angle: chance.uniform(0, .pi))
      blur.apply(to: pixels, width: width, height: height)
    case .lowres:
      LowResolution(scale: amount / max(personHeight, 1)).apply(to: pixels, width: width, height: height)
    case .noise:
      SensorNoise(deviation: amount).apply(to: pixels, from: &chance)
    case .jpeg:
      try JPEGCompression(quality: Int(amount.rounded())).apply(to: pixels, width: width, height: height)
    }
  }
}

extension Image {
  /// The picture as a worse camera would have taken it.
  ///
  /// - Parameter personHeight: how many pixels high the person is who is looked at.
  /// - Throws: ``MediaError`` where a side is longer than a JPEG can have.
  package func degraded(by degradation: Degradation, personHeight: Double) throws(MediaError) -> Image {
    var image = self
    try image.withMutablePixels { (pixels) throws(MediaError) in
      try degradation.apply(to: pixels, width: width, height: height, personHeight: personHeight)
    }
    return image
  }
}
