import PoseCore

/// How a region of a picture becomes a network's input.
public enum InputGeometry: Sendable, Hashable {
  /// The region at the input's aspect with room around it, as top-down networks see a person (MMPose's `TopDownAffine`).
  /// The crop is `padding` times as large as the region.
  case crop(padding: Double, warp: Warp)
  /// The region at its own aspect, as large as the input has room for, in the input's top left corner, the rest filled:
  /// MMDetection's `Resize(keep_ratio)` and `Pad`, equal to the byte.
  case letterbox(fill: UInt8)
  /// The region at its own aspect, as large as the input has room for, in the input's middle, the rest filled: MMPose's
  /// `BottomupResize`, equal to the byte.
  case centered(fill: UInt8)
  /// The region with its sides stretched to the input's.
  case stretch
  /// The region at its own aspect, its shorter side of so many pixels, in the middle of an input whose sides are the least
  /// multiples that hold it: MMPose's `BottomUpResizeAlign`, equal to the byte.
  case shortSide(Int, multipleOf: Int)

  /// Where a region comes to lie in the input.
  ///
  /// - Parameters:
  ///   - region: in pixels of the picture, counted from the center of the top left pixel for a crop and for a picture in the
  ///     middle, and from that pixel's corner for the others; nil for the whole picture.
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
    case .centered(let fill):
      let crop = CropGeometry(box: box, input: input, padding: 1)
      return Placement(crop, input: input, warp: .standard, fill: fill)
    case .stretch:
      return resized(box, in: picture, input: input, fill: 0) { _ in input }
    case .letterbox(let fill):
      return resized(box, in: picture, input: input, fill: fill) { part in
        let scale = min(
          Double(input.width) / Double(part.width), Double(input.height) / Double(part.height))
        func extent(_ side: Int, limit: Int) -> Int { min(max(Int(Double(side) * scale + 0.5), 1), limit) }
        return Size(
          height: extent(part.height, limit: input.height), width: extent(part.width, limit: input.width))
      }
    case .shortSide(let side, let multiple):
      precondition(side > 0 && multiple > 0, "a short side of \(side) pixels in multiples of \(multiple) is no size")
      let (width, height) = (max(box.width, 1), max(box.height, 1))
      func extent(_ length: Double) -> Int {
        // No picture is longer than 2^20 pixels; greater sides would not fit into an Int.
        (Int(min(length, 0x1p20).rounded(.up)) + multiple - 1) / multiple * multiple
      }
      let short = extent(Double(side))
      let isUpright = width < height
      let long = extent(isUpright ? Double(short) / width * height : Double(short) / height * width)
      let size = isUpright ? Size(height: long, width: short) : Size(height: short, width: long)
      let (x, y) = (box.x + width / 2, box.y + height / 2)
      let ratio = Double(size.width) / Double(size.height)
      let crop = CropGeometry(
        center: Point(x: x.rounded(.toNearestOrEven), y: y.rounded(.toNearestOrEven)),
        scaleX: (isUpright ? width : ratio * height) / 200, scaleY: (isUpright ? width / ratio : height) / 200)
      return Placement(crop, input: size, warp: .standard)
    }
  }
}

extension InputGeometry {
  /// The whole pixels that a region covers, scaled to a size that depends on theirs.
  private func resized(
    _ region: BoundingBox, in picture: Size, input: Size, fill: UInt8, _ size: (Size) -> Size
  ) -> Placement {
    func side(_ start: Double, _ length: Double, _ limit: Int) -> (start: Int, extent: Int) {
      // No picture is longer than 2^20 pixels.
      let first = Int(min(max(start.rounded(.down), 0), Double(max(limit - 1, 0))))
      let end = Int(min(max((start + length).rounded(.up), 0), Double(limit)))
      return (first, max(end - first, 1))
    }
    let (x, width) = side(region.x, region.width, picture.width)
    let (y, height) = side(region.y, region.height, picture.height)
    let part = Size(height: height, width: width)
    return Placement(ResizedRegion(x: x, y: y, part: part, size: size(part), fill: fill), input: input)
  }
}
