/// The TIFF block of a picture's EXIF data: its orientation and its thumbnail.
struct EXIF {
  private let tiff: ArraySlice<UInt8>
  private let isLittle: Bool

  /// - Returns: nil for bytes that are not a TIFF block.
  init?(tiff: ArraySlice<UInt8>) {
    self.tiff = tiff
    isLittle = tiff.starts(with: [0x49, 0x49, 42, 0])
    guard isLittle || tiff.starts(with: [0x4D, 0x4D, 0, 42]) else { return nil }
  }

  var orientation: Orientation? { orientationPlace.flatMap { number(at: $0, count: 2) }.flatMap(Orientation.init) }

  /// A copy of the block for the picture when it is upright and drawn on: with the orientation of an upright picture, and
  /// without the thumbnail, which shows the picture as it was.
  var redrawn: [UInt8] {
    var block = Array(tiff)
    if let place = orientationPlace { (block[place], block[place + 1]) = isLittle ? (1, 0) : (0, 1) }
    // The place of the second directory, which describes the thumbnail, follows the entries of the first.
    guard let first = number(at: 4, count: 4), let count = number(at: first, count: 2) else { return block }
    let link = first + 2 + count * 12
    guard let second = number(at: link, count: 4), second > 0 else { return block }
    block.replaceSubrange(link..<link + 4, with: repeatElement(0, count: 4))
    let entries = entries(at: second)
    // The places and lengths of a JPEG and of plain pixels.
    for (start, length) in [(0x0201, 0x0202), (0x0111, 0x0117)] {
      guard let start = entries[start].flatMap(value), let length = entries[length].flatMap(value),
        start >= link + 4, start <= tiff.count, length <= tiff.count - start
      else { continue }
      block.replaceSubrange(start..<start + length, with: repeatElement(0, count: length))
    }
    return block
  }

  private struct Entry {
    var type: Int
    /// The offset of its value in the block.
    var place: Int
  }

  /// The offset of the orientation's two bytes.
  private var orientationPlace: Int? {
    guard let first = number(at: 4, count: 4), let entry = entries(at: first)[0x0112], entry.type == 3 else {
      return nil
    }
    return entry.place
  }

  /// The entries of a directory, at most 65535, by their tags. The first one of a tag counts, and those that the block
  /// cuts off are missing.
  private func entries(at directory: Int) -> [Int: Entry] {
    var entries: [Int: Entry] = [:]
    for index in 0..<(number(at: directory, count: 2) ?? 0) {
      let place = directory + 2 + index * 12
      guard let tag = number(at: place, count: 2), let type = number(at: place + 2, count: 2),
        number(at: place + 8, count: 2) != nil
      else { break }
      if entries[tag] == nil { entries[tag] = Entry(type: type, place: place + 8) }
    }
    return entries
  }

  /// The value of an entry that holds one number of 16 or 32 bits.
  private func value(_ entry: Entry) -> Int? { number(at: entry.place, count: entry.type == 3 ? 2 : 4) }

  private func number(at offset: Int, count: Int) -> Int? {
    guard offset >= 0, offset <= tiff.count - count else { return nil }
    let digits = tiff[(tiff.startIndex + offset)..<(tiff.startIndex + offset + count)]
    return (isLittle ? Array(digits.reversed()) : Array(digits)).reduce(0) { $0 << 8 | Int($1) }
  }
}
