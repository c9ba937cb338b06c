import CPosePixels

/// Where the pixels of a row or of a column of a result lie in a picture: evenly spaced.
package struct ResampledAxis: Sendable, Hashable {
  /// The places in the result.
  package var range: Range<Int>
  /// Where the first of them lies, in pixels from the center of the picture's first pixel.
  package var first: Double
  /// From one place to the next, in pixels of the picture; negative where the picture is mirrored.
  package var step: Double

  package init(range: Range<Int>, first: Double, step: Double) {
    (self.range, self.first, self.step) = (range, first, step)
  }

  /// Between which two of the picture's pixels the place with that number lies, and how far behind the first one. Beyond the
  /// picture lies its last pixel.
  fileprivate func position(of place: Int, extent: Int) -> (first: Int, next: Int, weights: (Int32, Int32)) {
    let position = min(max(first + step * Double(place), 0), Double(extent - 1))
    let whole = position.rounded(.down)
    let weight = Int32(((position - whole) * 2048).rounded())
    return (Int(whole), min(Int(whole) + 1, extent - 1), (2048 - weight, weight))
  }
}

extension PixelView {
  /// Writes a scaled part of the picture, mirrored or not, onto an RGB canvas, by bilinear interpolation.
  ///
  /// - Parameters:
  ///   - canvas: as many rows of `width` pixels as it holds; it must hold all places of `columns` and `rows`.
  package func paste(
    columns: ResampledAxis, rows: ResampledAxis, onto canvas: UnsafeMutableBufferPointer<UInt8>, width canvasWidth: Int
  ) {
    guard !columns.range.isEmpty, !rows.range.isEmpty, let pixels = memory.baseAddress else { return }
    precondition(
      columns.range.lowerBound >= 0 && columns.range.upperBound <= canvasWidth && rows.range.lowerBound >= 0
        && rows.range.upperBound * canvasWidth * 3 <= canvas.count,
      "a part of \(columns.range) x \(rows.range) does not lie on a canvas of \(canvasWidth) pixels a row")
    let count = columns.range.count
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: 10 * count) { memory in
      memory.initialize(repeating: 0)
      guard let offsets = memory.baseAddress else { return }
      let weights = offsets + 2 * count
      // Two rows of the picture, resampled along themselves; rows of the result mostly share one with the row before.
      var blended = (above: offsets + 4 * count, below: offsets + 7 * count)
      var held = (above: -1, below: -1)
      for place in 0..<count {
        let position = columns.position(of: place, extent: width)
        offsets[2 * place] = Int32(truncatingIfNeeded: position.first * 3)
        offsets[2 * place + 1] = Int32(truncatingIfNeeded: position.next * 3)
        (weights[2 * place], weights[2 * place + 1]) = position.weights
      }
      for place in 0..<rows.range.count {
        let position = rows.position(of: place, extent: height)
        if position.first == held.below {
          (blended, held) = ((blended.below, blended.above), (held.below, held.above))
        }
        if position.first != held.above {
          pose_resize_row(pixels + position.first * bytesPerRow, offsets, weights, count, blended.above)
        }
        if position.next != held.below {
          pose_resize_row(pixels + position.next * bytesPerRow, offsets, weights, count, blended.below)
        }
        held = (position.first, position.next)
        let start = ((rows.range.lowerBound + place) * canvasWidth + columns.range.lowerBound) * 3
        pose_resize_blend(
          blended.above, blended.below, position.weights.0, position.weights.1, count * 3,
          canvas.baseAddress.map { $0 + start })
      }
    }
  }
}
