import PoseCore

/// From a picture to everybody's poses: a detector, then a network.
///
/// Pictures, folders and runs over datasets all take this one way.
public struct PosePipeline: Sendable {
  /// Finds people for a network that needs them.
  public var detector: any PersonDetector
  public var network: any PoseNetwork

  public init(detector: any PersonDetector = WholePicture(), network: any PoseNetwork) {
    (self.detector, self.network) = (detector, network)
  }

  /// The poses in a picture, in pixels of the upright picture.
  ///
  /// - Parameters:
  ///   - picture: the picture to look at.
  ///   - people: where people are; nil to let the detector look for them.
  /// - Throws: ``EstimationError``, and what reading the picture's pixels throws.
  public func poses(in picture: Picture, people: [PersonRegion]? = nil) throws -> [Pose] {
    guard network.needsPeople else { return try network.poses(in: picture, people: []) }
    let people = try people ?? detector.people(in: picture).map { PersonRegion($0) }
    return try network.poses(in: picture, people: people)
  }
}
