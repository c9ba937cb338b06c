import Testing

@testable import PoseCodecs
