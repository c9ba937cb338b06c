import CPoseKernels
import Testing

@testable import PoseGraph

/// Planes in random order, with canaries around them.
final class Planes {
  let count: Int
  let height: Int
  let width: Int
  /// Where each plane starts.
  let starts: [Int32]
  private let block: UnsafeMutableBufferPointer<Float>
  private static let margin = 48
  private static let canary = Float(bitPattern: 0x7fc0_beef)

  init(
    _ count: Int, _ height: Int, _ width: Int, _ random: inout SplitMix64, _ value: (inout SplitMix64) -> Float
  ) {
    (self.count, self.height, self.width) = (count, height, width)
    var order = Array(0..<count)
    for index in order.indices.reversed() { order.swapAt(index, random.pick(0...index)) }
    var starts = Array(repeating: Int32(0), count: count)
    var end = Self.margin + random.pick(0...15)
    for plane in order {
      starts[plane] = Int32(end)
      // Neighbours without a gap, too.
      end += height * width + random.pick([0, 0, 1, 19])
    }
    self.starts = starts
    block = .allocate(capacity: end + Self.margin)
    block.initialize(repeating: Self.canary)
    for plane in 0..<count {
      for index in 0..<height * width { block[Int(starts[plane]) + index] = value(&random) }
    }
  }

  deinit { block.deallocate() }

  var start: UnsafeMutablePointer<Float> { block.baseAddress! }

  subscript(plane: Int, y: Int, x: Int) -> Double { Double(block[Int(starts[plane]) + y * width + x]) }

  private var isIntact: Bool {
    var isPlane = Array(repeating: false, count: block.count)
    for start in starts {
      for index in 0..<height * width { isPlane[Int(start) + index] = true }
    }
    return block.indices.allSatisfy { isPlane[$0] || block[$0].bitPattern == Self.canary.bitPattern }
  }

  /// Compares with what each number should be, and that nothing around changed.
  func expect(
    _ case: String, _ scratch: Guarded? = nil, sourceLocation: SourceLocation = #_sourceLocation,
    _ value: (_ plane: Int, _ y: Int, _ x: Int) -> Double
  ) {
    var (own, expected): ([Float], [Double]) = ([], [])
    for plane in 0..<count {
      for y in 0..<height {
        for x in 0..<width {
          own.append(Float(self[plane, y, x]))
          expected.append(value(plane, y, x))
        }
      }
    }
    let difference = worstDifference(own, expected)
    #expect(difference < 1e-5, "\(`case`)", sourceLocation: sourceLocation)
    #expect(isIntact, "wrote outside of its planes: \(`case`)", sourceLocation: sourceLocation)
    #expect(scratch?.isIntact ?? true, "wrote outside of its scratch: \(`case`)", sourceLocation: sourceLocation)
  }
}

extension pose_window {
  /// A window of any kernel, stride, padding and dilation over a small plane, or nil if it does not fit.
  init?(random: inout SplitMix64) {
    let height = random.pick([1, 2, 3, 4, 5, 8, 13, 16])
    let width = random.pick([1, 2, 3, 5, 6, 7, 8, 9, 12, 15, 16, 17, 24, 25, 31, 33, 48, 50, 70])
    self.init(random: &random, height: height, width: width)
  }

  init?(random: inout SplitMix64, height: Int, width: Int) {
    let isSquare = random.pick([true, true, false])
    let side = random.pick([1, 2, 3, 3, 3, 4, 5, 7])
    let (kernelHeight, kernelWidth) = (side, isSquare ? side : random.pick([1, 2, 3, 5, 9]))
    let stride = random.pick([1, 1, 2, 2, 3])
    let (strideHeight, strideWidth) = (stride, isSquare ? stride : random.pick(1...4))
    let (dilationHeight, dilationWidth) = (random.pick([1, 1, 1, 2]), random.pick([1, 1, 1, 2, 3]))
    let (reachHeight, reachWidth) = ((kernelHeight - 1) * dilationHeight + 1, (kernelWidth - 1) * dilationWidth + 1)
    let padHeight = random.pick([reachHeight / 2, random.pick(0...4)])
    let padWidth = random.pick([reachWidth / 2, random.pick(0...4)])
    guard height + 2 * padHeight >= reachHeight, width + 2 * padWidth >= reachWidth else { return nil }
    self.init(
      in_height: height, in_width: width, out_height: (height + 2 * padHeight - reachHeight) / strideHeight + 1,
      out_width: (width + 2 * padWidth - reachWidth) / strideWidth + 1, kernel_height: kernelHeight,
      kernel_width: kernelWidth, stride_height: strideHeight, stride_width: strideWidth, pad_height: padHeight,
      pad_width: padWidth, dilation_height: dilationHeight, dilation_width: dilationWidth)
  }

  /// 3 x 3 taps of every second pixel.
  static func halving(_ height: Int, _ width: Int) -> Self {
    Self(
      in_height: height, in_width: width, out_height: (height + 1) / 2, out_width: (width + 1) / 2, kernel_height: 3,
      kernel_width: 3, stride_height: 2, stride_width: 2, pad_height: 1, pad_width: 1, dilation_height: 1,
      dilation_width: 1)
  }

  /// The pixels inside the plane that an output reads, and the number of the tap that reads each.
  func taps(_ oy: Int, _ ox: Int) -> [(y: Int, x: Int, tap: Int)] {
    (0..<kernel_height * kernel_width).compactMap { tap in
      let y = oy * stride_height - pad_height + tap / kernel_width * dilation_height
      let x = ox * stride_width - pad_width + tap % kernel_width * dilation_width
      return y >= 0 && y < in_height && x >= 0 && x < in_width ? (y, x, tap) : nil
    }
  }
}
