import PoseGraph
import PoseImage

/// How a network is written as a Core ML model, and what the model says of itself.
public struct CoreMLOptions: Sendable, Hashable {
  /// What weights are kept in and what the program computes with. Inputs and outputs are float32 in any case.
  public var precision: Checkpoint.FloatType
  public var input: Input
  /// What Xcode shows of the model.
  public var summary: String
  /// The license of the weights; nil if it is not known.
  public var license: String?
  /// Descriptions of inputs and outputs, by the names of the network's ports.
  public var ports: [String: String]

  /// What the model takes.
  public enum Input: Sendable, Hashable {
    /// A multi-array of `N x C x H x W` for `N` in 1...`largestBatch`, of the network's own numbers. The batch's extent is
    /// fixed if it can only be 1.
    case tensor(largestBatch: Int)
    /// One picture of the network's input size, whose pixels the program turns into the network's numbers.
    case picture(PixelEncoding)
  }

  /// A model that takes up to 16 inputs at once and computes in float16, as the Neural Engine does.
  public init(
    precision: Checkpoint.FloatType = .float16, input: Input = .tensor(largestBatch: 16),
    summary: String = "", license: String? = nil, ports: [String: String] = [:]
  ) {
    (self.precision, self.input, self.summary) = (precision, input, summary)
    (self.license, self.ports) = (license, ports)
  }

  /// Whether the batch's extent is only known when the program runs.
  var hasOpenBatch: Bool { largestBatch > 1 }

  var largestBatch: Int { if case .tensor(let largestBatch) = input { largestBatch } else { 1 } }
}
