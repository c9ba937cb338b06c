import PoseCore

/// Why a movement cannot be smoothed.
public enum SmoothingError: UserError {
  /// A low-pass filter's cutoff that is not below half of the rate at which pictures were taken.
  case cutoff(Double, rate: Double)

  public var description: String {
    switch self {
    case .cutoff(let cutoff, let rate):
      "a cutoff of \(cutoff) Hz is not between 0 and half of the \((rate * 1000).rounded() / 1000) pictures a second: choose a lower one"
    }
  }
}
