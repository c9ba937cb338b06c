import PoseCore
import PoseImage
import Testing

@testable import PoseMedia

@Suite("Orientation of PNG files")
struct PNGOrientationTests {
  /// A TIFF block with an orientation.
  static func tiff(_ value: UInt8, little: Bool = true) -> [UInt8] {
    little
      ? [0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0] + [0x12, 1, 3, 0, 1, 0, 0, 0, value, 0, 0, 0] + [0, 0, 0, 0]
      : [0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1] + [1, 0x12, 0, 3, 0, 0, 0, 1, 0, value, 0, 0] + [0, 0, 0, 0]
  }

  static func file(_ value: UInt8, little: Bool = true, isLast: Bool = false) throws -> PNGFile {
    let image = try Image.noise(7, 4)
    let rows = (0..<4).map { Array(image.pixels[$0 * 21..<($0 + 1) * 21]) }
    let chunk = ("eXIf", tiff(value, little: little))
    return PNGFile(
      width: 7, height: 4, colorType: 2, rows: rows, extra: isLast ? [] : [chunk], trailing: isLast ? [chunk] : [])
  }

  @Test("all eight are honored, before and after the pixels", arguments: 1...8, [(true, false), (false, true)])
  func turns(_ value: Int, _ form: (little: Bool, isLast: Bool)) throws {
    let stored = try Image.noise(7, 4)
    let bytes = try Self.file(UInt8(value), little: form.little, isLast: form.isLast).bytes
    let image = try Image(encoded: bytes)
    #expect((image.width, image.height) == (value >= 5 ? (4, 7) : (7, 4)))
    for y in 0..<4 {
      for x in 0..<7 {
        let (column, row) = OrientationTests.seen(x, y, 7, 4, value)
        #expect(image.pixel(column, row) == stored.pixel(x, y))
      }
    }
    let encoded = try EncodedImage(bytes)
    #expect((encoded.width, encoded.height) == (image.width, image.height))
    let memory = PixelMemory()
    for reduction in [1.0, 8] {
      try encoded.withPixels(reduction: reduction, memory: memory) {
        #expect($0.placement == nil && ($0.view.width, $0.view.height) == (image.width, image.height))
        #expect(Array($0.view.memory) == image.pixels)
      }
    }
    try encoded.withPixels(region: BoundingBox(x: 1, y: 1, width: 2, height: 2), memory: memory) {
      let place = $0.view.bytesPerRow + 3
      #expect(Array($0.view.memory[place..<place + 3]) == image.pixel(1, 1))
    }
  }

  @Test("a chunk that is cut, senseless or has a wrong checksum leaves the picture as stored")
  func ignoresNonsense() throws {
    let stored = try Image.noise(7, 4)
    var wrong = try Self.file(6).bytes
    let place = try #require(wrong.indices.dropLast(4).first { wrong[$0..<$0 + 4].elementsEqual("eXIf".utf8) })
    wrong[place + 4 + Self.tiff(6).count] ^= 1
    #expect(try Image(encoded: wrong) == stored)
    #expect(try Image(encoded: Self.file(9).bytes) == stored)
    for count in 0..<Self.tiff(6).count - 5 {
      var file = try Self.file(6)
      file.extra = [("eXIf", Array(Self.tiff(6).prefix(count)))]
      #expect(throws: Never.self) { try Image(encoded: file.bytes) }
    }
  }

  @Test("interlaced pictures and those of a palette are decoded, with transparency where asked for")
  func interlaced() throws {
    let file = PNGFile(
      width: 2, height: 2, colorType: 6,
      rows: [[1, 2, 3, 10], [4, 5, 6, 20], [7, 8, 9, 30, 10, 11, 12, 40]], isInterlaced: true)
    let (image, extras) = try EncodedImage(file.bytes).decodedWithExtras()
    #expect(image.pixels == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    #expect(extras.alpha == [10, 20, 30, 40])
    let palette = PNGFile(
      width: 2, height: 1, colorType: 3, rows: [[1, 0]],
      extra: [("PLTE", [9, 8, 7, 60, 50, 40]), ("tRNS", [128, 0]), ("eXIf", Self.tiff(6))])
    let (turned, transparency) = try EncodedImage(palette.bytes).decodedWithExtras()
    #expect((turned.width, turned.height) == (1, 2))
    #expect(turned.pixels == [60, 50, 40, 9, 8, 7] && transparency.alpha == [0, 128])
  }
}
