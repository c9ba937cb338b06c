import PoseCore
import PoseImage

/// A picture with a line of text under it.
public struct PictureTile: Sendable {
  public var image: Image
  public var caption: String

  /// Creates a tile.
  public init(image: Image, caption: String) {
    self.image = image
    self.caption = caption
  }
}

extension Image {
  /// Arranges pictures in rows on a dark background, each with its caption below.
  ///
  /// - Throws: ``MediaError`` if there are no pictures or no columns, or if a side would be longer than Cairo accepts
  ///   (32767 pixels).
  public static func sheet(_ tiles: [PictureTile], columns: Int) throws(MediaError) -> Image {
    let (gap, textHeight) = (12, 24)
    guard columns > 0, !tiles.isEmpty else {
      throw .cannotDraw(reason: "\(tiles.count) pictures in \(columns) columns")
    }
    let columns = min(columns, tiles.count)
    let rows = (tiles.count + columns - 1) / columns
    let width = tiles.map(\.image.width).max() ?? 0
    let height = tiles.map(\.image.height).max() ?? 0
    let (sheetWidth, sheetHeight) = (columns * (width + gap) + gap, rows * (height + textHeight + gap) + gap)
    guard width > 0, max(width, height) <= 32767, sheetWidth <= 32767, sheetHeight <= 32767 else {
      throw .cannotDraw(reason: "\(tiles.count) pictures of \(width) x \(height) pixels in \(columns) columns")
    }
    var pixels = [UInt8]()
    pixels.reserveCapacity(sheetWidth * sheetHeight * 3)
    for _ in 0..<sheetWidth * sheetHeight { pixels += [22, 24, 30] }
    func corner(_ index: Int) -> (x: Int, y: Int) {
      (gap + index % columns * (width + gap), gap + index / columns * (height + textHeight + gap))
    }
    for (index, tile) in tiles.enumerated() {
      let (left, top) = corner(index)
      for row in 0..<tile.image.height {
        let start = ((top + row) * sheetWidth + left) * 3
        let bytes = tile.image.width * 3
        pixels.replaceSubrange(start..<start + bytes, with: tile.image.pixels[row * bytes..<(row + 1) * bytes])
      }
    }
    let canvas = try Canvas(ground(sheetWidth, sheetHeight, pixels))
    for (index, tile) in tiles.enumerated() {
      let (left, top) = corner(index)
      canvas.text(
        tile.caption, at: Point(x: Double(left), y: Double(top + height + 16)), size: 13, width: Double(width),
        ink: Color(red: 0.86, green: 0.88, blue: 0.92))
    }
    return try canvas.image()
  }

  private static func ground(_ width: Int, _ height: Int, _ pixels: [UInt8]) throws(MediaError) -> Image {
    do {
      return try Image(width: width, height: height, pixels: pixels)
    } catch {
      throw .cannotDraw(reason: "\(error)")
    }
  }
}
