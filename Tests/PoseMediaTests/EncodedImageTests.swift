import Foundation
import PoseCore
import PoseImage
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

  // Colours of neighbours are smoothed across blocks of up to 16 pixels: regions begin and end everywhere around them.
  @Test("a region's pixels are those of the whole picture", arguments: [1, 2, 4, 8], [50, 95])
  func regions(_ factor: Int, _ quality: Int) throws {
    let file = try Image.noise(101, 83).jpeg(quality: quality)
    let encoded = try EncodedImage(file)
    let whole = PixelMemory()
    var generator = SeededGenerator(state: UInt64(factor))
    for _ in 0..<150 {
      let (x, y) = (Double.random(in: -30...101, using: &generator), Double.random(in: -30...83, using: &generator))
      let (width, height) = (
        Double.random(in: 0...101, using: &generator), Double.random(in: 0...83, using: &generator)
      )
      let region = BoundingBox(x: x, y: y, width: width, height: height)
      // What was in the memory before must not show.
      let memory = PixelMemory()
      memory.bytes(count: 101 * 83 * 3).update(repeating: UInt8.random(in: 0...255, using: &generator))
      try encoded.withPixels(reduction: Double(factor), memory: whole) { whole in
        try encoded.withPixels(reduction: Double(factor), region: region, memory: memory) { part in
          let (expected, result) = (whole.view, part.view)
          #expect(result.width == expected.width && result.height == expected.height)
          #expect(part.placement == whole.placement)
          for row in 0..<result.height {
            let fullY = Double(row * factor) + Double(factor - 1) / 2
            guard fullY >= y, fullY <= y + height else { continue }
            for column in 0..<result.width {
              let fullX = Double(column * factor) + Double(factor - 1) / 2
              guard fullX >= x, fullX <= x + width else { continue }
              let at = row * result.bytesPerRow + column * 3
              #expect(result.memory[at..<at + 3].elementsEqual(expected.memory[at..<at + 3]), "\(column) \(row)")
            }
          }
        }
      }
    }
  }

  @Test("gray and progressive pictures, every subsampling and orientation give a region's pixels too")
  func formats() throws {
    let image = try Image.noise(61, 47)
    let grey = (0..<61 * 47).map { UInt8(truncatingIfNeeded: $0 * 37) }
    var files = try Subsampling.allCases.flatMap { subsampling in
      try [false, true].map {
        try jpeg(image.pixels, width: 61, height: 47, subsampling: subsampling, isProgressive: $0)
      }
    }
    files.append(try jpeg(grey, width: 61, height: 47, components: 1))
    files += (1...8).map { OrientationTests.tagged(files[4], UInt8($0), little: true) }
    for file in files {
      let (encoded, decoded) = (try EncodedImage(file), try Image(encoded: file))
      for start in stride(from: 0, to: 40, by: 3) {
        let region = BoundingBox(x: Double(start), y: Double(start), width: 6, height: 6)
        try encoded.withPixels(region: region, memory: PixelMemory()) { part in
          for y in start...min(start + 6, decoded.height - 1) {
            for x in start...min(start + 6, decoded.width - 1) {
              let at = y * part.view.bytesPerRow + x * 3
              #expect(
                Array(part.view.memory[at..<at + 3])
                  == decoded.pixels[(y * decoded.width + x) * 3..<(y * decoded.width + x) * 3 + 3].map(\.self))
            }
          }
        }
      }
    }
  }

  // libjpeg makes up what the later scans would have brought, from the blocks around.
  @Test("a progressive picture without its last scans gives a region's pixels too", arguments: 1...9)
  func missingScans(_ count: Int) throws {
    let file = try jpeg(Image.noise(61, 47).pixels, width: 61, height: 47, subsampling: .across, isProgressive: true)
    let scans = file.indices.dropLast().filter { file[$0] == 0xFF && file[$0 + 1] == 0xDA }
    // The tables of the next scan stand before it.
    let end = try #require(file[..<scans[count]].indices.dropLast().last { file[$0] == 0xFF && file[$0 + 1] == 0xC4 })
    let encoded = try EncodedImage(Array(file[..<end]) + [0xFF, 0xD9])
    let whole = try encoded.decoded()
    for (x, y) in [(20, 20), (30, 4), (0, 33), (52, 40)] {
      let region = BoundingBox(x: Double(x), y: Double(y), width: 3, height: 3)
      try encoded.withPixels(region: region, memory: PixelMemory()) { part in
        for row in y..<y + 3 {
          let places = row * part.view.bytesPerRow + x * 3..<row * part.view.bytesPerRow + (x + 3) * 3
          #expect(part.view.memory[places].elementsEqual(whole.pixels[places]), "\(x) \(row)")
        }
      }
    }
  }

  @Test("damaged bytes give an error or the pixels that all of the picture has, never a trap", arguments: 0..<300)
  func damagedBytes(_ seed: Int) throws {
    var generator = SeededGenerator(state: UInt64(seed))
    var file = try Image.noise(60, 45).jpeg(quality: 70 + seed % 30)
    for _ in 0...seed % 4 {
      file[Int.random(in: 20..<file.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
    }
    if seed % 5 == 0 { file.removeLast(Int.random(in: 0..<file.count - 20, using: &generator)) }
    guard let encoded = try? EncodedImage(file, pixelLimit: 1_000_000) else { return }
    let region = BoundingBox(x: 0, y: 0, width: Double(encoded.width), height: Double(encoded.height))
    let memory = PixelMemory()
    let part = try? encoded.withPixels(region: region, memory: memory) { Array($0.view.memory) }
    if let part, let whole = try? encoded.decoded() { #expect(part == whole.pixels) }
  }

  @Test("a region in a damaged part is refused, one before it may be read")
  func damagedRegions() throws {
    let file = try Image.noise(64, 64).jpeg()
    let cut = try EncodedImage(Array(file[..<(file.count / 2)]))
    #expect(throws: MediaError.self) {
      try cut.withPixels(region: BoundingBox(x: 0, y: 50, width: 64, height: 14), memory: PixelMemory()) { _ in }
    }
    let nowhere = [BoundingBox(x: 100, y: 0, width: 5, height: 5), BoundingBox(x: .nan, y: 0, width: 5, height: .nan)]
    for region in nowhere { try cut.withPixels(region: region, memory: PixelMemory()) { _ in } }
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
