/// The events of people and tracks over the frames of a video, by which multiple object tracking is scored (Bernardin and
/// Stiefelhagen, EURASIP Journal on Image and Video Processing, 2008), counted as py-motmetrics 1.4 does.
struct MOTAccumulator: Sendable {
  private(set) var matches = 0
  /// Matches of people who had another track before, however long ago.
  private(set) var switches = 0
  private(set) var misses = 0
  private(set) var falsePositives = 0
  /// The sum of the distances of all events. py-motmetrics lists each pair that may match as an event, those that do match
  /// once more, and again each of these: a switch to a track that was never matched, a track's change from one person to
  /// another, and that change for a person who was never matched.
  private(set) var distances = 0.0

  /// The track that each person was matched with last.
  private var trackOfPerson: [Int: Int] = [:]
  /// The person whom each track was given to when it last began or changed; matches that go on do not count.
  private var personOfTrack: [Int: Int] = [:]
  private var matchedPeople: Set<Int> = []
  private var matchedTracks: Set<Int> = []

  var detections: Int { matches + switches }
  var people: Int { detections + misses }

  /// Adds a frame.
  ///
  /// - Parameter distances: a row for each person with a column for each track; nil where the two cannot match.
  mutating func update(people: [Int], tracks: [Int], distances: [[Double?]]) {
    self.distances = distances.joined().reduce(self.distances) { $0 + ($1 ?? 0) }
    var rest = distances
    var (freePeople, freeTracks) = (Set(people.indices), Set(tracks.indices))
    func take(_ row: Int, _ column: Int) {
      freePeople.remove(row)
      freeTracks.remove(column)
      rest[row] = tracks.map { _ in nil }
      for other in people.indices { rest[other][column] = nil }
    }
    // Who was together stays together where that is possible, even if others are nearer.
    for (row, person) in people.enumerated() {
      guard let track = trackOfPerson[person],
        let column = tracks.indices.first(where: { tracks[$0] == track && freeTracks.contains($0) }),
        let distance = distances[row][column]
      else { continue }
      match(person, track, distance)
      take(row, column)
    }
    for (row, column) in Self.nearestPairs(rest) {
      guard let distance = rest[row][column] else { continue }
      pair(people[row], tracks[column], distance)
      freePeople.remove(row)
      freeTracks.remove(column)
    }
    misses += freePeople.count
    falsePositives += freeTracks.count
  }

  /// Adds a person who is missed and a track that is wrong.
  mutating func updateWithoutMatch() {
    misses += 1
    falsePositives += 1
  }

  private mutating func match(_ person: Int, _ track: Int, _ distance: Double) {
    matches += 1
    distances += distance
    matchedPeople.insert(person)
    matchedTracks.insert(track)
  }

  /// Matches a person with a track that may be another than before.
  private mutating func pair(_ person: Int, _ track: Int, _ distance: Double) {
    let isSwitch = trackOfPerson[person].map { $0 != track } ?? false
    if isSwitch, !matchedTracks.contains(track) { distances += distance }
    if let other = personOfTrack[track], other != person {
      distances += matchedPeople.contains(person) ? distance : 2 * distance
    }
    match(person, track, distance)
    if isSwitch { (matches, switches) = (matches - 1, switches + 1) }
    trackOfPerson[person] = track
    personOfTrack[track] = person
  }

  /// As many pairs as can match, with the least sum of distances among these.
  private static func nearestPairs(_ distances: [[Double?]]) -> [(row: Int, column: Int)] {
    guard let greatest = distances.joined().compactMap(\.self).max() else { return [] }
    let pairs = Double(min(distances.count, distances[0].count))
    // One pair that cannot match costs more than all that can.
    let impossible = 2 * pairs * (greatest + 1) + 1
    return greatestPairs(distances.map { row in row.map { -($0 ?? impossible) } })
  }
}
