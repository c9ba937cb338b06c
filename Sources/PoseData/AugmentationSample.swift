/// What was decided for one sample: all that a ``TrainingPerson`` and the pixels need to be varied, the same each time.
package struct AugmentationSample: Sendable, Hashable {
  package var isFlipped = false
  package var halfBody: Half?
  /// Multiplies the crop's size.
  package var scale = 1.0
  /// In degrees.
  package var rotation = 0.0
  package var shift: Shift?
  package var colors: ColorChange?
  /// The side of a blur's square in pixels of the input.
  package var blur: Int?
  package var erasing: Erasing?
  /// What a worse camera would have done, in its order.
  package var degradations: [Degradation] = []

  /// Which half of a body is wanted; the other is taken where that has too few joints.
  package enum Half: Sendable, Hashable { case upper, lower }

  /// How far the centre moves, in widths and heights.
  package struct Shift: Sendable, Hashable {
    package var x: Double
    package var y: Double
    package var basis: Augmentation.ShiftBasis
  }

  package init() {}

  var changesPixels: Bool { colors != nil || blur != nil || erasing != nil || !degradations.isEmpty }
}
