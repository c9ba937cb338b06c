/// The orientation of a stored picture, in the numbering of EXIF's tag 0x0112. It determines how the picture must be
/// turned or mirrored to be upright.
enum Orientation: Int, CaseIterable, Sendable {
  case upright = 1
  case mirrored, turnedHalf, flipped, transposed, turnedClockwise, transversed, turnedCounterclockwise

  /// The orientation that a JPEG file's EXIF block states, or upright if there is none that can be read.
  init(jpeg bytes: [UInt8]) { self.init(tiff: JPEGSegments(bytes).exif) }

  /// The orientation that an EXIF block states, or upright if there is none that can be read.
  init(tiff: ArraySlice<UInt8>?) { self = tiff.flatMap { EXIF(tiff: $0)?.orientation } ?? .upright }

  /// Whether rows become columns.
  var swapsSides: Bool { rawValue >= 5 }

  /// Whether each stored row is read from its last pixel to its first.
  var reversesColumns: Bool { [.mirrored, .turnedHalf, .transversed, .turnedCounterclockwise].contains(self) }

  /// Whether each stored column is read from its last pixel to its first.
  var reversesRows: Bool { [.turnedHalf, .flipped, .turnedClockwise, .transversed].contains(self) }

  /// The transparency of the upright picture.
  func applied(toAlpha alpha: [UInt8], width: Int, height: Int) -> [UInt8] {
    if self == .upright { return alpha }
    return alpha.withUnsafeBufferPointer { applied(to: $0, width: width, height: height, samples: 1).pixels }
  }

  /// Turns interleaved samples so that the picture is upright.
  ///
  /// - Parameter samples: the number of samples of a pixel: 3 for RGB, 1 for transparency.
  func applied(
    to pixels: UnsafeBufferPointer<UInt8>, width: Int, height: Int, samples: Int = 3
  ) -> (width: Int, height: Int, pixels: [UInt8]) {
    let (column, row) = (samples, width * samples)
    // The position at which the result's first pixel is stored, and the distances to the neighbors to the right and
    // below.
    let start = (reversesColumns ? (width - 1) * column : 0) + (reversesRows ? (height - 1) * row : 0)
    let (alongRow, alongColumn) = (reversesColumns ? -column : column, reversesRows ? -row : row)
    let (across, down) = swapsSides ? (alongColumn, alongRow) : (alongRow, alongColumn)
    let (columns, rows) = swapsSides ? (height, width) : (width, height)
    let turned = [UInt8](unsafeUninitializedCapacity: columns * rows * samples) { turned, initialized in
      var target = 0
      for y in 0..<rows {
        var position = start + y * down
        for _ in 0..<columns {
          turned.initializeElement(at: target, to: pixels[position])
          if samples == 3 {
            turned.initializeElement(at: target + 1, to: pixels[position + 1])
            turned.initializeElement(at: target + 2, to: pixels[position + 2])
          }
          position += across
          target += samples
        }
      }
      initialized = target
    }
    return (columns, rows, turned)
  }
}
