import Foundation
import PoseCore
import PoseImage

@testable import PoseVideo

/// A folder of its own, which goes with the value.
final class Folder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "pose-video-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }
}

/// Pictures that say their number: five bars, bright for 1 and dark for 0, below a red square at the top left and a blue one
/// at the top right.
enum Numbered {
  static func image(_ number: Int, size: Size) -> Image {
    var pixels = [UInt8](repeating: 90, count: 3 * size.width * size.height)
    func fill(_ xs: Range<Int>, _ ys: Range<Int>, _ color: [UInt8]) {
      for y in ys {
        for x in xs { for channel in 0..<3 { pixels[3 * (y * size.width + x) + channel] = color[channel] } }
      }
    }
    let (quarter, half) = (size.width / 4, size.height / 2)
    fill(0..<quarter, 0..<half / 2, [220, 20, 20])
    fill(size.width - quarter..<size.width, 0..<half / 2, [20, 20, 220])
    for bit in 0..<5 {
      let value: UInt8 = number >> bit & 1 == 1 ? 230 : 20
      fill(bit * size.width / 5..<(bit + 1) * size.width / 5, half..<size.height, [value, value, value])
    }
    guard let image = try? Image(width: size.width, height: size.height, pixels: pixels) else { fatalError("no image") }
    return image
  }

  /// The number that an upright picture says.
  static func number(of image: Image) -> Int {
    (0..<5).reduce(0) { number, bit in
      let x = (2 * bit + 1) * image.width / 10
      return number + (color(of: image, x, 3 * image.height / 4)[1] > 125 ? 1 << bit : 0)
    }
  }

  static func color(of image: Image, _ x: Int, _ y: Int) -> [Int] {
    (0..<3).map { Int(image.pixels[3 * (y * image.width + x) + $0]) }
  }

  /// Whether the red square is at the top left and the blue one at the top right.
  static func isUpright(_ image: Image) -> Bool {
    let (left, right) = (
      color(of: image, image.width / 8, image.height / 8), color(of: image, image.width * 7 / 8, image.height / 8)
    )
    return left[0] > 150 && left[2] < 90 && right[2] > 150 && right[0] < 90
  }

  /// Writes a video with pictures at these times.
  static func write(
    _ path: String, size: Size = Size(height: 64, width: 80), times: [Double], options: VideoWriter.Options = .init(),
    finishes: Bool = true
  ) throws {
    let writer = try VideoWriter(path, size: size, options: options)
    for (number, time) in times.enumerated() { try writer.write(image(number, size: size), at: time) }
    if finishes { try writer.finish() }
  }

  static func even(_ count: Int, rate: Double = 25) -> [Double] { (0..<count).map { Double($0) / rate } }
}

extension VideoReader {
  /// All frames.
  func frames() throws -> [VideoFrame] {
    var frames: [VideoFrame] = []
    while let frame = try next() { frames.append(frame) }
    return frames
  }
}
