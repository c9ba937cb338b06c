import PoseCore

/// How whole pictures are varied: probabilities and extents, as in MMDetection's RTMDet. ``draw(from:samples:)`` decides for
/// one sample.
package struct PictureAugmentation: Sendable, Hashable {
  /// How often four pictures become one.
  package var mosaicProbability = 0.0
  /// How often another picture is mixed in.
  package var mixupProbability = 0.0
  /// The factor on the size at which a picture, or two by two of them, would fill the input.
  package var scale = 1.0...1.0
  /// How often a picture is mirrored.
  package var flipProbability = 0.0
  /// The most that is added to or taken from each.
  package var colors = ColorShift(hue: 0, saturation: 0, value: 0)

  /// No variation at all: pictures as validation sees them.
  package init() {}

  /// The same without other samples' pictures, for the last epochs.
  package var plain: PictureAugmentation {
    var plain = self
    (plain.mosaicProbability, plain.mixupProbability) = (0, 0)
    return plain
  }

  /// Decides for one sample. The same count of numbers is drawn whatever comes out.
  ///
  /// - Parameter samples: how many there are for mosaics and mixup to choose from.
  package func draw(from stream: inout RandomStream, samples: Int) -> PictureVariation {
    var drawn = PictureVariation()
    func sample() -> Int { Int(stream.next() % UInt64(max(samples, 1))) }
    let isMosaic = stream.happens(mosaicProbability)
    let others = (0..<3).map { _ in sample() }
    let center = Point(x: stream.uniform(0.5, 1.5), y: stream.uniform(0.5, 1.5))
    if isMosaic { drawn.mosaic = .init(others: others, center: center) }
    let isMixed = stream.happens(mixupProbability)
    let mixed = sample()
    if isMixed { drawn.mixed = mixed }
    drawn.isFlipped = stream.happens(flipProbability)
    func shift(_ most: Double) -> Double {
      let amount = stream.uniform(-most, most).rounded(.towardZero)
      return stream.happens(0.5) ? amount : 0
    }
    drawn.colors = ColorShift(
      hue: shift(colors.hue), saturation: shift(colors.saturation), value: shift(colors.value))
    return drawn
  }

  /// Decides which part of the scaled picture is seen.
  package func frame(from stream: inout RandomStream) -> PictureFrame {
    PictureFrame(
      scale: stream.uniform(scale.lowerBound, scale.upperBound), x: stream.unit(), y: stream.unit())
  }
}

/// What was decided for one sample of whole pictures.
package struct PictureVariation: Sendable, Hashable {
  package var mosaic: Mosaic?
  /// The number of the sample that is mixed in.
  package var mixed: Int?
  package var isFlipped = false
  package var colors = ColorShift(hue: 0, saturation: 0, value: 0)

  /// Four pictures around a point (Bochkovskiy et al., YOLOv4, 2020).
  package struct Mosaic: Sendable, Hashable {
    /// The numbers of the samples at the top right, the bottom left and the bottom right.
    package var others: [Int]
    /// Where the four meet, in sides of the input, of which the mosaic has two.
    package var center: Point
  }

  package init() {}
}

/// How large a picture is made, and which part of it is seen.
package struct PictureFrame: Sendable, Hashable {
  /// The factor on the size at which the picture fills the input.
  package var scale: Double
  /// Which of the possible places the part's left and top side have, from 0 to 1.
  package var x: Double
  package var y: Double

  package init(scale: Double, x: Double, y: Double) { (self.scale, self.x, self.y) = (scale, x, y) }

  /// All of the picture, as large as fits.
  package static let whole = PictureFrame(scale: 1, x: 0, y: 0)
}
