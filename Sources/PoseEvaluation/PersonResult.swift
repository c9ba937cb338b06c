import PoseCodecs
import PoseCore
import PoseData
import PoseEstimation
import PoseFormats

/// A person that counts as found, as result files have it.
public struct PersonResult: Sendable {
  /// The index in ``Dataset/people`` of the person who was looked at; nil where the network found people by itself.
  public var person: Int?
  /// The picture's number in the annotations.
  package var pictureID: Int
  public var score: Double
  /// In pixels of the picture.
  public var keypoints: [Keypoint]
  /// In pixels of the picture, where a file of results had one.
  package var boundingBox: BoundingBox?
  /// The picture's file, where its number says nothing.
  package var fileName: String?
  /// The person over time, where a file of results had one.
  package var trackID: Int?
  /// The annotation whose person this is, where the person's place was taken from one.
  package var annotationID: Int?
  /// 1, COCO's person, unless the annotations number people otherwise.
  package var categoryID = 1

  public init(person: Int?, pictureID: Int, score: Double, keypoints: [Keypoint]) {
    (self.person, self.pictureID, self.score, self.keypoints) = (person, pictureID, score, keypoints)
  }
}

/// How estimates become results.
public struct ResultRules: Sendable, Hashable {
  public var score = ScoreMode.boxAndKeypoints
  package var suppression = Suppression.oks
  /// Results that are more alike than this suppress each other.
  public var threshold = 0.9
  /// Keypoints that score less do not count in the mean.
  package var keypointThreshold = 0.2

  public init() {}

  /// The published rules for a network: only people whose boxes were given or detected suppress each other, since a network
  /// that looks for everybody by itself has its own suppression.
  public init(for network: any PoseNetwork) { if !network.needsPeople { suppression = .none } }

  /// What a result's score is made of.
  public enum ScoreMode: String, Sendable, Hashable, CaseIterable {
    case box
    /// The mean of the keypoints' scores.
    case keypoints = "keypoint"
    /// Their product, as published.
    case boxAndKeypoints = "box-keypoint"
  }

  /// How results of the same person suppress each other.
  public enum Suppression: String, Sendable, Hashable, CaseIterable {
    case oks
    case softOKS = "soft-oks"
    case none
  }
}

extension DatasetRun {
  /// The results of each picture, suppressed and scored as MMPose's datasets do.
  public func results(_ rules: ResultRules = ResultRules()) -> [PersonResult] {
    Dictionary(grouping: estimates, by: \.picture).sorted { $0.key < $1.key }
      .flatMap { picture, estimates in
        let candidates = estimates.map { estimate in
          NMSCandidate(
            keypoints: estimate.keypoints, score: rules.score(of: estimate), area: estimate.area)
        }
        return rules.kept(candidates, sigmas: dataset.skeleton.sigmas).map { index in
          var result = PersonResult(
            person: estimates[index].person, pictureID: dataset.pictures[picture].id,
            score: candidates[index].score, keypoints: estimates[index].keypoints)
          let person = estimates[index].person.map { dataset.people[$0] }
          result.annotationID = person?.annotationID
          result.categoryID = person?.categoryID ?? dataset.personCategory
          return result
        }
      }
  }
}

extension Dataset {
  /// The category of people that a network found by itself.
  fileprivate var personCategory: Int { categories.contains(1) ? 1 : categories.min() ?? 1 }
}

extension ResultRules {
  fileprivate func score(of estimate: DatasetRun.Estimate) -> Double {
    // A network that finds people by itself scores whole poses.
    guard estimate.person != nil else { return estimate.score }
    return switch score {
    case .box: estimate.score
    case .keypoints: estimate.keypoints.meanScore(above: keypointThreshold)
    case .boxAndKeypoints: estimate.score * estimate.keypoints.meanScore(above: keypointThreshold)
    }
  }

  fileprivate func kept(_ candidates: [NMSCandidate], sigmas: [Double]) -> [Int] {
    switch suppression {
    case .oks: oksNMS(candidates, threshold: threshold, sigmas: sigmas)
    case .softOKS: softOKSNMS(candidates, threshold: threshold, sigmas: sigmas)
    case .none: Array(candidates.indices)
    }
  }
}

extension [PersonResult] {
  /// With the boxes, the tracks and the joints' scores that a file had of the same people, as a refined file keeps them.
  ///
  /// - Parameter entries: for each of the dataset's people its entry in the file.
  package func keepingDetails(of file: COCOResults, entries: [Int]) -> [PersonResult] {
    map { result in
      guard let person = result.person, entries.indices.contains(person), file.entries.indices.contains(entries[person])
      else { return result }
      let entry = file.entries[entries[person]]
      var kept = result
      (kept.boundingBox, kept.trackID, kept.annotationID) = (entry.boundingBox, entry.trackID, entry.annotationID)
      for (joint, index) in zip(kept.keypoints.indices, stride(from: 2, to: entry.keypoints.count, by: 3)) {
        kept.keypoints[joint].score = file.keypoints[entry.keypoints.lowerBound + index]
      }
      return kept
    }
  }
}
