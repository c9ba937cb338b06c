import CPosePixels
import PoseCore

/// A part of a picture that is scaled to whole pixels and put into an input, as detectors see pictures.
package struct ResizedRegion: Sendable, Hashable {
  /// The part, in whole pixels of the picture.
  package let x, y: Int
  package let part: Size
  /// What it is scaled to.
  package let size: Size
  /// Where in the input it begins.
  package let left, top: Int
  /// What the rest of the input is filled with, in all colors.
  package let fill: UInt8

  /// - Precondition: the sizes are positive.
  package init(x: Int, y: Int, part: Size, size: Size, left: Int = 0, top: Int = 0, fill: UInt8) {
    precondition(
      part.width > 0 && part.height > 0 && size.width > 0 && size.height > 0, "\(part) to \(size) is no resize")
    precondition(left >= 0 && top >= 0, "a resized region begins in its input")
    (self.x, self.y, self.part, self.size) = (x, y, part, size)
    (self.left, self.top, self.fill) = (left, top, fill)
  }

  /// From the picture's pixels to the input's. Corners, not centers of pixels, lie on each other.
  package var toInput: AffineTransform {
    let scaleX = Double(size.width) / Double(part.width)
    let scaleY = Double(size.height) / Double(part.height)
    return AffineTransform(
      a: scaleX, b: 0, tx: (0.5 - Double(x)) * scaleX - 0.5 + Double(left), c: 0, d: scaleY,
      ty: (0.5 - Double(y)) * scaleY - 0.5 + Double(top))
  }

  /// The same part of a picture that was decoded at a fraction of its size.
  ///
  /// - Parameter toPicture: from the decoded picture's pixels to the picture's.
  fileprivate func within(_ view: PixelView, toPicture: AffineTransform) -> ResizedRegion {
    func side(_ start: Int, _ extent: Int, scale: Double, offset: Double, limit: Int) -> (start: Int, extent: Int) {
      guard scale > 0 else { return (0, limit) }
      let first = ((Double(start) - 0.5 - offset) / scale + 0.5).rounded()
      let length = (Double(extent) / scale).rounded()
      let begin = Int(min(max(first, 0), Double(limit - 1)))
      return (begin, Int(min(max(length, 1), Double(limit - begin))))
    }
    let across = side(x, part.width, scale: toPicture.a, offset: toPicture.tx, limit: view.width)
    let down = side(y, part.height, scale: toPicture.d, offset: toPicture.ty, limit: view.height)
    return ResizedRegion(
      x: across.start, y: down.start, part: Size(height: down.extent, width: across.extent), size: size, left: left,
      top: top,
      fill: fill)
  }
}

extension PixelView {
  /// What a placement shows of the picture, as a network's input.
  ///
  /// - Parameters:
  ///   - toPicture: from this view's pixels to the picture's that the placement is of; nil where they are the same.
  ///   - planes: at least `3 x height x width` floats, of any content.
  package func encode(
    _ placement: Placement, toPicture: AffineTransform?, encoding: PixelEncoding,
    into planes: UnsafeMutableBufferPointer<Float>
  ) {
    guard let resized = placement.resized else {
      warp(
        by: toPicture.map { placement.toInput.after($0) } ?? placement.toInput, to: placement.input,
        fill: placement.fill, encoding: encoding, into: planes)
      return
    }
    let region = toPicture.map { resized.within(self, toPicture: $0) } ?? resized
    precondition(
      region.x >= 0 && region.y >= 0 && region.x + region.part.width <= width
        && region.y + region.part.height <= height,
      "a resized region must lie in its picture")
    let (input, size) = (placement.input, region.size)
    encode(rowsOf: input, encoding: encoding, into: planes) { write in
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: max(input.width * 3, 1)) { row in
        row.initialize(repeating: region.fill)
        let (top, left) = (min(region.top, input.height), min(region.left, input.width))
        for y in 0..<top { write(y, row) }
        resize(region, into: UnsafeMutableBufferPointer(rebasing: row[(3 * left)...])) { y in
          if top + y < input.height { write(top + y, row) }
        }
        row.update(repeating: region.fill)
        for y in min(top + size.height, input.height)..<input.height { write(y, row) }
      }
    }
  }

  /// Calls `write` for each row of the resized region, in order, once the row's bytes are in `row`.
  private func resize(
    _ region: ResizedRegion, into row: UnsafeMutableBufferPointer<UInt8>, _ write: (_ y: Int) -> Void
  ) {
    let (part, size) = (region.part, region.size)
    guard let pixels = memory.baseAddress.map({ $0 + region.y * bytesPerRow + region.x * 3 }) else { return }
    let columns = min(size.width, row.count / 3)
    if part.width == 2 * size.width, part.height == 2 * size.height {
      for y in 0..<size.height {
        let above = pixels + 2 * y * bytesPerRow
        pose_halve_rows(above, above + bytesPerRow, columns, row.baseAddress)
        write(y)
      }
      return
    }
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: 4 * columns + 6 * columns + 1) { memory in
      memory.initialize(repeating: 0)
      guard let offsets = memory.baseAddress else { return }
      let weights = offsets + 2 * columns
      // Two rows of the picture, resized along themselves; rows of the result mostly share one with the row before.
      var blended = (above: offsets + 4 * columns, below: offsets + 7 * columns)
      var rows = (above: -1, below: -1)
      for x in 0..<columns {
        var place = ResizePosition(x, from: part.width, to: size.width)
        if place.first < 0 { place = ResizePosition(first: 0, fraction: 0) }
        if place.first >= part.width - 1 { place = ResizePosition(first: part.width - 1, fraction: 0) }
        offsets[2 * x] = Int32(truncatingIfNeeded: place.first * 3)
        offsets[2 * x + 1] = Int32(truncatingIfNeeded: min(place.first + 1, part.width - 1) * 3)
        (weights[2 * x], weights[2 * x + 1]) = place.weights
      }
      for y in 0..<size.height {
        let place = ResizePosition(y, from: part.height, to: size.height)
        let above = min(max(place.first, 0), part.height - 1)
        let below = min(max(place.first + 1, 0), part.height - 1)
        if above == rows.below { (blended, rows) = ((blended.below, blended.above), (rows.below, rows.above)) }
        if above != rows.above {
          pose_resize_row(pixels + above * bytesPerRow, offsets, weights, columns, blended.above)
        }
        if below != rows.below {
          pose_resize_row(pixels + below * bytesPerRow, offsets, weights, columns, blended.below)
        }
        rows = (above, below)
        let (own, next) = place.weights
        pose_resize_blend(blended.above, blended.below, own, next, columns * 3, row.baseAddress)
        write(y)
      }
    }
  }
}

/// Which two of a picture's pixels lie around one of the result's, in OpenCV's arithmetic.
private struct ResizePosition {
  var first: Int
  var fraction: Float

  init(first: Int, fraction: Float) { (self.first, self.fraction) = (first, fraction) }

  init(_ index: Int, from extent: Int, to target: Int) {
    let scale = 1 / (Double(target) / Double(extent))
    let position = Float((Double(index) + 0.5) * scale - 0.5)
    first = Int(position.rounded(.down))
    fraction = position - Float(first)
  }

  /// Of both, in 1/2048.
  var weights: (Int32, Int32) {
    (
      Int32(((1 - fraction) * 2048).rounded(.toNearestOrEven)), Int32((fraction * 2048).rounded(.toNearestOrEven))
    )
  }
}
