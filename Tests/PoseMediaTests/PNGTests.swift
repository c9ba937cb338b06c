import PoseCore
import PoseImage
import PoseMedia
import Testing

@Suite("PNG types")
struct PNGTests {
  struct Case: CustomTestStringConvertible {
    var testDescription: String
    var file: PNGFile
    var pixels: [UInt8]
  }

  static let gamma: (String, [UInt8]) = ("gAMA", [0, 1, 0x86, 0xA0])

  static let cases = [
    Case(
      testDescription: "grey 8", file: PNGFile(width: 2, height: 1, colorType: 0, rows: [[7, 200]]),
      pixels: [7, 7, 7, 200, 200, 200]),
    Case(
      testDescription: "grey 1", file: PNGFile(width: 3, height: 1, bitDepth: 1, colorType: 0, rows: [[0b1010_0000]]),
      pixels: [255, 255, 255, 0, 0, 0, 255, 255, 255]),
    Case(
      testDescription: "grey 4", file: PNGFile(width: 2, height: 1, bitDepth: 4, colorType: 0, rows: [[0x3F]]),
      pixels: [51, 51, 51, 255, 255, 255]),
    Case(
      testDescription: "grey 16 keeps the high byte",
      file: PNGFile(width: 2, height: 1, bitDepth: 16, colorType: 0, rows: [[0x12, 0xFF, 0x80, 0x00]]),
      pixels: [0x12, 0x12, 0x12, 0x80, 0x80, 0x80]),
    Case(
      testDescription: "RGB 8", file: PNGFile(width: 1, height: 2, colorType: 2, rows: [[1, 2, 3], [4, 5, 6]]),
      pixels: [1, 2, 3, 4, 5, 6]),
    Case(
      testDescription: "RGB 8 with a gamma that must not be applied",
      file: PNGFile(width: 1, height: 1, colorType: 2, rows: [[10, 100, 200]], extra: [gamma]),
      pixels: [10, 100, 200]),
    Case(
      testDescription: "RGB 16 with gamma",
      file: PNGFile(
        width: 1, height: 1, bitDepth: 16, colorType: 2, rows: [[10, 255, 100, 254, 200, 253]], extra: [gamma]),
      pixels: [10, 100, 200]),
    Case(
      testDescription: "RGB 8 with a transparent colour",
      file: PNGFile(width: 1, height: 1, colorType: 2, rows: [[1, 2, 3]], extra: [("tRNS", [0, 1, 0, 2, 0, 3])]),
      pixels: [1, 2, 3]),
    Case(
      testDescription: "palette with transparency",
      file: PNGFile(
        width: 2, height: 1, colorType: 3, rows: [[1, 0]],
        extra: [("PLTE", [9, 8, 7, 60, 50, 40]), ("tRNS", [128, 0])]),
      pixels: [60, 50, 40, 9, 8, 7]),
    Case(
      testDescription: "grey and alpha", file: PNGFile(width: 2, height: 1, colorType: 4, rows: [[50, 0, 60, 128]]),
      pixels: [50, 50, 50, 60, 60, 60]),
    Case(
      testDescription: "RGB and alpha",
      file: PNGFile(width: 2, height: 1, colorType: 6, rows: [[1, 2, 3, 0, 40, 50, 60, 100]]),
      pixels: [1, 2, 3, 40, 50, 60]),
    // Rounded, not cut: 200 * 257 = 0xC8C8 is exactly 200 either way.
    Case(
      testDescription: "RGB and alpha 16",
      file: PNGFile(width: 1, height: 1, bitDepth: 16, colorType: 6, rows: [[1, 1, 100, 100, 200, 200, 0, 9]]),
      pixels: [1, 100, 200]),
  ]

  @Test("samples are those that are stored", arguments: cases)
  func decodes(_ type: Case) throws {
    let image = try Image(encoded: type.file.bytes)
    #expect(image.pixels == type.pixels)
  }
}
