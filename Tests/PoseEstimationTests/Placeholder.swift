import Testing

@testable import PoseEstimation
