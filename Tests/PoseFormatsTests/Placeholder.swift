import Testing

@testable import PoseFormats
