import Testing

@testable import PoseGraph
