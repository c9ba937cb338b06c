import CPoseKernels
import Testing

@testable import PoseEngine
@testable import PoseGraph

/// The kernels of planes equal plain loops in double precision, for every instruction set, on planes in any order, and
/// write nothing but their planes and their scratch.
struct PlaneKernelTests {
  static let sets = KernelSet.allCases.filter(\.isAvailable)

  @Test("depthwise convolutions", arguments: sets)
  func depthwise(_ set: KernelSet) throws {
    let table = try #require(Kernels(set)).table
    var random = SplitMix64(seed: 4)
    for round in 0..<400 {
      guard let window = pose_window(random: &random) else { continue }
      checkDepthwise(table, window, channels: random.pick(0...3), &random, "\(set), round \(round)")
    }
  }

  @Test("depthwise convolutions of planes in several bands", arguments: sets)
  func largeDepthwise(_ set: KernelSet) throws {
    let table = try #require(Kernels(set)).table
    var random = SplitMix64(seed: 5)
    for (height, width) in [(128, 96), (96, 72), (67, 130), (3, 5000)] {
      for _ in 0..<4 {
        guard let window = pose_window(random: &random, height: height, width: width) else { continue }
        checkDepthwise(table, window, channels: 2, &random, "\(set), \(height) x \(width)")
      }
    }
  }

  private func checkDepthwise(
    _ table: pose_kernels, _ window: pose_window, channels: Int, _ random: inout SplitMix64, _ name: String
  ) {
    var window = window
    let taps = window.kernel_height * window.kernel_width
    let x = Planes(channels, window.in_height, window.in_width, &random) { Float($0.signed()) }
    let out = Planes(channels, window.out_height, window.out_width, &random) { _ in 7 }
    let weights = Guarded(channels * taps, &random) { Float($0.signed()) }
    let bias = Guarded(channels, &random) { Float($0.signed()) }
    let scratch = Guarded(pose_depthwise_scratch(&window), &random) { _ in .nan }
    let hasBias = random.pick([true, false])
    let function = random.pick([nil, Unary.relu, .silu])
    table.depthwise(
      weights.start, hasBias ? bias.start : nil, x.start, x.starts, out.start, out.starts, channels, &window,
      scratch.start, function.kernel)
    out.expect("\(name): \(window)", scratch) { channel, oy, ox in
      let sum = window.taps(oy, ox).reduce(hasBias ? Double(bias.start[channel]) : 0) {
        $0 + Double(weights.start[channel * taps + $1.tap]) * x[channel, $1.y, $1.x]
      }
      return function.map { value(of: $0, sum) } ?? sum
    }
  }
}
