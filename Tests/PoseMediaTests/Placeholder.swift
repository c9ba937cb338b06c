import Testing

@testable import PoseMedia
