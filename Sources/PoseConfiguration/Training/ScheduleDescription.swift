/// The `schedule` section: the learning rate over time. Epochs unless said otherwise.
public struct ScheduleDescription: Sendable, Hashable, Codable {
  public var kind = Kind.step
  /// The epochs that end each of the rate's steps.
  public var steps = [170, 200]
  /// What a step leaves of the rate.
  public var factor = 0.1
  /// What is left of the rate at the end, for cosine and polynomial.
  public var final = 0.0
  public var power = 1.0
  /// The epoch in which a cosine begins.
  public var start = 0
  /// Iterations of linear rise; 0 for none.
  public var warmUp = 500
  /// The rise's first rate, as a part of the schedule's.
  public var warmUpRatio = 0.001

  public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
    case constant, step, cosine, polynomial
    case oneCycle = "one_cycle"
  }

  public init() {}

  enum CodingKeys: String, CodingKey, CaseIterable {
    case kind, steps, factor, final, power, start
    case warmUp = "warmup"
    case warmUpRatio = "warmup_ratio"
  }

  public init(from decoder: any Decoder) throws {
    let section = try Section<CodingKeys>(decoder)
    kind = try section.choice(.kind, default: kind)
    steps = try section.value(.steps, default: steps)
    factor = try section.number(.factor, default: factor, in: 0...1)
    final = try section.number(.final, default: final, in: 0...1)
    power = try section.number(.power, default: power, in: 0.01...100)
    start = try section.count(.start, default: start, in: 0...1_000_000)
    warmUp = try section.count(.warmUp, default: warmUp, in: 0...1 << 40)
    warmUpRatio = try section.number(.warmUpRatio, default: warmUpRatio, in: 0...1)
    try section.check(
      .steps, steps.allSatisfy { (1...1_000_000).contains($0) } && steps == steps.sorted(),
      "needs growing numbers of epochs, not \(steps)")
  }
}
