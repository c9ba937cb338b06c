/// The orientation of a stored picture, in the numbering of EXIF's tag 0x0112. It determines how the picture must be
/// turned or mirrored to be upright.
enum Orientation: Int, CaseIterable, Sendable {
  case upright = 1
  case mirrored, turnedHalf, flipped, transposed, turnedClockwise, transversed, turnedCounterclockwise

  /// The orientation that a JPEG file's EXIF block states, or upright if there is none that can be read.
  init(jpeg bytes: [UInt8]) {
    self = Self.exif(in: bytes).flatMap(Self.tag).flatMap(Self.init) ?? .upright
  }

  /// The TIFF structure inside the first `Exif` segment before the pixels.
  private static func exif(in bytes: [UInt8]) -> ArraySlice<UInt8>? {
    var position = 2
    while position + 4 <= bytes.count, bytes[position] == 0xFF {
      let marker = bytes[position + 1]
      if marker == 0xFF {
        position += 1
        continue
      }
      // No segments follow the scan or the end of the picture.
      if marker == 0xDA || marker == 0xD9 { return nil }
      let length = Int(bytes[position + 2]) << 8 | Int(bytes[position + 3])
      let end = position + 2 + length
      guard length >= 2, end <= bytes.count else { return nil }
      let body = bytes[(position + 4)..<end]
      if marker == 0xE1, body.starts(with: [0x45, 0x78, 0x69, 0x66, 0, 0]) { return body.dropFirst(6) }
      position = end
    }
    return nil
  }

  /// The orientation entry of the first directory. A segment has at most 64 KiB, so the search is short.
  private static func tag(tiff: ArraySlice<UInt8>) -> Int? {
    let isLittle = tiff.starts(with: [0x49, 0x49, 42, 0])
    guard isLittle || tiff.starts(with: [0x4D, 0x4D, 0, 42]) else { return nil }
    func number(at offset: Int, count: Int) -> Int? {
      guard offset >= 0, offset <= tiff.count - count else { return nil }
      let digits = tiff[(tiff.startIndex + offset)..<(tiff.startIndex + offset + count)]
      return (isLittle ? Array(digits.reversed()) : Array(digits)).reduce(0) { $0 << 8 | Int($1) }
    }
    guard let directory = number(at: 4, count: 4), let count = number(at: directory, count: 2) else { return nil }
    for entry in 0..<count {
      let offset = directory + 2 + entry * 12
      guard let tag = number(at: offset, count: 2) else { return nil }
      guard tag == 0x0112 else { continue }
      guard number(at: offset + 2, count: 2) == 3 else { return nil }
      return number(at: offset + 8, count: 2)
    }
    return nil
  }

  /// Whether rows become columns.
  var swapsSides: Bool { rawValue >= 5 }

  /// Whether each stored row is read from its last pixel to its first.
  var reversesColumns: Bool { [.mirrored, .turnedHalf, .transversed, .turnedCounterclockwise].contains(self) }

  /// Whether each stored column is read from its last pixel to its first.
  var reversesRows: Bool { [.turnedHalf, .flipped, .turnedClockwise, .transversed].contains(self) }

  /// Turns interleaved RGB pixels so that the picture is upright.
  func applied(
    to pixels: UnsafeBufferPointer<UInt8>, width: Int, height: Int
  ) -> (width: Int, height: Int, pixels: [UInt8]) {
    let (column, row) = (3, width * 3)
    // The position at which the result's first pixel is stored, and the distances to the neighbors to the right and
    // below.
    let start = (reversesColumns ? (width - 1) * column : 0) + (reversesRows ? (height - 1) * row : 0)
    let (alongRow, alongColumn) = (reversesColumns ? -column : column, reversesRows ? -row : row)
    let (across, down) = swapsSides ? (alongColumn, alongRow) : (alongRow, alongColumn)
    let (columns, rows) = swapsSides ? (height, width) : (width, height)
    let turned = [UInt8](unsafeUninitializedCapacity: columns * rows * 3) { turned, initialized in
      var target = 0
      for y in 0..<rows {
        var position = start + y * down
        for _ in 0..<columns {
          turned.initializeElement(at: target, to: pixels[position])
          turned.initializeElement(at: target + 1, to: pixels[position + 1])
          turned.initializeElement(at: target + 2, to: pixels[position + 2])
          position += across
          target += 3
        }
      }
      initialized = target
    }
    return (columns, rows, turned)
  }
}
