import CPoseJPEG
import Foundation
import PoseCore
import PoseImage

@testable import PoseMedia

/// A small generator with a seed, so that a failing case can be run again.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }
}

extension Image {
  static func noise(_ width: Int, _ height: Int, seed: UInt64 = 1) throws -> Image {
    var generator = SeededGenerator(state: seed)
    let pixels = (0..<width * height * 3).map { _ in UInt8.random(in: 0 ... .max, using: &generator) }
    return try Image(width: width, height: height, pixels: pixels)
  }

  static func smooth(_ width: Int, _ height: Int) throws -> Image {
    var pixels: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width {
        pixels.append(UInt8(x * 255 / width))
        pixels.append(UInt8(y * 255 / height))
        pixels.append(UInt8((x + y) * 127 / (width + height)))
      }
    }
    return try Image(width: width, height: height, pixels: pixels)
  }

  func pixel(_ x: Int, _ y: Int) -> [UInt8] {
    Array(pixels[(y * width + x) * 3..<(y * width + x) * 3 + 3])
  }
}

/// How many times more samples brightness has than color, across and down.
enum Subsampling: CaseIterable {
  case none, across, both, down, fourAcross

  var factors: (horizontal: Int32, vertical: Int32) {
    switch self {
    case .none: (1, 1)
    case .across: (2, 1)
    case .both: (2, 2)
    case .down: (1, 2)
    case .fourAcross: (4, 1)
    }
  }
}

/// A JPEG file of the best quality.
///
/// - Parameter components: 1 for gray, 3 for RGB, 4 for CMYK.
func jpeg(
  _ samples: [UInt8], width: Int, height: Int, components: Int = 3, subsampling: Subsampling = .none,
  isProgressive: Bool = false
) throws -> [UInt8] {
  let (horizontal, vertical) = subsampling.factors
  return try encodeJPEG(
    samples,
    pose_jpeg_format(
      width: Int32(width), height: Int32(height), components: Int32(components), quality: 100, horizontal: horizontal,
      vertical: vertical, is_progressive: isProgressive ? 1 : 0))
}
