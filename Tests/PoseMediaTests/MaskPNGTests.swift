import Foundation
import PoseCore
import PoseImage
import PoseMedia
import TestSupport
import Testing

struct MaskPNGTests {
  private static func random(_ size: Size, seed: UInt64) -> SegmentationMask {
    var random = SplitMix(seed)
    let labels = (0..<size.height * size.width).map { _ in UInt8.random(in: 0...255, using: &random) }
    return SegmentationMask(size: size, labels: labels, classes: SegmentationClasses.cityscapes.classes)
  }

  @Test(
    "a written mask is read as it was", arguments: [Size(1), Size(height: 7, width: 300), Size(height: 65, width: 2)])
  func roundTrip(_ size: Size) throws {
    let mask = Self.random(size, seed: 1)
    #expect(try SegmentationMask(encoded: mask.png(), classes: mask.classes) == mask)
    let file = ScratchFolder.file("png").path
    try mask.write(to: file)
    #expect(try SegmentationMask(contentsOf: file).labels == mask.labels)
  }

  @Test("a mask shows the classes' colors as a picture")
  func colors() throws {
    let mask = SegmentationMask(
      size: Size(height: 1, width: 3), labels: [0, 11, 255], classes: SegmentationClasses.cityscapes.classes)
    let picture = try Image(encoded: mask.png())
    #expect(picture.pixels == [128, 64, 128, 220, 20, 60, 255, 255, 255])
  }

  // Written by Pillow 13: 3 x 2 pixels of 0 1 2 3 254 255.
  @Test(
    "masks of other programs",
    arguments: [
      ("gray", PillowMask.gray, [0, 1, 2, 3, 254, 255]),
      ("one bit", PillowMask.bits, [0, 1, 1, 0, 0, 1]), ("short palette", PillowMask.shortPalette, [0, 1, 2, 3, 1, 0]),
    ])
  func others(_ name: String, _ base64: String, _ labels: [UInt8]) throws {
    let bytes = Array(try #require(Data(base64Encoded: base64)))
    let mask = try SegmentationMask(encoded: bytes)
    #expect(mask.size == Size(height: 2, width: 3) && mask.labels == labels)
  }

  @Test("what has colors, 16 bits or another format is refused, and the error says what is needed")
  func refuses() throws {
    let picture = try Image(width: 2, height: 1, pixels: [1, 2, 3, 4, 5, 6])
    let sixteen = Array(try #require(Data(base64Encoded: PillowMask.sixteenBits)))
    for bytes in [try picture.png(), try picture.jpeg(), sixteen] {
      let error = #expect(throws: MediaError.self) { try SegmentationMask(encoded: bytes) }
      #expect(error?.description.contains("8-bit gray values or with a palette") == true)
    }
    #expect(throws: MediaError.self) { try Self.random(1, seed: 1).write(to: "/nonexistent/mask.jpg") }
    #expect(throws: MediaError.self) { try SegmentationMask(contentsOf: "/nonexistent/mask.png") }
  }

  @Test("larger masks than allowed are refused before they are decoded")
  func tooLarge() throws {
    let bytes = try Self.random(Size(height: 100, width: 100), seed: 2).png()
    let error = #expect(throws: MediaError.self) { try SegmentationMask(encoded: bytes, pixelLimit: 9999) }
    #expect(error?.description.contains("10000") == true || error?.description.contains("9999") == true)
  }

  @Test("damaged bytes give an error or a mask, never a trap", arguments: 0..<40 as Range<UInt64>)
  func damaged(_ seed: UInt64) throws {
    var random = SplitMix(seed)
    var bytes = try Self.random(Size(height: 20, width: 30), seed: 3).png()
    if seed % 2 == 0 { bytes.removeLast(Int.random(in: 1..<bytes.count, using: &random)) }
    for _ in 0..<3 where bytes.count > 40 {
      bytes[Int.random(in: 8..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
    }
    do {
      let mask = try SegmentationMask(encoded: bytes)
      #expect(mask.labels.count == mask.size.height * mask.size.width)
    } catch {
      #expect(!error.description.isEmpty)
    }
  }

  @Test("classes are laid over a picture, but not the background and what is ignored")
  func draws() throws {
    let picture = try Image(width: 3, height: 1, pixels: Array(repeating: 100, count: 9))
    let mask = SegmentationMask(
      size: Size(height: 1, width: 3), labels: [0, 1, 255], classes: SegmentationClasses.person.classes)
    let drawn = try picture.drawing(mask)
    #expect(drawn.pixels == [100, 100, 100, 146, 114, 114, 100, 100, 100])
    #expect(try picture.drawing(mask, opacity: 1).pixels[3..<6] == [192, 128, 128])
    #expect(try picture.drawing(mask, opacity: 0) == picture)
    #expect(throws: MediaError.self) { try picture.drawing(Self.random(1, seed: 1)) }
  }
}

private enum PillowMask {
  static let gray =
    "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAAAAAC4HznGAAAAEElEQVR4nGNkYGRkYP73HwADHwIEEr4pWwAAAABJRU"
    + "5ErkJggg=="
  static let bits = "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACAQAAAAC1D1u3AAAADElEQVR4nGNIYFAAAAFEAIFCw9Q5AAAAAElFTkSuQmCC"
  static let shortPalette =
    "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACAgMAAADgGo6JAAAADFBMVEUAAAD/AAAA/wAAAP+bwBPcAAAADElEQVR4nG"
    + "OQYLgAAAEcAOn8lUkKAAAAAElFTkSuQmCC"
  static let sixteenBits =
    "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACEAAAAADoj+WFAAAAFklEQVR4nGNkYGA4wXiCkSniiATjCQAUIgOTxfhfgQ"
    + "AAAABJRU5ErkJggg=="
}
