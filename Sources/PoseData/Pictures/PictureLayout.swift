import PoseCore
import PoseImage

/// Where pictures come to lie in an input: one of them, or a mosaic of four.
///
/// Positions are counted from the corner of the first pixel. Sizes and places are rounded as MMDetection's `Mosaic`,
/// `RandomResize` and `RandomCrop` round them, but pictures are scaled once rather than twice.
struct PictureLayout {
  /// A picture's place.
  struct Tile: Hashable {
    /// From the picture to the input: `x' = scaleX * x + x`; a negative scale mirrors.
    var scaleX: Double
    var scaleY: Double
    var x: Double
    var y: Double
    /// The pixels of the input that show the picture.
    var columns: Range<Int>
    var rows: Range<Int>
  }

  private(set) var tiles: [Tile]
  /// How much of the input, from its top left corner, shows pictures and what is between them; the rest is filled.
  let content: Size

  /// A picture alone.
  init(_ size: Size, in input: Size, _ frame: PictureFrame, isFlipped: Bool) {
    let scale = frame.scale * input.fittingScale(of: size)
    let scaled = size.scaled(by: scale) { ($0 + 0.5).rounded(.down) }
    let tile = Tile(
      scaleX: Double(scaled.width) / Double(size.width), scaleY: Double(scaled.height) / Double(size.height), x: 0,
      y: 0, columns: 0..<scaled.width, rows: 0..<scaled.height)
    self.init([tile], of: scaled, in: input, frame, isFlipped: isFlipped)
  }

  /// Four pictures that meet in a point of a canvas of two by two inputs.
  ///
  /// - Parameters:
  ///   - sizes: of the pictures at the top left, the top right, the bottom left and the bottom right.
  ///   - center: in sides of the input.
  init(mosaic sizes: [Size], center: Point, in input: Size, _ frame: PictureFrame, isFlipped: Bool) {
    let canvas = Size(height: 2 * input.height, width: 2 * input.width)
    let middle = (x: Int(center.x * Double(input.width)), y: Int(center.y * Double(input.height)))
    let scaled = canvas.scaled(by: frame.scale) { ($0 + 0.5).rounded(.down) }
    let factor = (
      x: Double(scaled.width) / Double(canvas.width), y: Double(scaled.height) / Double(canvas.height)
    )
    let tiles = sizes.enumerated().map { index, size in
      let scale = input.fittingScale(of: size)
      let part = size.scaled(by: scale) { $0.rounded(.down) }
      let left = index % 2 == 0 ? middle.x - part.width : middle.x
      let top = index < 2 ? middle.y - part.height : middle.y
      func places(_ start: Int, _ extent: Int, _ limit: Int, _ factor: Double) -> Range<Int> {
        let (first, end) = (max(start, 0), min(start + extent, limit))
        let (low, high) = (Int((Double(first) * factor).rounded()), Int((Double(end) * factor).rounded()))
        return low..<max(high, low)
      }
      return Tile(
        scaleX: factor.x * Double(part.width) / Double(size.width),
        scaleY: factor.y * Double(part.height) / Double(size.height), x: factor.x * Double(left),
        y: factor.y * Double(top), columns: places(left, part.width, canvas.width, factor.x),
        rows: places(top, part.height, canvas.height, factor.y))
    }
    self.init(tiles, of: scaled, in: input, frame, isFlipped: isFlipped)
  }

  /// The part of a scaled canvas that a frame chooses.
  private init(_ tiles: [Tile], of scaled: Size, in input: Size, _ frame: PictureFrame, isFlipped: Bool) {
    let content = Size(height: min(scaled.height, input.height), width: min(scaled.width, input.width))
    func offset(_ share: Double, _ margin: Int) -> Int { min(Int(share * Double(margin + 1)), margin) }
    let offset = (x: offset(frame.x, scaled.width - content.width), y: offset(frame.y, scaled.height - content.height))
    self.content = content
    self.tiles = tiles.map { tile in
      var tile = tile
      tile.x -= Double(offset.x)
      tile.y -= Double(offset.y)
      tile.columns = tile.columns.moved(by: -offset.x).clamped(to: 0..<content.width)
      tile.rows = tile.rows.moved(by: -offset.y).clamped(to: 0..<content.height)
      guard isFlipped else { return tile }
      tile.scaleX.negate()
      tile.x = Double(content.width) - tile.x
      tile.columns = content.width - tile.columns.upperBound..<content.width - tile.columns.lowerBound
      return tile
    }
  }
}

extension PictureLayout.Tile {
  /// Where a box of the picture lies in the input, as far as it is seen; nil where nothing of it is.
  func placed(_ box: BoundingBox) -> BoundingBox? {
    let ends = [scaleX * box.x + x, scaleX * (box.x + box.width) + x]
    let left = max(min(ends[0], ends[1]), Double(columns.lowerBound))
    let right = min(max(ends[0], ends[1]), Double(columns.upperBound))
    let top = max(scaleY * box.y + y, Double(rows.lowerBound))
    let bottom = min(scaleY * (box.y + box.height) + y, Double(rows.upperBound))
    return right > left && bottom > top ? BoundingBox(x: left, y: top, width: right - left, height: bottom - top) : nil
  }

  /// How many pixels of the picture, along its sides, become one of the input, at least.
  var reduction: Double { min(1 / scaleX.magnitude, 1 / scaleY) }

  /// The part of the picture that is seen, with room for neighbors.
  var region: BoundingBox {
    let ends = [Double(columns.lowerBound) - x, Double(columns.upperBound) - x].map { $0 / scaleX }
    let top = (Double(rows.lowerBound) - y) / scaleY
    let bottom = (Double(rows.upperBound) - y) / scaleY
    let left = min(ends[0], ends[1])
    return BoundingBox(
      x: left - 2, y: top - 2, width: (ends[0] - ends[1]).magnitude + 4, height: bottom - top + 4)
  }

  /// Where the columns lie in a picture that may have been decoded at a part of its size.
  ///
  /// - Parameter toPicture: from the decoded picture's pixels to the picture's; nil where they are the same.
  func columns(toPicture: AffineTransform?) -> ResampledAxis {
    axis(columns, scaleX, x, toPicture.map { ($0.a, $0.tx) } ?? (1, 0))
  }

  /// Where the rows lie in it.
  func rows(toPicture: AffineTransform?) -> ResampledAxis {
    axis(rows, scaleY, y, toPicture.map { ($0.d, $0.ty) } ?? (1, 0))
  }

  private func axis(
    _ range: Range<Int>, _ scale: Double, _ offset: Double, _ placement: (scale: Double, offset: Double)
  ) -> ResampledAxis {
    // The middle of a pixel lies half a pixel behind its corner.
    let first = (Double(range.lowerBound) + 0.5 - offset) / scale - 0.5
    return ResampledAxis(
      range: range, first: (first - placement.offset) / placement.scale, step: 1 / scale / placement.scale)
  }
}

extension Size {
  /// The factor at which a picture just fits.
  func fittingScale(of picture: Size) -> Double {
    min(Double(width) / Double(max(picture.width, 1)), Double(height) / Double(max(picture.height, 1)))
  }

  /// One pixel at least.
  fileprivate func scaled(by factor: Double, _ round: (Double) -> Double) -> Size {
    Size(
      height: max(Int(round(Double(height) * factor)), 1), width: max(Int(round(Double(width) * factor)), 1))
  }
}

extension Range<Int> {
  fileprivate func moved(by offset: Int) -> Range<Int> { lowerBound + offset..<upperBound + offset }
}
