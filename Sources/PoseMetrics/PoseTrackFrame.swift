import PoseCore

/// A frame of a PoseTrack video with its annotated and its predicted poses. Poses have the joints of
/// ``Skeleton/poseTrack18``.
public struct PoseTrackFrame: Sendable, Hashable {
  /// An annotated person.
  public struct Person: Sendable, Hashable {
    /// x, y and visibility, joint after joint; a joint at (0, 0) with visibility 0 is not annotated.
    public var keypoints: [Double]
    public var headBox: BoundingBox
    /// The person's number over time, which tracking is scored by.
    public var track: Int?

    /// Creates a person.
    public init(keypoints: [Double], headBox: BoundingBox, track: Int? = nil) {
      self.keypoints = keypoints
      self.headBox = headBox
      self.track = track
    }
  }

  public var people: [Person]
  /// x, y and score, joint after joint, for each pose found; a joint at (0, 0) that scores 0 was not found.
  public var results: [[Double]]
  /// The number over time of each result; nil, or missing at the end, where there is none.
  public var tracks: [Int?]
  /// Polygons whose interior is ignored, in annotations and results.
  public var ignoredRegions: [[Point]]
  /// The video of the frame. Frames of the same name are in the order of time.
  public var video: String

  /// Creates a frame.
  public init(
    people: [Person], results: [[Double]], tracks: [Int?] = [], ignoredRegions: [[Point]] = [], video: String = ""
  ) {
    self.people = people
    self.results = results
    self.tracks = tracks
    self.ignoredRegions = ignoredRegions
    self.video = video
  }

  /// The number over time of a result.
  func track(of result: Int) -> Int? { tracks.indices.contains(result) ? tracks[result] : nil }

  /// - Parameter place: how an error names the frame.
  /// - Throws: ``MetricError`` if a pose does not have 17 joints, or if a number is not finite.
  func check(_ place: String) throws(MetricError) {
    let expected = Skeleton.poseTrack18.joints.count
    for (index, keypoints) in (people.map(\.keypoints) + results).enumerated() {
      let name = index < people.count ? "person \(index) \(place)" : "result \(index - people.count) \(place)"
      guard keypoints.count == 3 * expected else {
        throw .wrongKeypointCount(what: name, found: keypoints.count / 3, expected: expected)
      }
      guard keypoints.allSatisfy(\.isFinite) else { throw .notFinite(what: name) }
    }
  }
}
