import CoreGraphics
import CoreImage
import CoreVideo
import Observation

/// What the camera last saw, and the people in it.
@MainActor @Observable
final class PeopleModel {
  struct Frame: Sendable {
    let picture: CGImage
    let skeletons: [Skeleton2D]
  }

  private(set) var frame: Frame?
  private(set) var message = "Starting the camera"

  /// Follows people until the task ends.
  func watch() async {
    do {
      let camera = try await Camera()
      let finder = try PersonFinder()
      for await sample in camera.frames {
        let found = try await finder.frame(of: sample)
        frame = found
        message = found.skeletons.isEmpty ? "Nobody is in the picture" : ""
      }
    } catch {
      message = "\(error)"
    }
  }
}
