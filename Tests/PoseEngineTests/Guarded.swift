@testable import PoseGraph

/// Floats at a random alignment between canaries.
final class Guarded {
  let start: UnsafeMutablePointer<Float>
  private let count: Int
  private let before: Int
  private let block: UnsafeMutableBufferPointer<Float>
  private static let margin = 32
  private static let canary = Float(bitPattern: 0x7fc0_beef)

  init(_ count: Int, _ random: inout SplitMix64, _ value: (inout SplitMix64) -> Float) {
    self.count = count
    before = Self.margin + random.pick(0...15)
    block = .allocate(capacity: before + count + Self.margin)
    block.initialize(repeating: Self.canary)
    start = block.baseAddress! + before
    for index in 0..<count { start[index] = value(&random) }
  }

  deinit { block.deallocate() }

  var values: [Float] { (0..<count).map { start[$0] } }

  var isIntact: Bool {
    block.indices.allSatisfy {
      (before..<before + count).contains($0) || block[$0].bitPattern == Self.canary.bitPattern
    }
  }
}
