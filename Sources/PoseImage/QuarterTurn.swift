import PoseCore

/// A turn of a picture by a multiple of 90 degrees, clockwise.
package enum QuarterTurn: Int, CaseIterable, Sendable {
  case none, clockwise, half, counterclockwise

  /// The turn that takes this one back.
  package var inverse: QuarterTurn {
    switch self {
    case .none, .half: self
    case .clockwise: .counterclockwise
    case .counterclockwise: .clockwise
    }
  }

  /// The size of a turned picture.
  package func callAsFunction(_ size: Size) -> Size {
    self == .clockwise || self == .counterclockwise ? Size(height: size.width, width: size.height) : size
  }

  /// Where a point of a picture is after the turn.
  ///
  /// - Parameter size: of the picture before the turn.
  package func callAsFunction(_ point: Point, in size: Size) -> Point {
    let (right, bottom) = (Double(size.width) - 1, Double(size.height) - 1)
    return switch self {
    case .none: point
    case .clockwise: Point(x: bottom - point.y, y: point.x)
    case .half: Point(x: right - point.x, y: bottom - point.y)
    case .counterclockwise: Point(x: point.y, y: right - point.x)
    }
  }

  /// Where a box of a picture is after the turn.
  ///
  /// - Parameter size: of the picture before the turn.
  package func callAsFunction(_ box: BoundingBox, in size: Size) -> BoundingBox {
    let (width, height) = (Double(size.width), Double(size.height))
    return switch self {
    case .none: box
    case .clockwise:
      BoundingBox(x: height - box.y - box.height, y: box.x, width: box.height, height: box.width)
    case .half:
      BoundingBox(
        x: width - box.x - box.width, y: height - box.y - box.height, width: box.width, height: box.height)
    case .counterclockwise:
      BoundingBox(x: box.y, y: width - box.x - box.width, width: box.height, height: box.width)
    }
  }
}

extension Image {
  /// The picture, turned.
  package func turned(_ turn: QuarterTurn) throws(ImageError) -> Image {
    if turn == .none { return self }
    // The byte of the first pixel of the result, and the distances to the next pixels to the right and below.
    let (column, row) = (3, 3 * width)
    let (start, across, down) =
      switch turn {
      case .none: (0, column, row)
      case .clockwise: ((height - 1) * row, -row, column)
      case .half: (height * row - column, -column, -row)
      case .counterclockwise: (row - column, row, -column)
      }
    let size = turn(Size(height: height, width: width))
    let turned = pixels.withUnsafeBufferPointer { pixels in
      [UInt8](unsafeUninitializedCapacity: pixels.count) { turned, count in
        var target = 0
        for y in 0..<size.height {
          var position = start + y * down
          for _ in 0..<size.width {
            for channel in 0..<3 { turned.initializeElement(at: target + channel, to: pixels[position + channel]) }
            position += across
            target += 3
          }
        }
        count = target
      }
    }
    return try Image(width: size.width, height: size.height, pixels: turned)
  }
}
