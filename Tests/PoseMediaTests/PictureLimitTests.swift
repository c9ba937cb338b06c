import Foundation
import PoseCore
import PoseImage
import TestSupport
import Testing

@testable import PoseMedia

@Suite("Which pictures are read")
struct PictureLimitTests {
  /// A JPEG whose header says other sides.
  static func jpeg(_ width: Int, _ height: Int) throws -> [UInt8] {
    var file = try Image.smooth(16, 16).jpeg()
    let frame = try #require(file.indices.dropLast().first { file[$0] == 0xFF && file[$0 + 1] == 0xC0 })
    let sides = [height >> 8, height & 0xFF, width >> 8, width & 0xFF].map { UInt8($0) }
    file.replaceSubrange(frame + 5..<frame + 9, with: sides)
    return file
  }

  @Test("telephones' pictures are below the limit", arguments: [(12000, 9000), (16320, 12240)])
  func telephones(_ width: Int, _ height: Int) throws {
    let encoded = try EncodedImage(Self.jpeg(width, height))
    #expect((encoded.width, encoded.height) == (width, height))
  }

  @Test("the message of a picture that is too large names the option and a value that suffices")
  func message() throws {
    let error = #expect(throws: MediaError.self) { try EncodedImage(Self.jpeg(20_000, 15_000)) }
    let text = "\(try #require(error))"
    #expect(text.contains("20000 x 15000 pixels, more than the limit of 256M"))
    #expect(text.contains("--max-pixels 300M"))
  }

  @Test("a JPEG that libjpeg has no memory for is not called damaged")
  func noMemory() async {
    await #expect(processExitsWith: .success) {
      let file = try PoseMediaTests.jpeg(Image.noise(61, 47).pixels, width: 61, height: 47, isProgressive: true)
      // What libjpeg may take, in kilobytes. A progressive picture's coefficients are more.
      setenv("JPEGMEM", "1", 1)
      let error = #expect(throws: MediaError.self) { try Image(encoded: file) }
      #expect("\(try #require(error))".contains("no memory is left"))
    }
  }

  @Test("a JPEG above the limit is decoded reduced, where it is asked for small enough")
  func reduced() throws {
    let image = try Image.smooth(200, 160)
    let file = try image.jpeg()
    #expect(throws: MediaError.self) { try EncodedImage(file, pixelLimit: 2000) }
    let encoded = try EncodedImage(file, pixelLimit: 2000, decoding: .reduced)
    #expect((encoded.width, encoded.height) == (200, 160))
    let memory = PixelMemory()
    try encoded.withPixels(reduction: 4, memory: memory) { #expect(($0.view.width, $0.view.height) == (50, 40)) }
    for reduction in [1.0, 2] {
      #expect(throws: MediaError.self) { try encoded.withPixels(reduction: reduction, memory: memory) { _ in } }
    }
    #expect(throws: MediaError.self) { try encoded.decoded() }
    #expect(throws: MediaError.self) { try EncodedImage(file, pixelLimit: 499, decoding: .reduced) }
    #expect(throws: MediaError.self) { try EncodedImage(image.png(), pixelLimit: 2000, decoding: .reduced) }
  }

  @Test(
    "another format is named with a tool that converts it",
    arguments: [
      (Array("GIF89a".utf8), "a GIF file", "ffmpeg"),
      ([0x42, 0x4D, 9, 9, 0, 0, 0, 0, 0, 0, 0], "a BMP file", "ffmpeg"),
      ([0x49, 0x49, 42, 0], "a TIFF file", "ffmpeg"), ([0x4D, 0x4D, 0, 43], "a TIFF file", "ffmpeg"),
      (Array("P6\n20 10".utf8), "a Netpbm file", "ffmpeg"), ([0, 0, 1, 0, 1, 0], "an icon file", "ffmpeg"),
      (Array("<svg xmlns=".utf8), "an SVG file", "rsvg-convert"),
      ([0x49, 0x49, 42, 0, 16, 0, 0, 0, 0x43, 0x52, 2, 0], "a raw camera file", "darktable-cli"),
      (Array("1234ftypcrx ".utf8), "a raw camera file", "darktable-cli"),
      (Array("1234ftypisom".utf8), "an MP4 file", "frames/%04d.png"),
      ([0x1A, 0x45, 0xDF, 0xA3], "a Matroska or WebM file", "frames/%04d.png"),
    ] as [([UInt8], String, String)])
  func foreign(_ head: [UInt8], _ name: String, _ tool: String) throws {
    let error = #expect(throws: MediaError.self) { try Image(encoded: head + [UInt8](repeating: 0, count: 100)) }
    let text = "\(try #require(error))"
    #expect(text.contains(name) && text.contains(tool), "\(text)")
  }

  @Test("a picture is known by its bytes, whatever its name")
  func names() throws {
    let folder = try ScratchFolder("pictures")
    let bytes = Data(try Image.smooth(20, 10).jpeg())
    for name in ["a", "a.jfif", "A.JPE", "a.txt", "b.png"] {
      let path = folder.url.appending(path: name).path
      try bytes.write(to: URL(filePath: path))
      #expect(EncodedImage.isPicture(path))
      #expect(try EncodedImage(contentsOf: path).pictureFormat == .jpeg)
    }
    for name in ["a.jfif", "A.JPE", "a.JPG", "b.jpeg"] { #expect(PictureFormat(nameOf: "x/" + name) == .jpeg) }
    for name in ["a", "a.gif", "jpg", ".", ""] { #expect(PictureFormat(nameOf: "x.jpg/" + name) == nil) }
  }

  @Test("a named pipe is refused at once")
  func special() throws {
    let folder = try ScratchFolder("pictures")
    let path = folder.url.appending(path: "x.jpg").path
    try #require(mkfifo(path, 0o600) == 0)
    let error = #expect(throws: MediaError.self) { try EncodedImage(contentsOf: path) }
    #expect("\(try #require(error))".contains("is a named pipe"))
    #expect(!EncodedImage.isPicture(path))
  }
}
