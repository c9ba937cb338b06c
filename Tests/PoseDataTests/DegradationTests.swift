import Foundation
import PoseCore
import PoseImage
import Testing

@testable import PoseData

@Suite("Degradations of pictures")
struct DegradationTests {
  private static let sizes = [Size(height: 1, width: 1), Size(height: 7, width: 5), Size(height: 1, width: 33)]

  /// A picture of colored noise.
  private func noise(_ size: Size) throws -> Image {
    var stream = RandomStream(seed: 3)
    let pixels = (0..<size.height * size.width * 3).map { _ in UInt8(truncatingIfNeeded: stream.next()) }
    return try Image(width: size.width, height: size.height, pixels: pixels)
  }

  private func flat(_ value: UInt8, side: Int) throws -> Image {
    try Image(width: side, height: side, pixels: Array(repeating: value, count: side * side * 3))
  }

  private func degraded(_ image: Image, _ kind: DegradationKind, _ strength: Double, seed: UInt64 = 1) throws -> Image {
    let degradation = Degradation(kind, strength: strength, chance: RandomStream(seed: seed))
    return try image.degraded(by: degradation, personHeight: Double(image.height))
  }

  @Test("strength 0 changes nothing, and pictures of any size are changed", arguments: DegradationKind.allCases)
  func identity(_ kind: DegradationKind) throws {
    for size in Self.sizes + [Size(height: 64, width: 48)] {
      let image = try noise(size)
      #expect(try degraded(image, kind, 0) == image)
      for strength in [0.01, 1, 5] { #expect(try degraded(image, kind, strength).width == size.width) }
    }
  }

  @Test("the same seed gives the same pixels", arguments: DegradationKind.allCases)
  func determinism(_ kind: DegradationKind) throws {
    let image = try noise(Size(height: 40, width: 30))
    let pixels = try degraded(image, kind, 3).pixels
    #expect(try degraded(image, kind, 3).pixels == pixels)
    let isRandom = [.infrared, .blur, .noise].contains(kind)
    #expect(try (degraded(image, kind, 3, seed: 2).pixels != pixels) == isRandom)
  }

  @Test(
    "the amounts at whole strengths are the steps, and change evenly between them", arguments: DegradationKind.allCases)
  func amounts(_ kind: DegradationKind) {
    let steps = Degradation.steps(of: kind)
    func amount(_ strength: Double) -> Double {
      Degradation(kind, strength: strength, chance: RandomStream(seed: 0)).amount
    }
    for strength in 1...5 { #expect(abs(amount(Double(strength)) - steps[strength]) < 1e-9 * steps[strength]) }
    let all = stride(from: 0.25, through: 5, by: 0.25).map(amount)
    #expect(all == all.sorted() || all == all.sorted(by: >))
    #expect(amount(7) == amount(5) && amount(-1) == amount(0))
  }

  @Test("gray pictures have equal channels, the right luminance, and less contrast", arguments: [1.0, 2, 3, 5])
  func gray(_ strength: Double) throws {
    let image = try noise(Size(height: 50, width: 40))
    let gray = try degraded(image, .gray, strength)
    #expect(gray.hasEqualChannels)
    func luminance(_ index: Int) -> Double {
      let parts = [0.299, 0.587, 0.114]
      return zip(image.pixels[(3 * index)...].prefix(3), parts).reduce(0) { $0 + Double($1.0) * $1.1 }
    }
    let expected = (0..<2000).map(luminance)
    let found = (0..<2000).map { Double(gray.pixels[3 * $0]) }
    let contrast = Degradation.steps(of: .gray)[Int(strength)]
    #expect(abs(found.mean - expected.mean) < 1 && abs(found.deviation / expected.deviation - contrast) < 0.02)
  }

  @Test("infrared pictures have equal channels, are darker in the corners, and show red brighter than blue")
  func infrared() throws {
    #expect(try degraded(noise(Size(height: 50, width: 40)), .infrared, 3).hasEqualChannels)
    let (red, blue): ([UInt8], [UInt8]) = ([200, 60, 40], [40, 60, 200])
    let halves = (0..<64 * 64).flatMap { $0 % 64 < 32 ? red : blue }
    let image = try degraded(Image(width: 64, height: 64, pixels: halves), .infrared, 2)
    func mean(_ columns: Range<Int>, _ rows: Range<Int>) -> Double {
      rows.flatMap { row in columns.map { column -> Double in Double(image.pixels[(row * 64 + column) * 3]) } }.mean
    }
    #expect(mean(16..<28, 26..<38) > mean(36..<48, 26..<38) + 20)
    #expect(mean(16..<28, 26..<38) > mean(0..<8, 0..<8) + 20)
  }

  @Test("noise has its deviation, half of its variance from the light", arguments: [(64, 3.0), (128, 2), (192, 3)])
  func noiseDeviation(_ brightness: Int, _ strength: Double) throws {
    let image = try flat(UInt8(brightness), side: 96)
    let values = try degraded(image, .noise, strength).pixels.map(Double.init)
    let part: Double = 0.5 + Double(brightness) / 255
    let expected = Degradation.steps(of: .noise)[Int(strength)] * part.squareRoot()
    #expect(abs(values.deviation / expected - 1) < 0.04 && abs(values.mean - Double(brightness)) < 1)
  }

  @Test("noise of a picture without colors has none")
  func grayNoise() throws {
    let noisy = try degraded(flat(100, side: 20), .noise, 3)
    #expect(noisy.hasEqualChannels && Set(noisy.pixels).count > 20)
  }

  @Test("a smaller picture keeps waves that are long for its pixels, and loses short ones")
  func lowResolution() throws {
    // 24 of 192 rows are left: waves of 8 pixels are as short as a pixel, those of 64 pixels eight times as long.
    func kept(_ period: Int) throws -> Double {
      let wave = waves(period: period, side: 192, alongRows: false)
      return try degraded(wave, .lowres, 5).pixels.map(Double.init).deviation / wave.pixels.map(Double.init).deviation
    }
    let (short, long) = (try kept(8), try kept(64))
    #expect(short < 0.1 && long > 0.85, "\(short) \(long)")
    // Who is smaller already stays.
    let small = try noise(Size(height: 20, width: 20))
    #expect(try degraded(small, .lowres, 5) == small)
  }

  @Test("a motion blurs along its direction, and not across it", arguments: [8.0, 17.3, 24])
  func motion(_ length: Double) throws {
    func kept(alongRows: Bool) throws -> Double {
      var wave = waves(period: Int(length.rounded()), side: 96, alongRows: alongRows)
      let before = wave.pixels.map(Double.init).deviation
      let blur = MotionBlur(length: length, angle: 0)
      wave.withMutablePixels { blur.apply(to: $0, width: 96, height: 96) }
      return wave.pixels.map(Double.init).deviation / before
    }
    let (along, across) = (try kept(alongRows: true), try kept(alongRows: false))
    #expect(along < 0.25 && across > 0.98, "\(along) \(across)")
  }

  @Test("the weights of a motion add up to one, and lie on its line", arguments: [0.3, 1.0, 12.7, 700])
  func taps(_ length: Double) {
    for angle in [0, 0.4, .pi / 2, 3] {
      let taps = MotionBlur(length: length, angle: angle).taps(longest: 500)
      #expect(taps.reduce(0) { $0 + Int($1.weight) } == 256)
      for tap in taps {
        let away: Double = Double(tap.x) * sin(angle) - Double(tap.y) * cos(angle)
        #expect(abs(away) < 1.5 && max(abs(tap.x), abs(tap.y)) <= 251)
      }
    }
  }

  @Test(
    "a flat picture stays flat where nothing but its details changes",
    arguments: [DegradationKind.blur, .lowres, .jpeg])
  func flatness(_ kind: DegradationKind) throws {
    for value: UInt8 in [0, 37, 255] {
      let pixels = try degraded(flat(value, side: 21), kind, 4).pixels
      #expect(pixels.allSatisfy { abs(Int($0) - Int(value)) <= 2 })
    }
  }

  @Test("a JPEG of less quality is farther from the picture")
  func jpeg() throws {
    let image = waves(period: 11, side: 64, alongRows: true)
    let errors = try [1.0, 3, 5].map { strength in
      let found = try degraded(image, .jpeg, strength).pixels
      return zip(found, image.pixels).map { (one: UInt8, other: UInt8) -> Double in abs(Double(one) - Double(other)) }
        .mean
    }
    #expect(errors == errors.sorted() && errors[2] > 2 * errors[0] && errors[0] > 0, "\(errors)")
  }

  private func waves(period: Int, side: Int, alongRows: Bool) -> Image {
    let pixels = (0..<side * side).flatMap { place in
      let along = Double(alongRows ? place % side : place / side)
      let phase: Double = 2 * .pi * along / Double(period)
      return Array(repeating: UInt8(128 + 100 * sin(phase)), count: 3)
    }
    guard let image = try? Image(width: side, height: side, pixels: pixels) else { preconditionFailure("\(side)") }
    return image
  }
}

extension Image {
  fileprivate var hasEqualChannels: Bool {
    stride(from: 0, to: pixels.count, by: 3).allSatisfy { Set(pixels[$0..<$0 + 3]).count == 1 }
  }
}

extension [Double] {
  fileprivate var mean: Double { reduce(0, +) / Double(count) }
  fileprivate var deviation: Double {
    let mean = mean
    let squares: [Double] = map { ($0 - mean) * ($0 - mean) }
    return (squares.reduce(0, +) / Double(count)).squareRoot()
  }
}
