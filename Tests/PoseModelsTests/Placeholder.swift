import Testing

@testable import PoseModels
