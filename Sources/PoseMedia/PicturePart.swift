/// A rectangle of a picture's pixels.
struct PicturePart {
  let x: Range<Int>
  let y: Range<Int>

  /// The longest side that Cairo accepts.
  private static let longestSide = 32767

  /// Parts of at most `count` pixels that cover a picture. They are bands of whole rows, unless the rows are too long.
  static func parts(width: Int, height: Int, count: Int) -> [PicturePart] {
    let columns = min(width, longestSide, max(count, 1))
    let rows = min(max(count / max(columns, 1), 1), longestSide)
    return stride(from: 0, to: height, by: rows).flatMap { top in
      stride(from: 0, to: width, by: columns).map { left in
        PicturePart(x: left..<min(left + columns, width), y: top..<min(top + rows, height))
      }
    }
  }
}
