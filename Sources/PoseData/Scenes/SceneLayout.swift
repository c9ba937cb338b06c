import PoseCore
import PoseImage

/// Where pictures come to lie in an input: one of them, or a mosaic of four.
///
/// Positions are counted from the middle of the first pixel, as joints are annotated, so that a joint stays on its pixel.
struct SceneLayout {
  /// A picture's place.
  struct Tile: Hashable {
    /// From pixels of the picture to pixels of the input.
    var transform: AffineTransform
    /// The part of the picture that is shown; nil for all, and around it the fill.
    var part: BoundingBox?
  }

  private(set) var tiles: [Tile]

  /// A picture alone.
  ///
  /// - Parameter transform: from it to the input.
  init(_ transform: AffineTransform) { tiles = [Tile(transform: transform, part: nil)] }

  /// Four pictures that meet in a point of a canvas of two by two inputs.
  ///
  /// - Parameters:
  ///   - sizes: of the pictures at the top left, the top right, the bottom left and the bottom right.
  ///   - center: in sides of the input.
  ///   - transform: from the canvas to the input.
  init(mosaic sizes: [Size], center: Point, in input: Size, _ transform: AffineTransform) {
    let middle = (x: Int(center.x * Double(input.width)), y: Int(center.y * Double(input.height)))
    tiles = sizes.enumerated().map { index, size in
      let scale = input.fittingScale(of: size)
      let (width, height) = (Int(Double(size.width) * scale), Int(Double(size.height) * scale))
      let left = Double(index % 2 == 0 ? middle.x - width : middle.x)
      let top = Double(index < 2 ? middle.y - height : middle.y)
      /// The part of a side that lies on the canvas, in pixels of the picture.
      func shown(_ start: Double, _ extent: Int, _ limit: Int) -> (start: Double, length: Double) {
        let first = max(-0.5, (-0.5 - start) / scale)
        let last = min(Double(extent) - 0.5, (Double(limit) - 0.5 - start) / scale)
        return (first, max(last - first, 0))
      }
      let (columns, rows) = (
        shown(left, size.width, 2 * input.width), shown(top, size.height, 2 * input.height)
      )
      return Tile(
        transform: transform.after(AffineTransform(a: scale, b: 0, tx: left, c: 0, d: scale, ty: top)),
        part: BoundingBox(x: columns.start, y: rows.start, width: columns.length, height: rows.length))
    }
  }

  /// A picture to mix in: scaled on a canvas of the input's aspect, of which a part is seen, as in MMPose's `YOLOXMixUp`.
  init(mixed size: Size, in input: Size, _ frame: PictureFrame, isFlipped: Bool) {
    let canvas = (
      width: Int(Double(input.width) * frame.scale), height: Int(Double(input.height) * frame.scale)
    )
    func offset(_ share: Double, _ margin: Int) -> Double {
      margin > 0 ? (share * Double(margin + 1)).rounded(.down) : 0
    }
    let scale = input.fittingScale(of: size) * frame.scale
    var transform = AffineTransform(a: scale, b: 0, tx: 0, c: 0, d: scale, ty: 0)
    if isFlipped { transform = .mirror(width: max(canvas.width, 1)).after(transform) }
    transform.tx -= offset(frame.x, canvas.width - input.width)
    transform.ty -= offset(frame.y, canvas.height - input.height)
    tiles = [Tile(transform: transform, part: nil)]
  }

  /// The same in the mirror.
  func mirrored(width: Int) -> SceneLayout {
    var layout = self
    for index in tiles.indices {
      layout.tiles[index].transform = AffineTransform.mirror(width: width).after(tiles[index].transform)
    }
    return layout
  }
}

extension AffineTransform {
  /// Exchanges left and right of a picture of that width.
  static func mirror(width: Int) -> AffineTransform {
    AffineTransform(a: -1, b: 0, tx: Double(width - 1), c: 0, d: 1, ty: 0)
  }

  /// Whether left and right are exchanged.
  var isMirroring: Bool { a * d - b * c < 0 }

  /// The least box around where a box comes to lie.
  func box(around box: BoundingBox) -> BoundingBox {
    let corners = [
      Point(x: box.x, y: box.y), Point(x: box.x + box.width, y: box.y), Point(x: box.x, y: box.y + box.height),
      Point(x: box.x + box.width, y: box.y + box.height),
    ].map { self($0) }
    let (xs, ys) = (corners.map(\.x), corners.map(\.y))
    let (left, top) = (xs.min() ?? 0, ys.min() ?? 0)
    return BoundingBox(x: left, y: top, width: (xs.max() ?? 0) - left, height: (ys.max() ?? 0) - top)
  }

  /// The part of a picture that an input shows, with room for neighbors; nil where there is no way back.
  func region(of input: Size) -> BoundingBox? {
    guard let inverse else { return nil }
    let seen = inverse.box(
      around: BoundingBox(x: 0, y: 0, width: Double(input.width - 1), height: Double(input.height - 1)))
    return BoundingBox(x: seen.x - 2, y: seen.y - 2, width: seen.width + 4, height: seen.height + 4)
  }
}
