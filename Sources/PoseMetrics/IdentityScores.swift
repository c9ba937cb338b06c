/// The identity scores (Ristani et al., ECCV 2016), equal to TrackEval's: each person has one track as its own for a whole
/// video, such that they are together in most frames.
public struct IdentityScores: Sendable, Hashable {
  /// The frames in which people are with their own track.
  public var right: Int
  /// The frames of people without their own track.
  public var missing: Int
  /// The frames of tracks without their person.
  public var wrong: Int

  /// Computes the metric.
  ///
  /// - Parameters:
  ///   - videos: the frames of each.
  ///   - threshold: the similarity from which a person and a track are together.
  /// - Throws: ``MetricError`` where a frame has a number twice, or similarities that are none.
  public init(_ videos: [[TrackingFrame]], threshold: Double = 0.5) throws(MetricError) {
    (right, missing, wrong) = (0, 0, 0)
    for video in videos {
      let video = try NumberedVideo(video)
      var together = video.personCounts.map { _ in [Double](repeating: 0, count: video.trackCounts.count) }
      for frame in video.frames {
        for (row, person) in frame.people.enumerated() {
          for (column, track) in frame.tracks.enumerated() where frame.similarities[row][column] >= threshold {
            together[person][track] += 1
          }
        }
      }
      let own = greatestPairs(together).reduce(0) { $0 + Int(together[$1.row][$1.column]) }
      right += own
      missing += video.personCounts.reduce(0, +) - own
      wrong += video.trackCounts.reduce(0, +) - own
    }
  }

  public var idf1: Double { Double(right) / max(1, Double(right) + 0.5 * Double(wrong) + 0.5 * Double(missing)) }
  public var recall: Double { Double(right) / Double(max(1, right + missing)) }
  public var precision: Double { Double(right) / Double(max(1, right + wrong)) }

  /// `IDF1`, `IDR`, `IDP`.
  public var values: [MetricValue] {
    [MetricValue("IDF1", idf1), MetricValue("IDR", recall), MetricValue("IDP", precision)]
  }
}
