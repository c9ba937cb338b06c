import PoseData

/// Where a run is, besides its tensors.
public struct TrainingProgress: Sendable, Hashable, Codable {
  /// The batch that comes next.
  public var position = LoaderPosition()
  /// Batches done, of all epochs, however large each of them was.
  public var iteration = 0
  /// The last epoch whose network was validated.
  public var validatedEpoch = 0
  /// The iteration that this validation followed; nil where there was none.
  public var validatedIteration: Int?
  /// The best validation's score, and the epoch that it followed.
  public var bestScore: Double?
  public var bestEpoch = 0
  /// Batches left out because their loss was not finite, in all and in a row up to now.
  public var leftOut = 0
  public var leftOutInARow = 0
  /// Pictures that could not be read and were replaced.
  public var replaced = 0
  /// Seconds that training has taken.
  public var seconds = 0.0
  /// Since the last line of the logs.
  public var interval = Interval()

  /// Sums over the iterations since the last line of the logs.
  public struct Interval: Sendable, Hashable, Codable {
    public var iterations = 0
    public var losses = 0.0
    public var finiteLosses = 0
    public var accuracies = 0.0
    public var accuracyCount = 0
    /// Lengths of gradients before they were clipped; nil where they are not.
    public var gradientNorms: Double?
    public var gradientNormCount: Int?
    public var samples = 0
    public var seconds = 0.0
    public var waited = 0.0

    public init() {}
  }

  public init() {}

  /// Whether a run can be there, as far as numbers alone tell.
  package var isSound: Bool {
    let counts = [
      iteration, leftOut, leftOutInARow, replaced, interval.iterations, interval.finiteLosses, interval.accuracyCount,
      interval.gradientNormCount ?? 0, interval.samples, validatedIteration ?? 0,
    ]
    return [position.epoch, position.batch].allSatisfy((0...1 << 30).contains)
      && counts.allSatisfy((0...1 << 40).contains)
  }
}
