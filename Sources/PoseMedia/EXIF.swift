/// The TIFF block of a picture's EXIF data, and the orientation in it.
struct EXIF {
  private let tiff: ArraySlice<UInt8>
  private let isLittle: Bool
  /// The offset of the orientation's two bytes in the block.
  private let place: Int

  /// - Returns: nil if the block has no orientation that can be read.
  init?(tiff: ArraySlice<UInt8>) {
    self.tiff = tiff
    isLittle = tiff.starts(with: [0x49, 0x49, 42, 0])
    guard isLittle || tiff.starts(with: [0x4D, 0x4D, 0, 42]) else { return nil }
    guard let place = Self.orientationPlace(tiff, isLittle: isLittle) else { return nil }
    self.place = place
  }

  /// Searches the first directory, which has at most 65535 entries.
  private static func orientationPlace(_ tiff: ArraySlice<UInt8>, isLittle: Bool) -> Int? {
    func number(at offset: Int, count: Int) -> Int? { Self.number(tiff, at: offset, count: count, isLittle: isLittle) }
    guard let directory = number(at: 4, count: 4), let count = number(at: directory, count: 2) else { return nil }
    for entry in 0..<count {
      let offset = directory + 2 + entry * 12
      guard let tag = number(at: offset, count: 2) else { return nil }
      guard tag == 0x0112 else { continue }
      guard number(at: offset + 2, count: 2) == 3, number(at: offset + 8, count: 2) != nil else { return nil }
      return offset + 8
    }
    return nil
  }

  private static func number(_ tiff: ArraySlice<UInt8>, at offset: Int, count: Int, isLittle: Bool) -> Int? {
    guard offset >= 0, offset <= tiff.count - count else { return nil }
    let digits = tiff[(tiff.startIndex + offset)..<(tiff.startIndex + offset + count)]
    return (isLittle ? Array(digits.reversed()) : Array(digits)).reduce(0) { $0 << 8 | Int($1) }
  }

  var orientation: Orientation? {
    Self.number(tiff, at: place, count: 2, isLittle: isLittle).flatMap(Orientation.init)
  }

  /// A copy of the block with the orientation of an upright picture.
  var upright: [UInt8] {
    var block = Array(tiff)
    (block[place], block[place + 1]) = isLittle ? (1, 0) : (0, 1)
    return block
  }
}
