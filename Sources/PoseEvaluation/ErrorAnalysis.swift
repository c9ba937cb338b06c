import PoseCore
import PoseData
import PoseMetrics

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What is wrong with the results of a dataset, joint by joint (Ronchi and Perona, ICCV 2017).
public struct ErrorAnalysis: Sendable {
  /// A joint that is where it should be, or why it is not.
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// Within the spread of what people annotate (similarity .85 or more).
    case good
    /// Near the right place (similarity .5 or more).
    case jitter
    /// At another joint of the same person, as left and right confused.
    case inversion
    /// At the same joint of another person.
    case swap
    /// Nowhere near.
    case miss
  }

  /// A joint's errors over all people that were found.
  public struct JointErrors: Sendable {
    public var joint: Joint
    public var counts: [Kind: Int] = [:]
    /// The mean of the joint's similarity, 0...1.
    package var similarity = 0.0
    /// The median distance in pixels of the picture, for a person of 100 x 100 pixels.
    package var medianDistance = 0.0

    public var count: Int { counts.values.reduce(0, +) }
  }

  /// An annotated person and what was found of them.
  package struct Match: Sendable {
    /// The index in the annotated dataset's people.
    package var person: Int
    package var result: PersonResult
    /// Object keypoint similarity.
    package var similarity: Double
  }

  public private(set) var joints: [JointErrors]
  /// Best first within a picture.
  package private(set) var matches: [Match] = []
  /// People that no result resembles, as indices of the annotated dataset's people.
  package private(set) var missed: [Int] = []
  /// Results that resemble nobody.
  package private(set) var unmatched = 0

  /// - Parameters:
  ///   - annotated: the dataset with its people as annotated, in whose pictures the results were found.
  ///   - usesArea: whether a person's size is the annotated area; else .53 of the box's.
  public init(_ results: [PersonResult], of annotated: Dataset, usesArea: Bool = true) {
    joints = annotated.skeleton.joints.map { JointErrors(joint: $0) }
    let byPicture = Dictionary(grouping: results) { $0.pictureID }
    let people = Dictionary(grouping: annotated.people.indices.filter { !annotated.people[$0].isCrowd }) {
      annotated.people[$0].picture
    }
    var distances: [[Double]] = joints.map { _ in [] }
    for (picture, found) in people.sorted(by: { $0.key < $1.key }) {
      let scale = found.map { SimilarityScale(of: annotated.people[$0], usesArea, annotated.skeleton.sigmas) }
      match(byPicture[annotated.pictures[picture].id] ?? [], to: found, scale, in: annotated, &distances)
    }
    let known = Set(people.keys.map { annotated.pictures[$0].id })
    unmatched += results.count { !known.contains($0.pictureID) }
    for index in joints.indices where !distances[index].isEmpty {
      joints[index].similarity /= Double(distances[index].count)
      distances[index].sort()
      joints[index].medianDistance = distances[index][distances[index].count / 2]
    }
  }

  /// Pairs the results of a picture with its people, best score first, and looks at each pair's joints.
  private mutating func match(
    _ results: [PersonResult], to people: [Int], _ scales: [SimilarityScale], in annotated: Dataset,
    _ distances: inout [[Double]]
  ) {
    var left = Array(people.indices)
    for result in results.sorted(by: { $0.score > $1.score }) {
      let best = left.map {
        (index: $0, value: scales[$0].similarity(of: result.keypoints, to: annotated.joints($0, people)))
      }
      .max { $0.value < $1.value }
      guard let best, best.value >= 0.1 else {
        unmatched += 1
        continue
      }
      left.removeAll { $0 == best.index }
      matches.append(Match(person: people[best.index], result: result, similarity: best.value))
      let others = people.indices.filter { $0 != best.index }.map { annotated.joints($0, people) }
      count(result.keypoints, annotated.joints(best.index, people), others, scales[best.index], &distances)
    }
    missed += left.map { people[$0] }.filter {
      annotated.keypoints(of: annotated.people[$0]).contains { $0.isLabelled }
    }
  }

  private mutating func count(
    _ found: [Keypoint], _ annotated: [LabelledKeypoint], _ others: [[LabelledKeypoint]], _ scale: SimilarityScale,
    _ distances: inout [[Double]]
  ) {
    for joint in joints.indices where joint < found.count && joint < annotated.count && annotated[joint].isLabelled {
      let position = found[joint].position
      let own = scale.similarity(position, annotated[joint], joint)
      joints[joint].similarity += own
      distances[joint].append(100 * scale.distance(position, annotated[joint]))
      let kind: Kind =
        if own >= 0.85 {
          .good
        } else if own >= 0.5 {
          .jitter
        } else if annotated.indices.contains(where: {
          $0 != joint && annotated[$0].isLabelled && scale.similarity(position, annotated[$0], joint) >= 0.5
        }) {
          .inversion
        } else if others.contains(where: {
          joint < $0.count && $0[joint].isLabelled && scale.similarity(position, $0[joint], joint) >= 0.5
        }) {
          .swap
        } else {
          .miss
        }
      joints[joint].counts[kind, default: 0] += 1
    }
  }
}

extension Dataset {
  fileprivate func joints(_ index: Int, _ people: [Int]) -> [LabelledKeypoint] {
    Array(keypoints(of: self.people[people[index]]))
  }
}

/// How much a distance counts for one person.
private struct SimilarityScale {
  private let area: Double
  private let sigmas: [Double]

  init(of person: Dataset.Person, _ usesArea: Bool, _ sigmas: [Double]) {
    let box = (person.boundingBox?.area ?? 0) * 0.53
    area = max(usesArea ? person.area ?? box : box, .ulpOfOne)
    self.sigmas = sigmas
  }

  /// As a share of the square root of the person's area.
  func distance(_ a: Point, _ b: LabelledKeypoint) -> Double {
    let (dx, dy) = (a.x - b.position.x, a.y - b.position.y)
    return ((dx * dx + dy * dy) / area).squareRoot()
  }

  func similarity(_ a: Point, _ b: LabelledKeypoint, _ joint: Int) -> Double {
    let (distance, deviation) = (distance(a, b), 2 * sigmas[joint])
    return exp(-distance * distance / (2 * deviation * deviation))
  }

  func similarity(of found: [Keypoint], to annotated: [LabelledKeypoint]) -> Double {
    let joints = annotated.indices.filter { $0 < found.count && $0 < sigmas.count && annotated[$0].isLabelled }
    guard !joints.isEmpty else { return 0 }
    return joints.reduce(0) { $0 + similarity(found[$1].position, annotated[$1], $1) } / Double(joints.count)
  }
}
