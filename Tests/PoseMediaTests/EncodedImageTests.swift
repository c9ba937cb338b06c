import Foundation
import PoseCore
import TestSupport
import Testing

@testable import PoseMedia

@Suite("Encoded images")
struct EncodedImageTests {
  @Test("sizes are those of the upright picture", arguments: 1...8)
  func sizes(_ orientation: Int) throws {
    let file = OrientationTests.tagged(try Image.smooth(24, 10).jpeg(), UInt8(orientation), little: true)
    let (encoded, decoded) = (try EncodedImage(file), try Image(encoded: file))
    #expect((encoded.width, encoded.height) == (decoded.width, decoded.height))
    #expect(try encoded.decoded() == decoded)
  }

  @Test("the pixels lent are the picture's", arguments: 1...8)
  func lends(_ orientation: Int) throws {
    let file = OrientationTests.tagged(try Image.noise(41, 27).jpeg(), UInt8(orientation), little: false)
    let decoded = try Image(encoded: file)
    let memory = PixelMemory()
    for _ in 0..<2 {
      try EncodedImage(file).withPixels(memory: memory) {
        #expect($0.placement == nil)
        #expect(Array($0.view.memory) == decoded.pixels)
      }
    }
  }

  @Test("a PNG is lent as it is, whatever reduction is allowed")
  func png() throws {
    let image = try Image.noise(41, 27)
    let encoded = try EncodedImage(image.png())
    #expect((encoded.width, encoded.height) == (41, 27))
    try encoded.withPixels(reduction: 8, memory: PixelMemory()) {
      #expect($0.placement == nil && Array($0.view.memory) == image.pixels)
    }
  }

  // A ramp's value tells the position that it was taken from: a wrong placement by half a pixel shows.
  @Test("reduced pixels lie in the middle of those that they stand for", arguments: 1...8, [2, 4, 8])
  func placement(_ orientation: Int, _ factor: Int) throws {
    let (width, height) = (163, 117)
    var pixels: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width { pixels += [UInt8(x), UInt8(y * 2), 128] }
    }
    let stored = try Image(width: width, height: height, pixels: pixels)
    let file = OrientationTests.tagged(try stored.jpeg(quality: 100), UInt8(orientation), little: true)
    let whole = try Image(encoded: file)
    try EncodedImage(file).withPixels(reduction: Double(factor) + 0.5, memory: PixelMemory()) { reduced in
      let (view, placement) = (reduced.view, try #require(reduced.placement))
      #expect(view.width == (whole.width + factor - 1) / factor && view.height == (whole.height + factor - 1) / factor)
      // The border's blocks hold what the encoder filled them with.
      for y in 2..<view.height - 2 {
        for x in 2..<view.width - 2 {
          let position = placement(Point(x: Double(x), y: Double(y)))
          let (left, top) = (Int(position.x), Int(position.y))
          for channel in 0..<2 {
            let (a, b) = (Int(whole.pixel(left, top)[channel]), Int(whole.pixel(left + 1, top + 1)[channel]))
            let value = Int(view.memory[y * view.bytesPerRow + x * 3 + channel])
            #expect(abs(Double(value) - Double(a + b) / 2) <= 2.1, "\(x) \(y)")
          }
        }
      }
    }
  }

  @Test("a picture is reduced only as far as it may be", arguments: [(1.99, 1), (2, 2), (7.9, 4), (100, 8), (.nan, 1)])
  func factors(_ reduction: Double, _ factor: Int) throws {
    try EncodedImage(Image.smooth(64, 32).jpeg()).withPixels(reduction: reduction, memory: PixelMemory()) {
      #expect($0.view.width == 64 / factor)
    }
  }

  @Test("what is no picture is refused when its header is read")
  func refuses() throws {
    let picture = try Image.smooth(64, 32)
    #expect(throws: MediaError.self) { try EncodedImage([1, 2, 3, 4]) }
    #expect(throws: MediaError.self) { try EncodedImage(Array(picture.jpeg()[..<20])) }
    #expect(throws: MediaError.self) { try EncodedImage(Array(picture.png()[..<20])) }
    #expect(throws: MediaError.self) { try EncodedImage(picture.jpeg(), pixelLimit: 2000) }
    #expect(throws: MediaError.self) { try EncodedImage(picture.png(), pixelLimit: 2000) }
    let cut = try EncodedImage(Array(picture.jpeg().dropLast(300)))
    #expect(throws: MediaError.self) { try cut.withPixels(memory: PixelMemory()) { _ in } }
  }
}
