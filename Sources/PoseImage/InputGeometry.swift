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
  /// The region at its own aspect, its shorter side as long as the input's, resized and then put into the middle of an input whose
  /// sides are the least greater multiples, the rest filled: AdaptivePose's `pre_process`, equal to the byte.
  case padded(multipleOf: Int, fill: UInt8)
  /// The region with its sides stretched to the input's.
  case stretch
  /// The region at its own aspect, its shorter side of so many pixels, in the middle of an input whose sides are the least
  /// multiples that hold it: MMPose's `BottomUpResizeAlign`, equal to the byte. By UDP's warp the picture begins at the input's
  /// first pixel.
  case shortSide(Int, multipleOf: Int, warp: Warp)

  /// Where a region comes to lie in the input.
  ///
  /// - Parameters:
  ///   - region: in pixels of the picture, counted from the center of the top left pixel for a crop and for a picture in the
  ///     middle, and from that pixel's corner for the others; nil for the whole picture.
  ///   - picture: the picture's size.
  ///   - input: the network's input; ``shortSide(_:multipleOf:warp:)``, ``expanded(multipleOf:fill:)`` and
  ///     ``padded(multipleOf:fill:)`` choose their own.
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
    case .padded(let multiple, let fill):
      precondition(multiple > 0, "sides in multiples of \(multiple) are no size")
      let (x, y, part) = wholePixels(of: box, in: picture)
      let side = Double(min(named.height, named.width))
      let factor = side / Double(min(part.height, part.width))
      func extent(_ length: Int) -> Int {
        // As published, the shorter side's length is the input's, and not a product that may be a little less.
        let length = length == min(part.height, part.width) ? side : Double(length) * factor
        return max(Int(min(length * scale, 0x1p20)), 1)
      }
      let size = Size(height: extent(part.height), width: extent(part.width))
      let input = Size(
        height: (size.height / multiple + 1) * multiple, width: (size.width / multiple + 1) * multiple)
      let region = ResizedRegion(
        x: x, y: y, part: part, size: size, left: input.width / 2 - size.width / 2,
        top: input.height / 2 - size.height / 2, fill: fill)
      // Positions come back by one factor for both axes, counted from the middle of the first pixel.
      let back = 1 / (factor * scale)
      let center = Point(
        x: Double(x) + Double(size.width / 2) * back, y: Double(y) + Double(size.height / 2) * back)
      let crop = CropGeometry(
        center: center, scaleX: Double(input.width) * back / 200, scaleY: Double(input.height) * back / 200)
      return Placement(region, input: input, backBy: crop)
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
    case .shortSide(let side, let multiple, let warp):
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
      // Sides are counted from the middle of the first pixel to that of the last by UDP, and from corner to corner otherwise.
      let half = warp == .udp ? 0.5 : 0
      let ratio = (Double(size.width) - 2 * half) / (Double(size.height) - 2 * half)
      let (across, down) = (max(width - 2 * half, 1), max(height - 2 * half, 1))
      let (shownWidth, shownHeight) = isUpright ? (across, across / ratio) : (down * ratio, down)
      let center =
        warp == .udp
        ? Point(x: box.x + shownWidth / 2, y: box.y + shownHeight / 2)
        : Point(
          x: (box.x + width / 2).rounded(.toNearestOrEven), y: (box.y + height / 2).rounded(.toNearestOrEven))
      let crop = CropGeometry(center: center, scaleX: shownWidth / 200, scaleY: shownHeight / 200)
      return Placement(crop, input: size, warp: warp)
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
    case .shortSide, .padded: return input
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
    let (x, y, part) = wholePixels(of: region, in: picture)
    return Placement(ResizedRegion(x: x, y: y, part: part, size: size(part), fill: fill), input: input)
  }

  /// The whole pixels that a region covers, at least one.
  private func wholePixels(of region: BoundingBox, in picture: Size) -> (x: Int, y: Int, part: Size) {
    func side(_ start: Double, _ length: Double, _ limit: Int) -> (start: Int, extent: Int) {
      // No picture is longer than 2^20 pixels.
      let first = Int(min(max(start.rounded(.down), 0), Double(max(limit - 1, 0))))
      let end = Int(min(max((start + length).rounded(.up), 0), Double(limit)))
      return (first, max(end - first, 1))
    }
    let (x, width) = side(region.x, region.width, picture.width)
    let (y, height) = side(region.y, region.height, picture.height)
    return (x, y, Size(height: height, width: width))
  }
}
