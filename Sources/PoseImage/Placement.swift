import PoseCore

/// The way from a picture to a network's input and back.
public struct Placement: Sendable, Hashable {
  /// From pixels of the picture to pixels of the input.
  public let toInput: AffineTransform
  /// From pixels of the input to pixels of the picture. Maps everything to one point where the region is empty.
  public let toPicture: AffineTransform
  public let input: Size
  /// The published crop that this is, whose roundings decide on the last digits of positions.
  private let crop: CropGeometry?
  private let warp: Warp
  /// The resize that this is, bit for bit as detectors' published code does it; nil for others.
  package let resized: ResizedRegion?
  /// What the input is filled with beyond the picture, in all colors.
  package let fill: UInt8

  /// A crop as MMPose cuts it.
  ///
  /// - Parameter fill: what the input is filled with beyond the picture, in all colors.
  public init(_ crop: CropGeometry, input: Size, warp: Warp, fill: UInt8 = 0) {
    self.init(crop.transform(to: input, warp: warp), input: input, crop: crop, warp: warp, fill: fill)
  }

  /// Any upright or turned part of a picture.
  public init(_ toInput: AffineTransform, input: Size) {
    self.init(toInput, input: input, crop: nil, warp: .standard)
  }

  /// A part of a picture, scaled to whole pixels.
  ///
  /// - Parameter crop: the crop of the same part by whose roundings positions come back to the picture; nil for those that are
  ///   taken back by the inverse.
  package init(_ resized: ResizedRegion, input: Size, backBy crop: CropGeometry? = nil) {
    self.init(resized.toInput, input: input, crop: crop, warp: .standard, resized: resized, fill: resized.fill)
  }

  private init(
    _ toInput: AffineTransform, input: Size, crop: CropGeometry?, warp: Warp, resized: ResizedRegion? = nil,
    fill: UInt8 = 0
  ) {
    (self.toInput, self.input, self.crop, self.warp) = (toInput, input, crop, warp)
    (self.resized, self.fill) = (resized, fill)
    toPicture = toInput.inverse ?? AffineTransform(a: 0, b: 0, tx: 0, c: 0, d: 0, ty: 0)
  }

  /// Where a position on a grid over the input, such as a heatmap's, lies in the picture.
  ///
  /// - Parameters:
  ///   - position: in cells of the grid, from the center of its top left cell.
  ///   - grid: the cells in a column and in a row; the input's own size for positions in pixels of the input.
  public func picturePoint(of position: Point, on grid: Size) -> Point {
    if let crop { return crop.imagePoint(of: position, on: grid, warp: warp) }
    func pixel(_ value: Double, _ cells: Int, _ pixels: Int) -> Double {
      (value + 0.5) * Double(pixels) / Double(max(cells, 1)) - 0.5
    }
    return toPicture(
      Point(x: pixel(position.x, grid.width, input.width), y: pixel(position.y, grid.height, input.height)))
  }

  /// A box in the picture, from its corners in the input. Corners are counted from the corner of the top left pixel, or, as
  /// the published code counts them where the input is a crop, as joints are.
  public func pictureBox(left: Double, top: Double, right: Double, bottom: Double) -> BoundingBox {
    if crop != nil {
      let first = picturePoint(of: Point(x: left, y: top), on: input)
      let last = picturePoint(of: Point(x: right, y: bottom), on: input)
      return BoundingBox(x: first.x, y: first.y, width: last.x - first.x, height: last.y - first.y)
    }
    let first = toPicture(Point(x: left - 0.5, y: top - 0.5))
    let last = toPicture(Point(x: right - 0.5, y: bottom - 0.5))
    return BoundingBox(x: first.x + 0.5, y: first.y + 0.5, width: last.x - first.x, height: last.y - first.y)
  }

  /// The area in square pixels of the picture that the input shows, by which people of one picture are compared.
  public var area: Double {
    // As the published code computes it from a crop's scales.
    if let crop { return crop.scaleX * 200 * (crop.scaleY * 200) }
    return Double(input.width * input.height) * (toPicture.a * toPicture.d - toPicture.b * toPicture.c).magnitude
  }

  /// How many pixels of the picture, along its sides, become one of the input, at least.
  public var reduction: Double {
    let (x, y) = (toInput.a.magnitude, toInput.d.magnitude)
    return x > 0 && y > 0 ? min(1 / x, 1 / y) : 1
  }
}
