import PoseCore

/// How annotated boxes become crops: published versions differ in a pixel and in roundings.
public enum BoxRule: String, Sendable, Hashable, Codable, CaseIterable {
  /// MMPose 0.29: the far corner is x + w.
  case distance
  /// MMPose 0.13, of Lite-HRNet's time: the far corner is the last pixel, x + w - 1.
  case pixels

  /// The part of a box that lies in a picture, or nil where nothing does.
  public func cleaned(_ box: BoundingBox, width: Int, height: Int) -> BoundingBox? {
    let last = self == .pixels ? 1.0 : 0
    let (x1, y1) = (max(0, box.x), max(0, box.y))
    let x2 = min(Double(width) - 1, x1 + max(0, box.width - last))
    let y2 = min(Double(height) - 1, y1 + max(0, box.height - last))
    guard x2 > x1, y2 > y1 else { return nil }
    return BoundingBox(x: x1, y: y1, width: x2 - x1, height: y2 - y1)
  }

  /// A crop's extent in units of 200 pixels, rounded to float32 where the version rounds.
  func scale(_ extent: Double, padding: Double) -> Double {
    switch self {
    case .distance: Double(Float(extent) / 200 * Float(padding))
    case .pixels: Double(Float(extent / 200) * Float(padding))
    }
  }
}
