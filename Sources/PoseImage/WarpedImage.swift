import CPosePixels
import PoseCore

extension Image {
  /// The image as a transform maps it, black where nothing is mapped to: equal to OpenCV's `warpAffine` (bilinear,
  /// constant border) bit for bit.
  ///
  /// - Parameters:
  ///   - transform: from this image's pixels to the result's; one without inverse makes all black.
  ///   - isMirrored: whether the image is taken as if left and right were exchanged; the transform is of that image then.
  /// - Throws: ``ImageError`` where the size is not positive.
  public func warped(
    by transform: AffineTransform, width: Int, height: Int, isMirrored: Bool = false
  ) throws(ImageError) -> Image {
    let (area, overflow) = width.multipliedReportingOverflow(by: height)
    guard width > 0, height > 0, !overflow, area <= Int(Int32.max) else {
      throw .invalidSize(width: width, height: height)
    }
    let pixels = [UInt8](unsafeUninitializedCapacity: area * 3) { result, initialized in
      result.initialize(repeating: 0)
      initialized = area * 3
      withView {
        $0.warp(by: transform, width: width, height: height, isMirrored: isMirrored, into: result)
      }
    }
    return try Image(width: width, height: height, pixels: pixels)
  }
}

extension PixelView {
  /// The pixels as a transform maps them, filled where nothing is mapped to, as a network's input: equal to OpenCV's
  /// `warpAffine` (bilinear, constant border) bit for bit, then encoded.
  ///
  /// - Parameters:
  ///   - transform: from this image's pixels to the result's; of one without inverse nothing is mapped.
  ///   - isMirrored: whether the image is taken as if left and right were exchanged; the transform is of that image then.
  ///   - fill: what is around the image, in all colors.
  ///   - planes: at least `3 x height x width` floats, of any content.
  package func warp(
    by transform: AffineTransform, to size: Size, isMirrored: Bool = false, fill: UInt8 = 0,
    encoding: PixelEncoding, into planes: UnsafeMutableBufferPointer<Float>
  ) {
    encode(rowsOf: size, encoding: encoding, into: planes) { write in
      sample(
        by: transform, width: size.width, height: size.height, isMirrored: isMirrored, fill: fill, write)
    }
  }

  /// Encodes the rows that `body` passes on.
  ///
  /// - Parameter body: calls its argument with a row's number and bytes, for each row.
  func encode(
    rowsOf size: Size, encoding: PixelEncoding, into planes: UnsafeMutableBufferPointer<Float>,
    _ body: ((_ y: Int, _ row: UnsafeMutableBufferPointer<UInt8>) -> Void) -> Void
  ) {
    let (width, height) = (size.width, size.height)
    let (area, overflow) = width.multipliedReportingOverflow(by: height)
    guard width > 0, height > 0, !overflow, planes.count / 3 >= area, let first = planes.baseAddress else {
      preconditionFailure("\(planes.count) floats hold no three planes of \(height) x \(width)")
    }
    // Every value that a pixel can become: three tables of 256.
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 768) { values in
      for color in 0..<3 {
        for value in 0..<256 {
          values[color * 256 + value] = encoding(UInt8(truncatingIfNeeded: value), ofColor: color)
        }
      }
      let (red, green, blue) = (
        first + encoding.plane(ofColor: 0) * area, first + encoding.plane(ofColor: 1) * area,
        first + encoding.plane(ofColor: 2) * area
      )
      body { y, row in
        pose_look_up_row(
          row.baseAddress, width, values.baseAddress, red + y * width, green + y * width, blue + y * width)
      }
    }
  }

  /// As ``Image/warped(by:width:height:isMirrored:)``, into bytes, at least `height x width x 3`.
  package func warp(
    by transform: AffineTransform, width: Int, height: Int, isMirrored: Bool = false, fill: UInt8 = 0,
    into pixels: UnsafeMutableBufferPointer<UInt8>
  ) {
    let (area, overflow) = width.multipliedReportingOverflow(by: height)
    precondition(
      width > 0 && height > 0 && !overflow && pixels.count / 3 >= area,
      "\(pixels.count) bytes hold no picture of \(height) x \(width)")
    sample(by: transform, width: width, height: height, isMirrored: isMirrored, fill: fill) { y, row in
      let target = UnsafeMutableBufferPointer(rebasing: pixels[y * width * 3..<(y + 1) * width * 3])
      _ = target.update(fromContentsOf: row[..<(width * 3)])
    }
  }

  /// Calls `write` for each row of the result, in order, with its `width * 3` bytes.
  private func sample(
    by transform: AffineTransform, width: Int, height: Int, isMirrored: Bool, fill: UInt8,
    _ write: (_ y: Int, _ row: UnsafeMutableBufferPointer<UInt8>) -> Void
  ) {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: width * 3 + 16) { row in
      row.initialize(repeating: fill)
      guard let inverse = transform.inverse else {
        for y in 0..<height { write(y, row) }
        return
      }
      let positions = SourcePositions(inverse, mirroredWidth: isMirrored ? self.width : nil)
      withUnsafeTemporaryAllocation(of: Int32.self, capacity: 2 * width) { columns in
        for x in 0..<width { (columns[x], columns[width + x]) = positions.column(x) }
        if let span = uprightSpan(positions, columns, height: height) {
          sampleUpright(positions, columns, span, height: height, fill: fill, row, write)
        } else {
          var picture = pose_picture(
            pixels: memory.baseAddress, width: self.width, height: self.height, row_bytes: bytesPerRow,
            is_mirrored: isMirrored ? 1 : 0, fill: fill)
          for y in 0..<height {
            let (rowX, rowY) = positions.row(y)
            pose_sample_anywhere(
              &picture, columns.baseAddress, columns.baseAddress.map { $0 + width }, rowX, rowY, width, row.baseAddress)
            write(y, row)
          }
        }
      }
    }
  }

  /// The picture's columns that an upright, unturned result is sampled from, up to two beyond the border on both sides;
  /// nil where the result is turned, or where blending whole rows of the picture would be more work than it saves.
  private func uprightSpan(
    _ positions: SourcePositions, _ columns: UnsafeMutableBufferPointer<Int32>, height: Int
  ) -> ClosedRange<Int>? {
    let width = columns.count / 2
    let rowX = positions.row(0).x
    guard columns[width...].allSatisfy({ $0 == 0 }), (0..<height).allSatisfy({ positions.row($0).x == rowX })
    else { return nil }
    let (first, last) = (
      column(positions.place(rowX + Int(columns[0])).pixel),
      column(positions.place(rowX + Int(columns[width - 1])).pixel)
    )
    let span = min(first, last)...max(first, last) + 1
    return span.count <= 8 * width + 8 ? span : nil
  }

  /// Two columns beyond the border stand for all that are farther.
  private func column(_ pixel: Int) -> Int { min(max(pixel, -2), width) }

  /// Rows of the picture are blended in pairs, then neighbours in those.
  private func sampleUpright(
    _ positions: SourcePositions, _ columns: UnsafeMutableBufferPointer<Int32>, _ span: ClosedRange<Int>, height: Int,
    fill: UInt8, _ row: UnsafeMutableBufferPointer<UInt8>,
    _ write: (_ y: Int, _ row: UnsafeMutableBufferPointer<UInt8>) -> Void
  ) {
    let count = columns.count / 2
    let rowX = positions.row(0).x
    // What of the span lies in the picture; the rest stays the fill.
    let inside = max(span.lowerBound, 0)..<max(min(span.upperBound, width - 1) + 1, max(span.lowerBound, 0))
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: count) { offsets in
      withUnsafeTemporaryAllocation(of: UInt32.self, capacity: count) { weights in
        // Kernels read eight values from a pixel on, two more than it and its neighbour have.
        withUnsafeTemporaryAllocation(of: UInt16.self, capacity: span.count * 3 + 2) { blended in
          blended.initialize(repeating: 32 * UInt16(fill))
          for x in 0..<count {
            let place = positions.place(rowX + Int(columns[x]))
            let fraction = UInt32(truncatingIfNeeded: place.fraction)
            offsets[x] = Int32(truncatingIfNeeded: (column(place.pixel) - span.lowerBound) * 3)
            weights[x] = 32 - fraction | fraction << 16
          }
          guard let start = memory.baseAddress.map({ $0 + inside.lowerBound * 3 }),
            let target = blended.baseAddress.map({ $0 + (inside.lowerBound - span.lowerBound) * 3 })
          else { return }
          withUnsafeTemporaryAllocation(of: UInt8.self, capacity: max(inside.count * 3, 1)) { outside in
            outside.initialize(repeating: fill)
            func source(_ row: Int) -> UnsafePointer<UInt8>? {
              (0..<self.height).contains(row) ? start + row * bytesPerRow : UnsafePointer(outside.baseAddress)
            }
            for y in 0..<height {
              let v = positions.row(y).y >> 5
              let (top, fraction) = (v >> 5, v & 31)
              pose_blend_rows(
                source(top), source(top + 1), Int32(32 - fraction), Int32(fraction), target, inside.count * 3)
              pose_sample_row(blended.baseAddress, offsets.baseAddress, weights.baseAddress, count, row.baseAddress)
              write(y, row)
            }
          }
        }
      }
    }
  }
}

/// Where a result's pixels come from, in OpenCV's fixed point: 1/1024 pixel, a column's part and a row's part.
private struct SourcePositions {
  private let inverse: AffineTransform
  private let mirroredWidth: Int?

  /// - Parameter mirroredWidth: of the picture, where its columns are counted from the right.
  init(_ inverse: AffineTransform, mirroredWidth: Int?) {
    self.inverse = inverse
    self.mirroredWidth = mirroredWidth
  }

  /// The pixel left of a sum of both parts, and how many 1/32 pixel behind it that is.
  func place(_ position: Int) -> (pixel: Int, fraction: Int) {
    let u = mirroredWidth.map { (($0 - 1) << 5) - (position >> 5) } ?? position >> 5
    return (u >> 5, u & 31)
  }

  func column(_ x: Int) -> (x: Int32, y: Int32) {
    (Self.fixedPoint(inverse.a * Double(x)), Self.fixedPoint(inverse.c * Double(x)))
  }

  /// With half of 1/32 pixel, which positions are cut to.
  func row(_ y: Int) -> (x: Int, y: Int) {
    (
      Int(Self.fixedPoint(inverse.b * Double(y) + inverse.tx)) + 16,
      Int(Self.fixedPoint(inverse.d * Double(y) + inverse.ty)) + 16
    )
  }

  /// A position in 1/1024 pixel, rounded half to even; saturated as OpenCV's, far outside where it is no number.
  private static func fixedPoint(_ position: Double) -> Int32 {
    let scaled = (position * 1024).rounded(.toNearestOrEven)
    guard scaled > Double(Int32.min) else { return .min }
    return scaled < Double(Int32.max) ? Int32(scaled) : .max
  }
}
