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
  /// The region at its own aspect, so large that it covers the input's sides, in the middle of an input whose sides are the
  /// least multiples that hold it, the rest filled: MMPose's `BottomupResize` with `resize_mode='expand'`.
  case expanded(multipleOf: Int, fill: UInt8)
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
  ///   - input: the network's input; ``shortSide(_:multipleOf:)`` and ``expanded(multipleOf:fill:)`` choose their own.
  ///   - rule: how a crop is rounded.
  ///   - scale: how large the input is beside the one that is named.
  ///   - least: the least scale of those whose results are taken together.
  public func placement(
    of region: BoundingBox?, in picture: Size, input named: Size, rule: BoxRule = .distance, scale: Double = 1,
    least: Double = 1
  ) -> Placement {
    let input = scaled(named, by: scale)
    let box = region ?? BoundingBox(x: 0, y: 0, width: Double(picture.width), height: Double(picture.height))
    switch self {
    case .crop(let padding, let warp):
      return Placement(CropGeometry(box: box, input: input, padding: padding, rule: rule), input: input, warp: warp)
    case .centered(let fill):
      let crop = CropGeometry(box: box, input: input, padding: 1)
      return Placement(crop, input: input, warp: .standard, fill: fill)
    case .expanded(let multiple, let fill):
      precondition(multiple > 0, "sides in multiples of \(multiple) are no size")
      let ratio = max(box.width, 1) / max(box.height, 1)
      // No picture is longer than 2^20 pixels; greater sides would not fit into an Int.
      func extent(_ length: Double) -> Int {
        Int((min(length, 0x1p20) / Double(multiple)).rounded(.up)) * multiple
      }
      let (width, height) = (Double(extent(Double(input.width))), Double(extent(Double(input.height))))
      let size = Size(
        height: extent(max(height, width / ratio)), width: extent(max(width, height * ratio)))
      return InputGeometry.centered(fill: fill).placement(of: region, in: picture, input: size)
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
      let shortest = extent(least * Double(side))
      let isUpright = width < height
      let longest = extent(isUpright ? Double(shortest) / width * height : Double(shortest) / height * width)
      // As published: whole multiples at the least scale, and as many pixels at the others.
      let (short, long) = (Int(Double(shortest) * scale / least), Int(Double(longest) * scale / least))
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
  /// An input at a scale, in whole multiples of what networks divide it by.
  private func scaled(_ input: Size, by scale: Double) -> Size {
    if scale == 1 { return input }
    let multiple: Int
    switch self {
    case .expanded: multiple = 1  // The input grows to its own multiples.
    case .shortSide: return input
    case .crop, .letterbox, .centered, .stretch: multiple = 32
    }
    func extent(_ side: Int) -> Int {
      max(Int((Double(side) * scale / Double(multiple)).rounded(multiple == 1 ? .down : .toNearestOrEven)), 1)
        * multiple
    }
    return Size(height: extent(input.height), width: extent(input.width))
  }

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
