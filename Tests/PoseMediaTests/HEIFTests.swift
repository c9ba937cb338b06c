import CHEIF
import PoseCore
import PoseImage
import Testing

@testable import PoseMedia

@Suite("HEIC and AVIF")
struct HEIFTests {
  /// How far a picture's samples are from those of the same picture as PNG, on average.
  private static func distance(_ image: Image) throws -> Double {
    let expected = try Image(encoded: storedPicture("lossy.png"))
    try #require((image.width, image.height) == (expected.width, expected.height))
    let total = zip(image.pixels, expected.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
    return Double(total) / Double(image.pixels.count)
  }

  @Test("a HEIC is turned once, by its own rotation, and keeps its EXIF", .needsLibheif(.hevc))
  func heic() throws {
    let encoded = try EncodedImage(storedPicture("turned.heic"))
    #expect((encoded.width, encoded.height) == (36, 48) && encoded.pictureFormat == .heic)
    let (image, extras) = try encoded.decodedWithExtras()
    let distance = try Self.distance(image)
    #expect(distance < 8)
    #expect(extras.exif.flatMap { EXIF(tiff: $0[...])?.orientation } == .upright)
    try encoded.withPixels(reduction: 8, memory: PixelMemory()) {
      #expect($0.placement == nil && Array($0.view.memory) == image.pixels)
    }
    let (again, kept) = try EncodedImage(image.jpeg(keeping: extras)).decodedWithExtras()
    #expect((again.width, again.height) == (36, 48) && kept.exif == extras.exif)
  }

  @Test("an AVIF is decoded", .needsLibheif(.av1))
  func avif() throws {
    let encoded = try EncodedImage(storedPicture("plain.avif"))
    #expect(encoded.pictureFormat == .avif)
    let distance = try Self.distance(encoded.decoded())
    #expect(distance < 8)
  }

  @Test("the limit of pixels is checked before anything is decoded", .needsLibheif(.hevc))
  func limit() throws {
    let file = try storedPicture("turned.heic")
    let error = #expect(throws: MediaError.self) { try EncodedImage(file, pixelLimit: 36 * 48 - 1) }
    guard case .tooLarge = error else {
      Issue.record("another error: \(String(describing: error))")
      return
    }
    #expect(throws: Never.self) { try Image(encoded: file, pixelLimit: 36 * 48) }
  }

  @Test("without libheif the picture is refused with the package to install", arguments: ["turned.heic", "plain.avif"])
  func noLibrary(_ name: String) throws {
    let file = try storedPicture(name)
    let missing = HEIFLibrary(names: ["libheif-that-nobody-has.so.1"])
    #expect(missing == nil)
    HEIFLibrary.$installed.withValue(missing) {
      let errors = [
        #expect(throws: MediaError.self) { try EncodedImage(file) },
        #expect(throws: MediaError.self) { try Image(encoded: file) },
      ]
      for text in errors.map({ $0.map { "\($0)" } ?? "" }) {
        #expect(text.contains("apt install libheif1") && text.contains("brew install libheif"), "\(text)")
        #expect(text.contains(name.hasSuffix("heic") ? "a HEIC file" : "an AVIF file"), "\(text)")
      }
    }
  }

  @Test("a library that lacks libheif's functions is none")
  func otherLibrary() {
    #expect(HEIFLibrary(names: ["libm.so.6", "libSystem.B.dylib"]) == nil)
    #expect(HEIFLibrary(names: []) == nil)
  }

  @Test("a missing decoder is named with its package")
  func noDecoder() {
    for codec in HEIFLibrary.Codec.allCases {
      let missing = MissingDecoder.codec(codec.rawValue, package: codec.package)
      let text = "\(MediaError.noDecoder(path: "a.heic", format: "HEIC", missing: missing))"
      #expect(text.contains("no decoder for \(codec.rawValue)") && text.contains("apt install libheif-plugin-"))
    }
  }

  @Test("what libheif says of a damaged file is on one line", .needsLibheif(.hevc))
  func message() throws {
    let cut = try Array(storedPicture("turned.heic").prefix(600))
    let error = #expect(throws: MediaError.self) { try Image(encoded: cut) }
    let text = "\(try #require(error))"
    #expect(text.hasPrefix("the picture is not a complete HEIC") && !text.contains("\n"), "\(text)")
  }

  @Test("a compression that libheif does not know is called so", .needsLibheif(.hevc))
  func otherCompression() throws {
    let file = try storedPicture("turned.heic")
    let place = try #require(file.indices.first { file[$0...].starts(with: "hvc1".utf8) })
    let other = patched(file, at: place, Array("xyz1".utf8))
    let error = #expect(throws: MediaError.self) { try Image(encoded: other) }
    #expect("\(try #require(error))".hasPrefix("the picture is"), "\(String(describing: error))")
  }
}
