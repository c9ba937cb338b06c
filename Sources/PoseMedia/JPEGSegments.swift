/// The segments of a JPEG file before its first scan, in their order.
struct JPEGSegments: Sequence, IteratorProtocol {
  private let bytes: [UInt8]
  private var position = 2

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// - Returns: nil if the scan begins, or if the bytes end or are invalid.
  mutating func next() -> (marker: UInt8, body: ArraySlice<UInt8>)? {
    while position + 4 <= bytes.count {
      let marker = bytes[position + 1]
      // Stray bytes between segments and fill bytes are skipped, as in libjpeg.
      guard bytes[position] == 0xFF, marker != 0xFF else {
        position += 1
        continue
      }
      switch marker {
      case 0x00, 0x01, 0xD0...0xD8:
        // Markers without a body.
        position += 2
      case 0xD9, 0xDA:
        return nil
      default:
        let start = position + 4
        let end = position + 2 + (Int(bytes[position + 2]) << 8 | Int(bytes[position + 3]))
        guard start <= end, end <= bytes.count else { return nil }
        position = end
        return (marker, bytes[start..<end])
      }
    }
    return nil
  }

  /// The TIFF block of the first `Exif` segment.
  var exif: ArraySlice<UInt8>? {
    for (marker, body) in self where marker == Self.exifMarker && body.starts(with: Self.exifName) {
      return body.dropFirst(Self.exifName.count)
    }
    return nil
  }

  /// The ICC profile, which may be split into several segments; nil if one is missing or the profile is larger than
  /// `limit`.
  func profile(limit: Int) -> [UInt8]? {
    var (parts, total) = ([UInt8: ArraySlice<UInt8>](), 0)
    for (marker, body) in self where marker == Self.profileMarker && body.starts(with: Self.profileName) {
      let rest = body.dropFirst(Self.profileName.count)
      guard let number = rest.first, let count = rest.dropFirst().first else { return nil }
      guard total == 0 || Int(count) == total, parts.updateValue(rest.dropFirst(2), forKey: number) == nil else {
        return nil
      }
      total = Int(count)
    }
    guard total > 0, parts.count == total else { return nil }
    var profile: [UInt8] = []
    for (_, part) in parts.sorted(by: { $0.key < $1.key }) {
      guard profile.count + part.count <= limit else { return nil }
      profile += part
    }
    return profile
  }

  /// The bytes of a segment with its marker and length; nil if it would be too long.
  static func segment(_ marker: UInt8, _ body: [UInt8]) -> [UInt8]? {
    let length = body.count + 2
    guard length <= 0xFFFF else { return nil }
    return [0xFF, marker, UInt8(length >> 8), UInt8(length & 0xFF)] + body
  }

  static let exifMarker: UInt8 = 0xE1
  static let exifName = Array("Exif\0\0".utf8)
  static let profileMarker: UInt8 = 0xE2
  static let profileName = Array("ICC_PROFILE\0".utf8)
}
