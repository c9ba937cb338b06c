import CPoseJPEG
import Foundation
import PoseCore
import PoseImage
import TestSupport
import Testing

@testable import PoseMedia

@Suite("Image files")
struct ImageFileTests {
  static let samples = ["000000000785", "000000040083", "000000196141", "000000197388"]

  // Exact: both are libjpeg-turbo with the accurate transform.
  @Test("a JPEG decodes to OpenCV's pixels", .needsSharedData, arguments: samples)
  func decodesLikeOpenCV(_ name: String) throws {
    let decoded = try Image(contentsOf: SharedData.url("data/samples/coco/\(name).jpg").path)
    let expected = try Image(contentsOf: SharedData.url("golden/pipeline/\(name).png").path)
    #expect(decoded == expected)
  }

  @Test("PNG loses nothing", arguments: [(1, 1), (3, 2), (64, 48), (257, 3)])
  func roundTripsPNG(_ width: Int, _ height: Int) throws {
    let image = try Image.noise(width, height)
    #expect(try Image(encoded: image.png()) == image)
  }

  // A smooth picture at quality 95 stays within a few levels: quantisation steps are at most a handful there.
  @Test("JPEG stays close", arguments: [95, 85])
  func roundTripsJPEG(_ quality: Int) throws {
    let image = try Image.smooth(67, 45)
    let decoded = try Image(encoded: image.jpeg(quality: quality))
    #expect((decoded.width, decoded.height) == (67, 45))
    let worst = zip(image.pixels, decoded.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 255
    #expect(worst <= 12)
  }

  @Test("grey JPEGs become RGB")
  func decodesGrey() throws {
    let bytes = try jpeg([UInt8](repeating: 90, count: 64), width: 8, height: 8, components: 1)
    #expect(try Image(encoded: bytes).pixels == [UInt8](repeating: 90, count: 192))
  }

  // Classic libjpeg decodes them; TurboJPEG's interface has no name for them.
  @Test("any sampling that libjpeg knows is decoded", arguments: [(4, 2), (3, 1), (1, 4), (2, 4)] as [(Int32, Int32)])
  func decodesSampling(_ horizontal: Int32, _ vertical: Int32) throws {
    let image = try Image.smooth(48, 32)
    let file = try encodeJPEG(
      image.pixels,
      pose_jpeg_format(
        width: 48, height: 32, components: 3, quality: 100, horizontal: horizontal, vertical: vertical,
        is_progressive: 0))
    let decoded = try Image(encoded: file)
    for (x, y) in [(8, 8), (24, 16), (40, 24)] {
      for (actual, expected) in zip(decoded.pixel(x, y), image.pixel(x, y)) {
        #expect(abs(Int(actual) - Int(expected)) < 12)
      }
    }
  }

  @Test("oddities that lose no pixel are read over", arguments: ["stray bytes", "no end of the spectrum", "JFIF 3"])
  func oddities(_ oddity: String) throws {
    let file = try Image.smooth(40, 30).jpeg()
    let expected = try Image(encoded: file)
    var odd = file
    let scan = try #require(file.indices.dropLast().first { file[$0] == 0xFF && file[$0 + 1] == 0xDA })
    switch oddity {
    case "stray bytes": odd.insert(contentsOf: [1, 2, 3], at: scan)
    // The scan's header: its length, the number of components, two bytes for each, and the coefficients' range.
    case "no end of the spectrum": odd[scan + 12] = 0
    default: odd[11] = 3
    }
    #expect(odd != file)
    #expect(try Image(encoded: odd) == expected)
    try EncodedImage(odd).withPixels(region: BoundingBox(x: 0, y: 0, width: 40, height: 30), memory: PixelMemory()) {
      #expect(Array($0.view.memory) == expected.pixels)
    }
  }

  // Flat inks survive quality 100 within a level; OpenCV's k - ((255 - c) * k >> 8) for (200, 100, 50, 220) is below.
  @Test("CMYK JPEGs become RGB as in OpenCV")
  func decodesCMYK() throws {
    let inks = [UInt8](repeatingPattern: [200, 100, 50, 220], times: 256)
    let image = try Image(encoded: jpeg(inks, width: 16, height: 16, components: 4))
    for (actual, expected) in zip(image.pixel(7, 7), [173, 87, 44]) { #expect(abs(Int(actual) - expected) <= 2) }
  }

  @Test("files are written by extension and read back", arguments: ["a.png", "a.jpg", "b.JPEG", "a.webp"])
  func writesFiles(_ name: String) throws {
    let folder = try ScratchFolder("pictures")
    let path = folder.url.appending(path: name).path
    let image = try Image.smooth(20, 10)
    try image.write(to: path)
    try image.write(to: path)
    #expect(folder.names == [name])
    let read = try Image(contentsOf: path)
    #expect((read.width, read.height) == (20, 10))
    if !name.lowercased().contains(".jp") { #expect(read == image) }
  }

  @Test("a failed write leaves nothing behind")
  func writesNothingOnFailure() throws {
    let folder = try ScratchFolder("pictures")
    let image = try Image.smooth(20, 10)
    for name in ["a.gif", "a.heic", "a.avif", "png", "a", "missing/a.png"] {
      #expect(throws: MediaError.self) { try image.write(to: folder.url.appending(path: name).path) }
    }
    try FileManager.default.createDirectory(
      at: folder.url.appending(path: "b.png"), withIntermediateDirectories: false)
    #expect(throws: MediaError.self) { try image.write(to: folder.url.appending(path: "b.png").path) }
    #expect(folder.names == ["b.png"])
  }
}

@Suite("Orientation")
struct OrientationTests {
  /// A JPEG with an EXIF segment put right after its first marker.
  static func tagged(_ jpeg: [UInt8], _ value: UInt8, little: Bool) -> [UInt8] {
    let tiff: [UInt8] =
      little
      ? [0x49, 0x49, 42, 0, 8, 0, 0, 0, 2, 0] + [0x0F, 1, 2, 0, 1, 0, 0, 0, 65, 0, 0, 0]
        + [0x12, 1, 3, 0, 1, 0, 0, 0, value, 0, 0, 0] + [0, 0, 0, 0]
      : [0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1] + [1, 0x12, 0, 3, 0, 0, 0, 1, 0, value, 0, 0] + [0, 0, 0, 0]
    let body = [0x45, 0x78, 0x69, 0x66, 0, 0] + tiff
    return jpeg[..<2] + [0xFF, 0xE1, 0, UInt8(body.count + 2)] + body + jpeg[2...]
  }

  /// Where EXIF says that a stored pixel is seen: the meaning of the eight values, from the standard's table.
  static func seen(_ x: Int, _ y: Int, _ width: Int, _ height: Int, _ value: Int) -> (Int, Int) {
    switch value {
    case 2: (width - 1 - x, y)
    case 3: (width - 1 - x, height - 1 - y)
    case 4: (x, height - 1 - y)
    case 5: (y, x)
    case 6: (height - 1 - y, x)
    case 7: (height - 1 - y, width - 1 - x)
    case 8: (y, width - 1 - x)
    default: (x, y)
    }
  }

  @Test("all eight are honoured in both byte orders", arguments: 1...8, [true, false])
  func turns(_ value: Int, _ little: Bool) throws {
    let encoded = try Image.smooth(24, 10).jpeg()
    let stored = try Image(encoded: encoded)
    let image = try Image(encoded: Self.tagged(encoded, UInt8(value), little: little))
    #expect((image.width, image.height) == (value >= 5 ? (10, 24) : (24, 10)))
    for y in 0..<10 {
      for x in 0..<24 {
        let (column, row) = Self.seen(x, y, 24, 10, value)
        #expect(image.pixel(column, row) == stored.pixel(x, y))
      }
    }
  }

  @Test("values that mean nothing leave the picture as stored", arguments: [0, 9, 255] as [UInt8])
  func ignoresNonsense(_ value: UInt8) throws {
    let encoded = try Image.smooth(24, 10).jpeg()
    #expect(try Image(encoded: Self.tagged(encoded, value, little: true)) == Image(encoded: encoded))
  }

  @Test("a cut EXIF block is no trap")
  func survivesTruncation() throws {
    let file = Self.tagged(try Image.smooth(24, 10).jpeg(), 6, little: true)
    for count in 0..<80 { _ = Orientation(jpeg: Array(file[..<count])) }
    for position in 2..<60 {
      for value in [0, 0x7F, 0xFF] as [UInt8] {
        var broken = file
        broken[position] = value
        _ = Orientation(jpeg: broken)
      }
    }
  }
}

extension Array {
  init(repeatingPattern pattern: [Element], times: Int) {
    self = (0..<times).flatMap { _ in pattern }
  }
}
