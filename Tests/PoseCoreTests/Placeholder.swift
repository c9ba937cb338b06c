import Testing

@testable import PoseCore
