import PoseCodecs
import PoseCore
import PoseData
import PoseEstimation

/// A person that counts as found, as result files have it.
public struct PersonResult: Sendable {
  /// The index in ``Dataset/people`` of the box.
  public var person: Int
  /// The picture's number in the annotations.
  public var pictureID: Int
  public var score: Double
  /// In pixels of the picture.
  public var keypoints: [Keypoint]

  public init(person: Int, pictureID: Int, score: Double, keypoints: [Keypoint]) {
    (self.person, self.pictureID, self.score, self.keypoints) = (person, pictureID, score, keypoints)
  }
}

/// How estimates become results.
public struct ResultRules: Sendable, Hashable {
  public var score = ScoreMode.boxAndKeypoints
  public var suppression = Suppression.oks
  /// Results that are more alike than this suppress each other.
  public var threshold = 0.9
  /// Keypoints that score less do not count in the mean.
  public var keypointThreshold = 0.2

  public init() {}

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
    Dictionary(grouping: estimates) { dataset.people[$0.person].picture }.sorted { $0.key < $1.key }
      .flatMap { picture, estimates in
        let candidates = estimates.map { estimate in
          NMSCandidate(
            keypoints: estimate.keypoints, score: rules.score(of: estimate, box: dataset.people[estimate.person].score),
            area: estimate.crop.scaleX * 200 * (estimate.crop.scaleY * 200))
        }
        return rules.kept(candidates, sigmas: dataset.skeleton.sigmas).map {
          PersonResult(
            person: estimates[$0].person, pictureID: dataset.pictures[picture].id, score: candidates[$0].score,
            keypoints: estimates[$0].keypoints)
        }
      }
  }
}

extension ResultRules {
  fileprivate func score(of estimate: DatasetRun.Estimate, box: Double) -> Double {
    switch score {
    case .box: box
    case .keypoints: estimate.keypoints.meanScore(above: keypointThreshold)
    case .boxAndKeypoints: box * estimate.keypoints.meanScore(above: keypointThreshold)
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
