import CPoseKernels
import PoseCore
import Testing

@testable import PoseEngine
@testable import PoseGraph

/// 3 x 3 convolutions by tiles equal plain loops in double precision.
struct WinogradTests {
  @Test("tiles, products and outputs make a convolution", arguments: PlaneKernelTests.sets, [2, 4])
  func convolution(_ set: KernelSet, tile: Int) throws {
    let table = try #require(Kernels(set)).table
    var random = SplitMix64(seed: 21)
    for round in 0..<200 {
      let height = random.pick([1, 2, 3, 4, 5, 8, 13])
      let width = random.pick([1, 2, 3, 4, 6, 7, 12, 15, 24, 31, 48, 63, 64, 65, 70, 130])
      let (depth, channels) = (random.pick(0...3), random.pick(1...3))
      let x = Planes(depth, height, width, &random) { Float($0.signed()) }
      let out = Planes(channels, height, width, &random) { _ in 7 }
      let residual = random.pick([nil, Planes(channels, height, width, &random) { Float($0.signed()) }])
      let weights = Guarded(channels * depth * 9, &random) { Float($0.signed()) }
      let bias = random.pick([nil, Guarded(channels, &random) { Float($0.signed()) }])
      let function = random.pick([nil, Unary.relu, .silu])

      let (lines, across) = ((height + tile - 1) / tile, (width + tile - 1) / tile)
      let positions = (tile + 2) * (tile + 2)
      let transformed = (0..<positions).map { position in
        let transformed = Guarded(channels * depth, &random) { _ in .nan }
        pose_winograd_weights(weights.start, channels * depth, tile, position, transformed.start)
        return transformed
      }
      // Some rows of tiles at a time.
      let band = random.pick(1...lines)
      for y in stride(from: 0, to: lines, by: band) {
        let rows = min(band, lines - y)
        let pitch = rows * across + 16
        let (inputStep, resultStep) = (depth * pitch + random.pick([0, 16]), channels * pitch + 3)
        let inputs = Guarded(positions * inputStep, &random) { _ in .nan }
        let results = Guarded(positions * resultStep, &random) { _ in .nan }
        table.winograd_input(x.start, x.starts, depth, height, width, y, rows, inputs.start, pitch, inputStep, tile)
        #expect(inputs.isIntact, "\(set), round \(round): wrote outside of its tiles")
        for position in 0..<positions {
          for channel in 0..<channels {
            for column in 0..<rows * across {
              results.start[position * resultStep + channel * pitch + column] = (0..<depth).reduce(0) {
                $0 + transformed[position].start[channel * depth + $1]
                  * inputs.start[position * inputStep + $1 * pitch + column]
              }
            }
          }
        }
        table.winograd_output(
          results.start, pitch, resultStep, bias.map { UnsafePointer($0.start) },
          residual.map { UnsafePointer($0.start) }, residual?.starts, out.start, out.starts, channels, height, width, y,
          rows, function.kernel, tile)
      }
      let window = pose_window(
        Convolution(kernel: 3, padding: 1), input: [1, depth, height, width], output: [1, channels, height, width])
      out.expect("\(set), round \(round): \(depth) x \(height) x \(width), \(band) rows of tiles at a time") {
        channel, oy, ox in
        var sum = Double(bias?.start[channel] ?? 0) + (residual?[channel, oy, ox] ?? 0)
        for (y, x0, tap) in window.taps(oy, ox) {
          for plane in 0..<depth {
            sum += Double(weights.start[(channel * depth + plane) * 9 + tap]) * x[plane, y, x0]
          }
        }
        return function.map { value(of: $0, sum) } ?? sum
      }
    }
  }

  @Test("tiles are taken where they take less time")
  func choice() {
    func tile(_ channels: Int, _ outputs: Int, _ height: Int, _ width: Int, stride: Size = 1, groups: Int = 1) -> Int? {
      let convolution = Convolution(kernel: 3, stride: stride, padding: 1, groups: groups)
      return WinogradTiling(convolution, channels: channels, output: [1, outputs, height, width])?.tile
    }
    #expect(tile(64, 64, 64, 48) == 4)
    #expect(tile(128, 128, 16, 12) == 4)
    // Too few tiles of 4 x 4 to fill a vector.
    #expect(tile(256, 256, 8, 6) == 2)
    #expect(tile(3, 8, 64, 48) == nil)
    #expect(tile(64, 64, 64, 48, stride: 2) == nil)
    #expect(tile(64, 64, 64, 48, groups: 64) == nil)
  }
}
