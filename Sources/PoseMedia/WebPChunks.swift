/// The chunks of a WebP file in their order.
struct WebPChunks: Sequence, IteratorProtocol {
  private let bytes: [UInt8]
  private var position = Self.headerCount

  /// The bytes before the first chunk: `RIFF`, a size and `WEBP`.
  private static let headerCount = 12

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// - Returns: nil if the bytes end or are invalid.
  mutating func next() -> (kind: String, body: ArraySlice<UInt8>)? {
    let start = position + 8
    guard start <= bytes.count else { return nil }
    let length = bytes[position + 4..<start].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= bytes.count - start else { return nil }
    let kind = String(decoding: bytes[position..<position + 4], as: UTF8.self)
    position = start + length + length % 2
    return (kind, bytes[start..<start + length])
  }

  /// Whether a file that begins like this, with at least 21 bytes, is an animation.
  static func isAnimation(head: [UInt8]) -> Bool {
    head.count > headerCount + 8 && head.dropFirst(headerCount).starts(with: "VP8X".utf8)
      && head[headerCount + 8] & animationFlag != 0
  }

  /// The TIFF block of the `EXIF` chunk. Some programs write it with the name that a JPEG has before it.
  var exif: ArraySlice<UInt8>? {
    guard let body = first(where: { $0.kind == "EXIF" })?.body else { return nil }
    return body.starts(with: JPEGSegments.exifName) ? body.dropFirst(JPEGSegments.exifName.count) : body
  }

  /// The ICC profile; nil if there is none or if it has more than `limit` bytes.
  func profile(limit: Int) -> [UInt8]? {
    first { $0.kind == "ICCP" }.flatMap { $0.body.count <= limit ? Array($0.body) : nil }
  }

  /// A file of one picture with its EXIF data and profile, whose pixels are those of another file.
  ///
  /// - Returns: nil if the other file has no lossless pixels.
  static func file(
    pixelsOf other: [UInt8], width: Int, height: Int, hasAlpha: Bool, exif: [UInt8]?, profile: [UInt8]?
  ) -> [UInt8]? {
    guard let pixels = WebPChunks(other).first(where: { $0.kind == "VP8L" })?.body else { return nil }
    let flags = (profile == nil ? 0 : profileFlag) | (hasAlpha ? alphaFlag : 0) | (exif == nil ? 0 : exifFlag)
    let header = [flags, 0, 0, 0] + number(width - 1, bytes: 3) + number(height - 1, bytes: 3)
    var chunks = chunk("VP8X", header[...])
    if let profile { chunks += chunk("ICCP", profile[...]) }
    chunks += chunk("VP8L", pixels)
    if let exif { chunks += chunk("EXIF", exif[...]) }
    return Array("RIFF".utf8) + number(chunks.count + 4, bytes: 4) + Array("WEBP".utf8) + chunks
  }

  private static let animationFlag: UInt8 = 0x02
  private static let exifFlag: UInt8 = 0x08
  private static let alphaFlag: UInt8 = 0x10
  private static let profileFlag: UInt8 = 0x20

  private static func chunk(_ kind: String, _ body: ArraySlice<UInt8>) -> [UInt8] {
    Array(kind.utf8) + number(body.count, bytes: 4) + body + (body.count.isMultiple(of: 2) ? [] : [0])
  }

  private static func number(_ value: Int, bytes: Int) -> [UInt8] {
    (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}
