/// Where something on a line is and how fast it moves, as noisy measurements at any times tell it: a Kalman filter (Kalman,
/// 1960) whose motion is a constant velocity disturbed by white noise.
struct ConstantVelocity: Sendable, Hashable {
  private(set) var position: Double
  private(set) var velocity = 0.0
  // The covariance of position and velocity.
  private var positionVariance: Double
  private var covariance = 0.0
  private var velocityVariance: Double

  /// - Parameters:
  ///   - deviation: of the position.
  ///   - velocityDeviation: of the velocity around 0, in units a second.
  init(position: Double, deviation: Double, velocityDeviation: Double) {
    self.position = position
    positionVariance = deviation * deviation
    velocityVariance = velocityDeviation * velocityDeviation
  }

  /// How far the position may be off, one standard deviation.
  var deviation: Double { positionVariance.squareRoot() }

  /// The state after some time without a measurement.
  ///
  /// - Parameters:
  ///   - seconds: 0 or more.
  ///   - noise: the deviation that the velocity gains in a second.
  func predicted(after seconds: Double, noise: Double) -> ConstantVelocity {
    var next = self
    let power = noise * noise
    next.position += velocity * seconds
    next.positionVariance +=
      seconds * (2 * covariance + seconds * velocityVariance) + power * seconds * seconds * seconds / 3
    next.covariance += seconds * velocityVariance + power * seconds * seconds / 2
    next.velocityVariance += power * seconds
    return next
  }

  /// Takes a measurement of the position at the state's time.
  mutating func correct(_ measured: Double, deviation: Double) {
    let variance = positionVariance + deviation * deviation
    guard variance > 0 else { return }
    let (gain, velocityGain) = (positionVariance / variance, covariance / variance)
    let error = measured - position
    position += gain * error
    velocity += velocityGain * error
    velocityVariance -= velocityGain * covariance
    covariance *= 1 - gain
    positionVariance *= 1 - gain
  }

  /// Takes a place and a velocity that were observed, whatever was believed before.
  mutating func restart(at position: Double, velocity: Double, deviation: Double, velocityDeviation: Double) {
    self = ConstantVelocity(position: position, deviation: deviation, velocityDeviation: velocityDeviation)
    self.velocity = velocity
  }
}
