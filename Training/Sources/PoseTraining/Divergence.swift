import PoseCore
import PoseData
import PoseEstimation
import PoseEvaluation

/// What shows that a network is of no more use after training: it gives nothing that a pose can be.
public struct Divergence: Error, Sendable, Hashable {
  /// Half a sentence.
  public let reason: String

  public init(_ reason: String) { self.reason = reason }

  /// No picture is as wide or high.
  static let mostPixels = 1e6

  /// What estimates show; nil where all of them can be poses, good or bad.
  init?(_ estimates: [DatasetRun.Estimate], of dataset: Dataset) {
    for estimate in estimates {
      for (joint, keypoint) in zip(dataset.skeleton.joints, estimate.keypoints) {
        let (position, score) = (keypoint.position, keypoint.score)
        let isPose =
          abs(position.x) <= Self.mostPixels && abs(position.y) <= Self.mostPixels && score.isFinite
        if isPose { continue }
        self.init(
          """
          its \(joint.rawValue) in '\(dataset.pictures[estimate.picture].path)' is at (\(position.x), \(position.y)) \
          with the score \(score), which no pose can have
          """)
        return
      }
    }
    return nil
  }

  /// What an error of estimating shows; nil where it is about anything but the network's numbers.
  init?(_ error: any Error) {
    switch error {
    case EstimationError.notFinite: self.init("the network's output is no longer finite")
    case ModelError.notFinite(_, let tensor): self.init("the weights '\(tensor)' are no longer finite")
    default: return nil
    }
  }
}
