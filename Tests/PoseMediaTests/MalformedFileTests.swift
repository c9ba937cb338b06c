import PoseCore
import PoseImage
import Testing

@testable import PoseMedia

@Suite("Malformed image files")
struct MalformedFileTests {
  static let files: [String: [UInt8]] = {
    let image = try? Image.smooth(19, 13)
    let extras = PictureExtras(exif: PNGOrientationTests.tiff(6), profile: PictureExtrasTests.profile())
    return [
      "JPEG": (try? image?.jpeg()) ?? [], "PNG": (try? image?.png()) ?? [], "WebP": (try? image?.webP()) ?? [],
      "WebP with EXIF": (try? image?.webP(keeping: extras)) ?? [],
      "lossy WebP": (try? image.map { try lossyWebP($0) }) ?? [],
      "transparent WebP": (try? image.map { try lossyWebP($0, alpha: (0..<19 * 13).map { UInt8($0) }) }) ?? [],
    ]
  }()

  @Test("what is no picture is refused", arguments: [[], [0xFF], [0xFF, 0xD8], Array("GIF89a............".utf8)])
  func refusesOthers(_ bytes: [UInt8]) {
    #expect(throws: MediaError.self) { try Image(encoded: bytes) }
  }

  @Test("a missing file, a folder and a text file are refused", arguments: ["/no/such/file.jpg", "/", #filePath])
  func refusesPaths(_ path: String) {
    #expect(throws: MediaError.self) { try Image(contentsOf: path) }
  }

  @Test("every truncation is refused", arguments: files.keys.sorted())
  func refusesTruncation(_ name: String) throws {
    let file = try #require(Self.files[name])
    #expect(throws: Never.self) { try Image(encoded: file) }
    for count in file.indices {
      #expect(throws: MediaError.self, "\(count) of \(file.count) bytes") {
        try Image(encoded: Array(file[..<count]))
      }
    }
  }

  // A flip in entropy-coded data can make another valid picture: only traps and absurd sizes are failures.
  @Test("changed bytes never trap", arguments: files.keys.sorted(), 0..<8 as Range<UInt64>)
  func survivesFlips(_ name: String, _ seed: UInt64) throws {
    let file = try #require(Self.files[name])
    var generator = SeededGenerator(state: seed)
    for _ in 0..<250 {
      var broken = file
      for _ in 0..<Int.random(in: 1...6, using: &generator) {
        let position = Int.random(in: broken.indices, using: &generator)
        broken[position] = UInt8.random(in: 0 ... .max, using: &generator)
      }
      if let (image, _) = try? EncodedImage(broken, pixelLimit: 1_000_000).decodedWithExtras() {
        #expect(image.width * image.height <= 1_000_000)
      }
    }
  }

  @Test("a flipped bit in a PNG's pixels is noticed")
  func noticesChecksum() throws {
    var file = try #require(Self.files["PNG"])
    file[file.count - 20] ^= 1
    #expect(throws: MediaError.self) { try Image(encoded: file) }
  }

  @Test(
    "a WebP whose sizes lie is refused or has the pixels that it should",
    arguments: files.keys.filter { $0.contains("WebP") }.sorted())
  func lyingSizes(_ name: String) throws {
    let file = try #require(Self.files[name])
    let picture = try Image(encoded: file)
    // The size of the whole file, and those of the chunks.
    let places = [4] + WebPChunks(file).map { $0.body.startIndex - 4 }
    for place in places {
      let size = file[place..<place + 4].reversed().reduce(0) { $0 << 8 | Int($1) }
      for lie in [0, 1, 8, size - 2, size - 1, size + 1, size + 2, 2 * size, 0x7FFF_FFFF, 0xFFFF_FFF6, 0xFFFF_FFFF] {
        let bytes = [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: lie >> $0) }
        let broken = patched(file, at: place, bytes)
        if let (image, _) = try? EncodedImage(broken).decodedWithExtras() {
          #expect(image.pixels.count == picture.pixels.count, "\(lie) at \(place)")
        }
      }
    }
  }

  @Test(
    "a damaged HEIC or AVIF never traps", .needsLibheif(.hevc), .needsLibheif(.av1),
    arguments: ["turned.heic", "plain.avif"])
  func damagedHEIF(_ name: String) throws {
    let file = try storedPicture(name)
    for sixteenth in 0..<16 {
      #expect(throws: MediaError.self, "\(sixteenth)/16") {
        try EncodedImage(Array(file[..<(file.count * sixteenth / 16)])).decoded()
      }
    }
    // The sizes of boxes and pictures are in the first bytes; a decoder's own faults are not looked for here.
    var generator = SeededGenerator(state: 1)
    for _ in 0..<300 {
      var broken = file
      let position = Int.random(in: 0..<min(500, file.count), using: &generator)
      broken[position] = UInt8.random(in: 0 ... .max, using: &generator)
      if let (image, _) = try? EncodedImage(broken, pixelLimit: 1_000_000).decodedWithExtras() {
        #expect(image.width * image.height <= 1_000_000)
      }
    }
  }

  @Test("a header of huge sides is refused before memory is taken")
  func refusesHugeSides() throws {
    var jpeg = try #require(Self.files["JPEG"])
    let frame = try #require(jpeg.indices.dropLast().first { jpeg[$0] == 0xFF && jpeg[$0 + 1] == 0xC0 })
    jpeg.replaceSubrange(frame + 5..<frame + 9, with: [0xFF, 0xDC, 0xFF, 0xDC])
    let png = PNGFile(width: 900_000, height: 900_000, colorType: 2, rows: [[1, 2, 3]]).bytes
    for file in [jpeg, png] {
      let error = #expect(throws: MediaError.self) { try Image(encoded: file) }
      guard case .tooLarge = error else {
        Issue.record("another error: \(String(describing: error))")
        continue
      }
    }
    let beyond = PNGFile(width: 0x7FFF_FFFF, height: 0x7FFF_FFFF, colorType: 6, rows: [[1, 2, 3, 4]]).bytes
    #expect(throws: MediaError.self) { try Image(encoded: beyond) }
    #expect(throws: MediaError.self) { try Image(encoded: Self.files["PNG"] ?? [], pixelLimit: 19 * 13 - 1) }
    #expect(throws: Never.self) { try Image(encoded: Self.files["PNG"] ?? [], pixelLimit: 19 * 13) }
  }

  @Test("errors name the file and a remedy")
  func explains() {
    let error = #expect(throws: MediaError.self) { try Image(contentsOf: #filePath) }
    #expect(error?.description.contains("MalformedFileTests.swift' is no JPEG, PNG, WebP, HEIC or AVIF") == true)
  }
}
