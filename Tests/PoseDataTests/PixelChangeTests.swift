import PoseCore
import Testing

@testable import PoseData

@Suite struct PixelChangeTests {
  @Test("no change of colours changes nothing, and black stays black")
  func colors() {
    let pixels = noise(600)
    #expect(changed(pixels) { ColorChange().apply(to: $0) } == pixels)
    var bright = ColorChange()
    bright.brightness = 40
    #expect(changed([0, 0, 0, 10, 250, 0]) { bright.apply(to: $0) } == [0, 0, 0, 50, 255, 40])
    var contrast = ColorChange()
    contrast.contrast = 0.5
    #expect(changed([100, 200, 51]) { contrast.apply(to: $0) } == [50, 100, 26])
  }

  @Test("hues turn around the circle and back, greys keep theirs")
  func hues() {
    var third = ColorChange()
    third.hue = 120
    #expect(changed([200, 50, 50, 80, 80, 80]) { third.apply(to: $0) } == [50, 200, 50, 80, 80, 80])
    var grey = ColorChange()
    grey.saturation = 0
    #expect(changed([200, 50, 50]) { grey.apply(to: $0) } == [200, 200, 200])
    var forth = ColorChange()
    forth.hue = 30
    var back = ColorChange()
    back.hue = -30
    let pixels = noise(300)
    let result = changed(changed(pixels) { forth.apply(to: $0) }) { back.apply(to: $0) }
    #expect(zip(result, pixels).allSatisfy { abs(Int($0) - Int($1)) <= 3 })
  }

  @Test("a blur is the mean of a square with mirrored edges", arguments: [3, 5, 7])
  func blurs(_ side: Int) {
    let (width, height) = (9, 6)
    let pixels = noise(width * height * 3)
    let result = changed(pixels) { BoxBlur(side: side).apply(to: $0, width: width, height: height) }
    func place(_ value: Int, _ count: Int) -> Int {
      var value = value.magnitude
      while value >= UInt(count) { value = UInt(abs(2 * (count - 1) - Int(value))) }
      return Int(value)
    }
    for y in 0..<height {
      for x in 0..<width {
        for channel in 0..<3 {
          var sum = 0
          for dy in -side / 2...side / 2 {
            for dx in -side / 2...side / 2 {
              sum += Int(pixels[(place(y + dy, height) * width + place(x + dx, width)) * 3 + channel])
            }
          }
          let expected = (Double(sum) / Double(side * side)).rounded()
          #expect(Double(result[(y * width + x) * 3 + channel]) == expected)
        }
      }
    }
  }

  @Test("erasing covers its rectangle with noise and nothing else", arguments: 0..<20)
  func erases(_ seed: Int) {
    var stream = RandomStream(seed: UInt64(seed))
    let erasing = Erasing(area: 0.1...0.3, aspect: 0.3, from: &stream)
    let (width, height) = (40, 60)
    let pixels = Array(repeating: UInt8(7), count: width * height * 3)
    let result = changed(pixels) { erasing.apply(to: $0, width: width, height: height) }
    #expect(result == changed(pixels) { erasing.apply(to: $0, width: width, height: height) })
    var touched = 0
    for y in 0..<height {
      for x in 0..<width where result[((y * width + x) * 3)...].prefix(3) != [7, 7, 7] {
        touched += 1
        #expect(Double(x) >= (erasing.left * 40).rounded(.down) && Double(x) <= (erasing.left + erasing.width) * 40)
        #expect(Double(y) >= (erasing.top * 60).rounded(.down) && Double(y) <= (erasing.top + erasing.height) * 60)
      }
    }
    #expect((0.05...0.35).contains(Double(touched) / Double(width * height)))
  }

  private func noise(_ count: Int) -> [UInt8] {
    var stream = RandomStream(seed: 1)
    return (0..<count).map { _ in UInt8(truncatingIfNeeded: stream.next()) }
  }

  private func changed(_ pixels: [UInt8], _ change: (UnsafeMutableBufferPointer<UInt8>) -> Void) -> [UInt8] {
    var pixels = pixels
    pixels.withUnsafeMutableBufferPointer { change($0) }
    return pixels
  }
}
