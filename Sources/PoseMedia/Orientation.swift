import PoseCore

/// How a camera was held: EXIF's orientation, 1 for upright.
struct Orientation: Hashable {
  /// 1...8 as EXIF numbers them.
  var value = 1

  init(value: Int) { self.value = value }

  /// Reads the orientation of a JPEG file; upright where it has none, or none that can be understood.
  init(exif bytes: [UInt8]) {
    // Segments follow the start marker until the picture data: 0xff, a type, a length that counts itself.
    var position = 2
    while position + 4 <= bytes.count, bytes[position] == 0xff {
      let type = bytes[position + 1]
      let length = Int(bytes[position + 2]) << 8 | Int(bytes[position + 3])
      let end = position + 2 + length
      if type == 0xda || type == 0xd9 || length < 2 || end > bytes.count { return }
      if type == 0xe1, length >= 8, bytes[position + 4..<position + 10].elementsEqual("Exif\0\0".utf8) {
        value = Self.orientation(inTIFF: bytes[(position + 10)..<max(end, position + 10)]) ?? 1
        return
      }
      position = end
    }
  }

  private static func orientation(inTIFF bytes: ArraySlice<UInt8>) -> Int? {
    let isLittle = bytes.starts(with: "II".utf8)
    guard isLittle || bytes.starts(with: "MM".utf8) else { return nil }
    func number(_ offset: Int, _ count: Int) -> Int? {
      guard offset >= 0, offset <= bytes.count - count else { return nil }
      let start = bytes.startIndex + offset
      let digits = bytes[start..<start + count]
      return (isLittle ? Array(digits.reversed()) : Array(digits)).reduce(0) { $0 << 8 | Int($1) }
    }
    guard let directory = number(4, 4), let count = number(directory, 2) else { return nil }
    for entry in 0..<min(count, 512) {
      let start = directory + 2 + entry * 12
      guard let tag = number(start, 2) else { return nil }
      if tag == 0x0112 { return number(start + 8, 2).flatMap { (1...8).contains($0) ? $0 : nil } }
    }
    return nil
  }
}

extension Image {
  /// The picture upright.
  func turned(by orientation: Orientation) throws(MediaError) -> Image {
    guard orientation.value != 1 else { return self }
    let isTransposed = orientation.value >= 5
    let (newWidth, newHeight) = isTransposed ? (height, width) : (width, height)
    let turned = [UInt8](unsafeUninitializedCapacity: pixels.count) { result, initialized in
      for y in 0..<newHeight {
        for x in 0..<newWidth {
          let (sourceX, sourceY) =
            switch orientation.value {
            case 2: (width - 1 - x, y)
            case 3: (width - 1 - x, height - 1 - y)
            case 4: (x, height - 1 - y)
            case 5: (y, x)
            case 6: (y, height - 1 - x)
            case 7: (width - 1 - y, height - 1 - x)
            default: (width - 1 - y, x)
            }
          let (from, to) = ((sourceY * width + sourceX) * 3, (y * newWidth + x) * 3)
          for channel in 0..<3 { result[to + channel] = pixels[from + channel] }
        }
      }
      initialized = pixels.count
    }
    return try image(newWidth, newHeight, turned)
  }
}
