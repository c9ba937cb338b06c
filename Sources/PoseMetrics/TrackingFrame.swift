import PoseCore

/// A frame of a video: who is there, whom a tracker found, and how similar they are.
public struct TrackingFrame: Sendable, Hashable {
  /// The numbers of the annotated people, each once.
  public var people: [Int]
  /// The numbers that the tracker gave, each once.
  public var tracks: [Int]
  /// From 0 to 1, a row for each person with a column for each track: object keypoint similarity, or the overlap of boxes.
  public var similarities: [[Double]]

  /// Creates a frame.
  public init(people: [Int], tracks: [Int], similarities: [[Double]]) {
    (self.people, self.tracks, self.similarities) = (people, tracks, similarities)
  }

  /// - Throws: ``MetricError`` where a number is there twice, or the similarities are not as many or not from 0 to 1.
  func check(_ index: Int) throws(MetricError) {
    for (numbers, what) in [(people, "person"), (tracks, "track")] where Set(numbers).count < numbers.count {
      let twice = numbers.first { number in numbers.count { $0 == number } > 1 } ?? 0
      throw .repeatedPerson(what: "\(what) \(twice)", frame: index)
    }
    let isComplete = similarities.count == people.count && similarities.allSatisfy { $0.count == tracks.count }
    guard isComplete, similarities.joined().allSatisfy({ (0...1).contains($0) }) else {
      throw .similarities(frame: index)
    }
  }
}

/// The videos of an evaluation with people and tracks numbered from 0 in each.
struct NumberedVideo: Sendable {
  struct Frame: Sendable {
    var people: [Int]
    var tracks: [Int]
    var similarities: [[Double]]
  }

  var frames: [Frame]
  /// In how many frames each person is, and each track.
  var personCounts: [Int]
  var trackCounts: [Int]

  init(_ frames: [TrackingFrame]) throws(MetricError) {
    var (people, tracks): ([Int: Int], [Int: Int]) = ([:], [:])
    func number(_ id: Int, in numbers: inout [Int: Int], _ counts: inout [Int]) -> Int {
      let number = numbers[id] ?? counts.count
      if numbers.updateValue(number, forKey: id) == nil { counts.append(0) }
      counts[number] += 1
      return number
    }
    (self.frames, personCounts, trackCounts) = ([], [], [])
    for (index, frame) in frames.enumerated() {
      try frame.check(index)
      self.frames.append(
        Frame(
          people: frame.people.map { number($0, in: &people, &personCounts) },
          tracks: frame.tracks.map { number($0, in: &tracks, &trackCounts) }, similarities: frame.similarities))
    }
  }
}

/// The pairs of a row and a column whose values have the greatest sum, as many as there can be.
func greatestPairs(_ values: [[Double]]) -> [(row: Int, column: Int)] {
  let (rows, columns) = (values.count, values.first?.count ?? 0)
  if rows == 0 || columns == 0 { return [] }
  if columns >= rows {
    return leastCostAssignment(values.map { $0.map { -$0 } }).enumerated().map { ($0, $1) }
  }
  let turned = (0..<columns).map { column in values.map { -$0[column] } }
  return leastCostAssignment(turned).enumerated().map { ($1, $0) }.sorted { $0.0 < $1.0 }
}
