import PoseCore
import PoseImage

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// From a joint's classification among columns and rows to its position (SimCC, Li et al., ECCV 2022).
///
/// Follows MMPose's `SimCCLabel`, and the published code for its scores.
public struct SimCCDecoder: KeypointDecoder {
  /// Classes a pixel of the input.
  public var splitRatio: Double
  public var score: Score
  /// The deviations in classes that DARK's step blurs by; nil for no step.
  public var refinement: Refinement?

  /// What a joint's score is.
  public enum Score: String, Sendable, Hashable, Codable, CaseIterable {
    /// The lower of the highest responses of columns and rows (MMPose).
    case response
    /// The lower of the highest probabilities (SA-SimDR).
    case probability
    /// The higher of the highest probabilities (SimDR).
    case higherProbability = "higher_probability"
  }

  public struct Refinement: Sendable, Hashable, Codable {
    public var sigmaX: Double
    public var sigmaY: Double

    public init(sigmaX: Double, sigmaY: Double) { (self.sigmaX, self.sigmaY) = (sigmaX, sigmaY) }
  }

  public static let catalogue: [String: any OutputDecoder] = ["simcc": SimCCDecoder()]

  public init(splitRatio: Double = 2, score: Score = .response, refinement: Refinement? = nil) {
    (self.splitRatio, self.score, self.refinement) = (splitRatio, score, refinement)
  }

  enum CodingKeys: String, CodingKey {
    case splitRatio = "split_ratio"
    case score, refinement
  }

  public var invalidSetting: (key: String, reason: String)? {
    (0.1...16).contains(splitRatio)
      ? nil : ("split_ratio", "needs classes a pixel in 0.1...16, not \(splitRatio)")
  }

  public func check(_ ports: [String: [Int]], skeleton: Skeleton?) throws(DecoderError) {
    let joints = skeleton?.joints.count ?? 0
    for port in ["x", "y"] {
      guard let shape = ports[port], shape.count == 2, shape[0] == joints, joints > 0 else {
        throw DecoderError(port: port, needed: "\(joints) x classes", ports: ports)
      }
    }
  }

  public func decode(_ outputs: Outputs, _ placement: Placement) -> [Keypoint] {
    keypoints(in: JointClasses(outputs)).map {
      Keypoint(position: placement.picturePoint(of: $0.position, on: placement.input), score: $0.score.asScore)
    }
  }

  public func merged(
    _ outputs: Outputs, withMirrored mirrored: Outputs, _ pairs: [Skeleton.Pair], isShifted: Bool, input: Size
  ) -> Outputs {
    JointClasses(outputs).averaged(with: JointClasses(mirrored).flippedBack(pairs, shifted: isShifted)).outputs
  }

  /// Keypoints in pixels of the network's input; at minus one class where nothing responds above zero. Responses that are
  /// the scores may exceed 1.
  func keypoints(in classes: JointClasses) -> [Keypoint] {
    (0..<classes.joints).map { joint in
      var (columns, rows) = (Array(classes.columns(of: joint)), Array(classes.rows(of: joint)))
      if score != .response { (columns, rows) = (softmax(columns), softmax(rows)) }
      let (x, y) = (highest(columns), highest(rows))
      let value = score == .higherProbability ? max(x.value, y.value) : min(x.value, y.value)
      var (column, row) = value > 0 ? (Float(x.index), Float(y.index)) : (-1, -1)
      if let refinement {
        column = refined(column, columns, sigma: refinement.sigmaX)
        row = refined(row, rows, sigma: refinement.sigmaY)
      }
      return Keypoint(x: Double(column) / splitRatio, y: Double(row) / splitRatio, score: Double(value))
    }
  }

  private func highest(_ values: [Float]) -> (index: Int, value: Float) {
    values.enumerated().reduce((index: 0, value: -.infinity)) { best, next in
      next.element > best.value ? (next.offset, next.element) : best
    }
  }

  private func softmax(_ values: [Float]) -> [Float] {
    let highest = values.max() ?? 0
    let powers = values.map { exp($0 - highest) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }

  /// DARK's step along one axis, on the logarithm of the blurred classes.
  private func refined(_ position: Float, _ values: [Float], sigma: Double) -> Float {
    let size = Int((sigma * 20 - 7) / 3)
    let blurred = blurred(values, by: gaussianKernel(size: max(size % 2 == 0 ? size - 1 : size, 1)))
    let highest = blurred.max() ?? 0
    let scale = highest != 0 ? (values.max() ?? 0) / highest : 1
    // Two classes repeat beyond each end; what reaches further comes from the other end, as in the published code.
    let count = values.count + 4
    func logarithm(_ index: Int) -> Float {
      let inside = min(max((index + count) % count - 2, 0), values.count - 1)
      return log(min(max(blurred[inside] * scale, 1e-3), 50))
    }
    let at = Int(position + 2.5)
    let gradient = 0.5 * (logarithm(at + 1) - logarithm(at - 1))
    let curvature = 1e-9 + 0.25 * (logarithm(at + 2) - 2 * logarithm(at) + logarithm(at - 2))
    return position - gradient / curvature
  }

  /// With zeros beyond the ends.
  private func blurred(_ values: [Float], by weights: [Float]) -> [Float] {
    let radius = weights.count / 2
    return values.indices.map { centre in
      weights.indices.reduce(0) { sum, tap in
        let index = centre + tap - radius
        return values.indices.contains(index) ? sum + weights[tap] * values[index] : sum
      }
    }
  }
}
