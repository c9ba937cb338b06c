import PoseEngine
import PoseGraph

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The number of processors.
var processorCount: Int { ProcessInfo.processInfo.activeProcessorCount }

/// The peak rates of a number of threads of this machine, measured when it is made.
struct MachineLimits: Encodable {
  let threads: Int
  let kernels: KernelSet
  let multiplyAdds: Double
  let read: Double
  let copied: Double

  init(threads: Int, kernels: KernelSet = .best) {
    self.threads = threads
    self.kernels = kernels
    multiplyAdds = concurrently(threads) { _ in MachinePeak.multiplyAdds(kernels) }.reduce(0, +)
    let bandwidths = concurrently(threads) { _ in MachinePeak.bandwidth(bytes: max((256 << 20) / threads, 16 << 20)) }
    read = bandwidths.reduce(0) { $0 + $1.read }
    copied = bandwidths.reduce(0) { $0 + $1.copied }
  }

  var text: String {
    """
    this machine       \(Self.giga(multiplyAdds)) G multiply-adds a second (\(kernels.rawValue)), \
    reads \(Self.giga(read)) GB/s, copies \(Self.giga(copied)) GB/s, threads: \(threads)
    """
  }

  /// The rate of a network beside the machine's.
  func text(for timing: Timing, multiplyAdds perImage: Int) -> String {
    let rate = Double(perImage) * timing.imagesPerSecond
    let share = (100 * rate / max(multiplyAdds, 1)).rounded(toPlaces: 1)
    let each = (Double(perImage) / 1e6).rounded(toPlaces: 1)
    return """
      multiply-adds      \(each) M a picture, \(Self.giga(rate)) G a second, \(share)% of the machine's
      \(text)
      """
  }

  var json: String {
    get throws { try pose.json(self) }
  }

  private static func giga(_ number: Double) -> Double { (number / 1e9).rounded(toPlaces: 1) }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(threads, forKey: .threads)
    try container.encode(kernels.rawValue, forKey: .kernels)
    try container.encode(multiplyAdds.rounded(), forKey: .multiplyAdds)
    try container.encode(read.rounded(), forKey: .read)
    try container.encode(copied.rounded(), forKey: .copied)
  }

  private enum CodingKeys: String, CodingKey {
    case threads, kernels
    case multiplyAdds = "multiply_adds_per_second"
    case read = "read_bytes_per_second"
    case copied = "copied_bytes_per_second"
  }
}
