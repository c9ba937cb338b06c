/// Higher-order tracking accuracy (Luiten et al., IJCV 2021): how well people are found, and how well they keep their
/// numbers, equal to TrackEval's. Each number is the mean over the similarities .05, .1 ... .95 from which a match counts;
/// several videos are taken together as TrackEval combines them.
public struct HOTA: Sendable, Hashable {
  /// The geometric mean of detection and association.
  public var hota: Double
  /// The share of right detections among those that are right, wrong or missing.
  public var detA: Double
  /// The same of associations, for the detections that are right.
  public var assA: Double
  public var detRe: Double
  public var detPr: Double
  public var assRe: Double
  public var assPr: Double
  /// The mean similarity of matches.
  public var locA: Double

  /// The similarities from which a match counts, as `numpy.arange` computes them.
  private static let thresholds = (0..<19).map { 0.05 + Double($0) * 0.05 }

  /// Computes the metric.
  ///
  /// - Parameter videos: the frames of each.
  /// - Throws: ``MetricError`` where a frame has a number twice, or similarities that are none.
  public init(_ videos: [[TrackingFrame]]) throws(MetricError) {
    var sums = Self.thresholds.map { _ in Sums() }
    for video in videos {
      for (index, sum) in Self.sums(try NumberedVideo(video)).enumerated() { sums[index].add(sum) }
    }
    func mean(_ value: (Sums) -> Double) -> Double { sums.map(value).reduce(0, +) / Double(sums.count) }
    hota = mean { ($0.detA * $0.share(of: $0.association)).squareRoot() }
    detA = mean(\.detA)
    assA = mean { $0.share(of: $0.association) }
    detRe = mean { Double($0.right) / Double(max(1, $0.right + $0.missing)) }
    detPr = mean { Double($0.right) / Double(max(1, $0.right + $0.wrong)) }
    assRe = mean { $0.share(of: $0.associationRecall) }
    assPr = mean { $0.share(of: $0.associationPrecision) }
    locA = mean { max(1e-10, $0.similarity) / max(1e-10, Double($0.right)) }
  }

  /// The numbers by name, as TrackEval calls them: `HOTA`, `DetA`, `AssA`, `DetRe`, `DetPr`, `AssRe`, `AssPr`, `LocA`.
  public var values: [MetricValue] {
    [
      MetricValue("HOTA", hota), MetricValue("DetA", detA), MetricValue("AssA", assA), MetricValue("DetRe", detRe),
      MetricValue("DetPr", detPr), MetricValue("AssRe", assRe), MetricValue("AssPr", assPr), MetricValue("LocA", locA),
    ]
  }

  /// What is counted for a threshold.
  private struct Sums {
    var (right, missing, wrong) = (0, 0, 0)
    var similarity = 0.0
    /// Sums over the detections that are right.
    var (association, associationRecall, associationPrecision) = (0.0, 0.0, 0.0)

    var detA: Double { Double(right) / Double(max(1, right + missing + wrong)) }

    func share(of sum: Double) -> Double { sum / Double(max(1, right)) }

    mutating func add(_ other: Sums) {
      right += other.right
      missing += other.missing
      wrong += other.wrong
      similarity += other.similarity
      association += other.association
      associationRecall += other.associationRecall
      associationPrecision += other.associationPrecision
    }
  }

  private static func sums(_ video: NumberedVideo) -> [Sums] {
    let alignment = alignment(video)
    let (people, tracks) = (video.personCounts, video.trackCounts)
    var sums = thresholds.map { _ in Sums() }
    var matches = thresholds.map { _ in [Int](repeating: 0, count: people.count * tracks.count) }
    for frame in video.frames {
      let values = frame.people.enumerated().map { row, person in
        frame.tracks.enumerated().map { column, track in
          alignment[person * tracks.count + track] * frame.similarities[row][column]
        }
      }
      let pairs = greatestPairs(values)
      for (index, threshold) in thresholds.enumerated() {
        let right = pairs.filter { frame.similarities[$0.row][$0.column] >= threshold - Double.ulpOfOne }
        sums[index].right += right.count
        sums[index].missing += frame.people.count - right.count
        sums[index].wrong += frame.tracks.count - right.count
        for pair in right {
          sums[index].similarity += frame.similarities[pair.row][pair.column]
          matches[index][frame.people[pair.row] * tracks.count + frame.tracks[pair.column]] += 1
        }
      }
    }
    for index in thresholds.indices {
      for (place, count) in matches[index].enumerated() where count > 0 {
        let (person, track) = (people[place / tracks.count], tracks[place % tracks.count])
        let square = Double(count * count)
        sums[index].association += square / Double(person + track - count)
        sums[index].associationRecall += square / Double(person)
        sums[index].associationPrecision += square / Double(track)
      }
    }
    return sums
  }

  /// How much each person and track are together in the whole video, a row for each person.
  private static func alignment(_ video: NumberedVideo) -> [Double] {
    let (people, tracks) = (video.personCounts, video.trackCounts)
    var together = [Double](repeating: 0, count: people.count * tracks.count)
    for frame in video.frames {
      let rows = frame.similarities.map { $0.reduce(0, +) }
      let columns = frame.tracks.indices.map { column in frame.similarities.reduce(0) { $0 + $1[column] } }
      for (row, person) in frame.people.enumerated() {
        for (column, track) in frame.tracks.enumerated() {
          let similarity = frame.similarities[row][column]
          let union = rows[row] + columns[column] - similarity
          if union > Double.ulpOfOne { together[person * tracks.count + track] += similarity / union }
        }
      }
    }
    return together.enumerated().map { place, shared in
      shared / (Double(people[place / max(tracks.count, 1)] + tracks[place % max(tracks.count, 1)]) - shared)
    }
  }
}
