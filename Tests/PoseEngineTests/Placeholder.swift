import Testing

@testable import PoseEngine
