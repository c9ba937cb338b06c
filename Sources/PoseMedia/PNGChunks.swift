import PoseFormats

/// The properties of a PNG file's chunks, without the pixels.
struct PNGChunks {
  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  /// Whether pixels can be transparent, by an alpha channel or a `tRNS` chunk.
  private(set) var hasAlpha = false
  /// The TIFF block of the `eXIf` chunk, which may be before or after the pixels.
  private(set) var exif: ArraySlice<UInt8>?
  /// The body of the `iCCP` chunk: a name, a method and the compressed profile.
  private var compressedProfile: ArraySlice<UInt8>?

  /// Reads the chunks up to the end of the picture or of the bytes. Pixels are skipped.
  init(_ bytes: [UInt8]) {
    var position = Self.signature.count
    while position + 12 <= bytes.count {
      let length = bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
      let start = position + 8
      guard length <= bytes.count - start - 4 else { return }
      let (kind, body) = (bytes[position + 4..<start], bytes[start..<start + length])
      // A chunk that the pixels do not depend on is ignored if its checksum is wrong.
      func isWhole() -> Bool {
        let sum = bytes[start + length..<start + length + 4].reduce(0) { $0 << 8 | UInt32($1) }
        return crc32(of: bytes[position + 4..<start + length]) == sum
      }
      if kind.elementsEqual("IHDR".utf8), length == 13 {
        hasAlpha = body[start + 9] & 4 != 0
      } else if kind.elementsEqual("tRNS".utf8) {
        hasAlpha = true
      } else if kind.elementsEqual("eXIf".utf8), exif == nil, isWhole() {
        exif = body
      } else if kind.elementsEqual("iCCP".utf8), compressedProfile == nil, isWhole() {
        compressedProfile = body
      } else if kind.elementsEqual("IEND".utf8) {
        return
      }
      position = start + length + 4
    }
  }

  /// The ICC profile; nil if there is none, if it cannot be expanded, or if it has more than `limit` bytes.
  func profile(limit: Int) -> [UInt8]? {
    guard let body = compressedProfile, body.count <= limit, let end = body.firstIndex(of: 0) else { return nil }
    return try? expandZlib(body[end...].dropFirst(2), limit: limit)
  }
}
