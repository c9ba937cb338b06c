import PoseCore

/// How a region of a picture becomes a network's input.
public enum InputGeometry: Sendable, Hashable {
  /// The region at the input's aspect with room around it, as top-down networks see a person (MMPose's `TopDownAffine`).
  /// The crop is `padding` times as large as the region.
  case crop(padding: Double, warp: Warp)
  /// The region at its own aspect, as large as the input has room for, in the input's top left corner.
  case letterbox
  /// The region with its sides stretched to the input's.
  case stretch
  /// The region at its own aspect, its shorter side of so many pixels. The input's sides are the least multiples that
  /// hold it.
  case shortSide(Int, multipleOf: Int)

  /// Where a region comes to lie in the input.
  ///
  /// - Parameters:
  ///   - region: in pixels of the picture, from the center of the top left pixel for a crop and from that pixel's corner
  ///     for the others; nil for the whole picture.
  ///   - picture: the picture's size.
  ///   - input: the network's input; ``shortSide(_:multipleOf:)`` chooses its own.
  ///   - rule: how a crop is rounded.
  public func placement(
    of region: BoundingBox?, in picture: Size, input: Size, rule: BoxRule = .distance
  ) -> Placement {
    let box = region ?? BoundingBox(x: 0, y: 0, width: Double(picture.width), height: Double(picture.height))
    switch self {
    case .crop(let padding, let warp):
      return Placement(CropGeometry(box: box, input: input, padding: padding, rule: rule), input: input, warp: warp)
    case .stretch:
      return Placement(
        box, scaleX: Double(input.width) / max(box.width, 1), scaleY: Double(input.height) / max(box.height, 1), input)
    case .letterbox:
      let scale = min(Double(input.width) / max(box.width, 1), Double(input.height) / max(box.height, 1))
      return Placement(box, scaleX: scale, scaleY: scale, input)
    case .shortSide(let side, let multiple):
      precondition(side > 0 && multiple > 0, "a short side of \(side) pixels in multiples of \(multiple) is no size")
      let scale = Double(side) / max(min(box.width, box.height), 1)
      func extent(_ length: Double) -> Int {
        // No picture is longer than 2^20 pixels; greater sides would not fit into an Int.
        let pixels = min((length * scale).rounded(.up), 0x1p20)
        return (max(Int(pixels), 1) + multiple - 1) / multiple * multiple
      }
      return Placement(
        box, scaleX: scale, scaleY: scale, Size(height: extent(box.height), width: extent(box.width)))
    }
  }
}

extension Placement {
  /// A region scaled so that its top left corner becomes the input's: corners, not centers of pixels, lie on each other.
  fileprivate init(_ region: BoundingBox, scaleX: Double, scaleY: Double, _ input: Size) {
    self.init(
      AffineTransform(
        a: scaleX, b: 0, tx: (0.5 - region.x) * scaleX - 0.5, c: 0, d: scaleY, ty: (0.5 - region.y) * scaleY - 0.5),
      input: input)
  }
}
