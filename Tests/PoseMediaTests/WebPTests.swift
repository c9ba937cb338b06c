import PoseCore
import PoseImage
import Testing

@testable import PoseMedia

@Suite("WebP")
struct WebPTests {
  @Test("a file decodes to Pillow's and OpenCV's pixels", arguments: ["lossless", "lossy"])
  func decodesLikeOthers(_ name: String) throws {
    let (image, extras) = try EncodedImage(storedPicture(name + ".webp")).decodedWithExtras()
    let (expected, others) = try EncodedImage(storedPicture(name + ".png")).decodedWithExtras()
    #expect(image == expected)
    #expect(extras.alpha == others.alpha && (extras.alpha != nil) == (name == "lossless"))
    #expect(try Image(encoded: storedPicture(name + ".webp")) == expected)
  }

  @Test("nothing is lost in writing, with and without transparency", arguments: [(1, 1), (3, 2), (64, 48), (257, 3)])
  func roundTrips(_ width: Int, _ height: Int) throws {
    let image = try Image.noise(width, height)
    #expect(try Image(encoded: image.webP()) == image)
    let alpha = (0..<width * height).map { UInt8(truncatingIfNeeded: $0 * 5) }
    let (again, extras) = try EncodedImage(image.webP(keeping: PictureExtras(alpha: alpha))).decodedWithExtras()
    #expect(again == image && extras.alpha == (alpha.allSatisfy { $0 == 255 } ? nil : alpha))
  }

  @Test("a lossy file's transparency is its own")
  func lossyAlpha() throws {
    let image = try Image.smooth(40, 30)
    let alpha = (0..<40 * 30).map { UInt8(truncatingIfNeeded: $0) }
    let file = try lossyWebP(image, alpha: alpha)
    let (decoded, extras) = try EncodedImage(file).decodedWithExtras()
    #expect(extras.alpha == alpha)
    #expect(try decoded == Image(encoded: file))
  }

  @Test("EXIF, upright, the profile and transparency survive", arguments: [132, 133, 70_000], [true, false])
  func keepsExtras(_ count: Int, _ hasAlpha: Bool) throws {
    let alpha = hasAlpha ? (0..<24 * 10).map { UInt8(truncatingIfNeeded: $0) } : nil
    let profile = PictureExtrasTests.profile(count)
    let extras = PictureExtras(alpha: alpha, exif: PNGOrientationTests.tiff(6), profile: profile)
    let (image, kept) = try EncodedImage(Image.smooth(24, 10).webP(keeping: extras)).decodedWithExtras()
    #expect((image.width, image.height) == (10, 24))
    #expect(kept.exif == PNGOrientationTests.tiff(1) && kept.profile == profile)
    #expect((kept.alpha != nil) == hasAlpha)
    let (again, others) = try EncodedImage(image.webP(keeping: kept)).decodedWithExtras()
    #expect(again == image && others == kept, "it is not turned twice")
  }

  @Test("all eight orientations are honored, also where the EXIF block has a JPEG's name", arguments: 1...8)
  func turns(_ value: Int) throws {
    let image = try Image.smooth(24, 10)
    for name in [[], JPEGSegments.exifName] {
      let file = try image.webP(keeping: PictureExtras(exif: name + PNGOrientationTests.tiff(UInt8(value))))
      let (encoded, turned) = (try EncodedImage(file), try Image(encoded: file))
      #expect((turned.width, turned.height) == (value >= 5 ? (10, 24) : (24, 10)))
      #expect((encoded.width, encoded.height) == (turned.width, turned.height))
      for (x, y) in [(0, 0), (23, 0), (5, 7), (23, 9)] {
        let (column, row) = OrientationTests.seen(x, y, 24, 10, value)
        #expect(turned.pixel(column, row) == image.pixel(x, y))
      }
      try encoded.withPixels(reduction: 8, memory: PixelMemory()) {
        #expect($0.placement == nil && Array($0.view.memory) == turned.pixels)
      }
    }
  }

  // A ramp's value tells the position that it was taken from: a wrong placement by half a pixel shows.
  @Test("a lossy picture is reduced, and its pixels' places are known", arguments: [1, 6, 3], [2, 4, 8])
  func reduces(_ orientation: UInt8, _ factor: Int) throws {
    let (width, height) = (163, 117)
    var pixels: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width {
        let level = UInt8((x + y) * 255 / (width + height))
        pixels += [level, level, level]
      }
    }
    let lossy = try lossyWebP(Image(width: width, height: height, pixels: pixels), quality: 100)
    let file = try extended(lossy, width: width, height: height, PNGOrientationTests.tiff(orientation))
    let encoded = try EncodedImage(file)
    let whole = try encoded.decoded()
    try encoded.withPixels(reduction: Double(factor), memory: PixelMemory()) { reduced in
      let (view, placement) = (reduced.view, try #require(reduced.placement))
      #expect(view.width == whole.width.dividedUp(by: factor) && view.height == whole.height.dividedUp(by: factor))
      for y in 1..<view.height - 1 {
        for x in 1..<view.width - 1 {
          let position = placement(Point(x: Double(x), y: Double(y)))
          let expected = whole.pixel(Int(position.x.rounded()), Int(position.y.rounded()))[1]
          let value = view.memory[y * view.bytesPerRow + x * 3 + 1]
          #expect(abs(Int(value) - Int(expected)) <= 3, "\(x) \(y)")
        }
      }
    }
  }

  /// A lossy file with EXIF data.
  private func extended(_ lossy: [UInt8], width: Int, height: Int, _ exif: [UInt8]) throws -> [UInt8] {
    // The writer takes lossless pixels alone.
    let pixels = try #require(WebPChunks(lossy).first { $0.kind == "VP8 " }?.body)
    let renamed = patched(lossy, at: pixels.startIndex - 8, Array("VP8L".utf8))
    let file = try #require(
      WebPChunks.file(pixelsOf: renamed, width: width, height: height, hasAlpha: false, exif: exif, profile: nil))
    let place = try #require(WebPChunks(file).first { $0.kind == "VP8L" }?.body.startIndex)
    return patched(file, at: place - 8, Array("VP8 ".utf8))
  }

  @Test("a lossy picture above the limit is decoded reduced, a lossless or transparent one is not")
  func limits() throws {
    let image = try Image.smooth(200, 160)
    let lossy = try lossyWebP(image)
    #expect(throws: MediaError.self) { try EncodedImage(lossy, pixelLimit: 2000) }
    let encoded = try EncodedImage(lossy, pixelLimit: 2000, decoding: .reduced)
    try encoded.withPixels(reduction: 4, memory: PixelMemory()) { #expect(($0.view.width, $0.view.height) == (50, 40)) }
    #expect(throws: MediaError.self) { try encoded.withPixels(memory: PixelMemory()) { _ in } }
    #expect(throws: MediaError.self) { try encoded.decoded() }
    let transparent = try lossyWebP(image, alpha: [UInt8](repeating: 7, count: 200 * 160))
    for file in [try image.webP(), transparent] {
      #expect(throws: MediaError.self) { try EncodedImage(file, pixelLimit: 2000, decoding: .reduced) }
    }
  }

  @Test("an animation is refused by name, with a command that takes a picture out")
  func animation() throws {
    let text = "RIFF\u{24}\0\0\0WEBPVP8X\u{A}\0\0\0\u{2}\0\0\0\u{9}\0\0\u{9}\0\0ANIM\u{6}\0\0\0"
    let file = Array(text.utf8) + [UInt8](repeating: 0, count: 6)
    let error = #expect(throws: MediaError.self) { try EncodedImage(file) }
    #expect("\(try #require(error))".contains("an animated WebP file"))
    #expect("\(try #require(error))".contains("webpmux -get frame 1"))
  }

  @Test("a picture that is too long for the format is refused before anything is encoded")
  func longSide() throws {
    let image = try Image(width: 16_384, height: 1, pixels: [UInt8](repeating: 9, count: 16_384 * 3))
    let error = #expect(throws: MediaError.self) { try image.webP() }
    #expect("\(try #require(error))".contains("at most 16383"))
  }
}
