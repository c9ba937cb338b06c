import CoreGraphics
import CoreImage
import PoseEstimation

/// Finds people in frames with the library's own engine, on the CPU.
actor PersonFinder {
  private var follower: PeopleFollower
  private let context = CIContext()
  /// Joints below are not drawn.
  private let threshold = 0.3

  init() throws {
    var options = PeopleFollower.Options()
    options.smoother = LiveSmoother()
    follower = PeopleFollower(try PoseEstimator(), options: options)
  }

  func frame(of sample: Camera.Sample) throws -> PeopleModel.Frame {
    let image = try Image(sample.pixels)
    let people = try follower.people(in: image, at: sample.time)
    let picture = CIImage(cvPixelBuffer: sample.pixels)
    guard let copy = context.createCGImage(picture, from: picture.extent) else { throw CocoaError(.coderInvalidValue) }
    let skeletons = people.map { skeleton(of: $0, width: image.width, height: image.height) }
    return PeopleModel.Frame(picture: copy, skeletons: skeletons)
  }

  private func skeleton(of person: TrackedPose, width: Int, height: Int) -> Skeleton2D {
    let keypoints = person.pose.keypoints
    // Positions count from the middle of the first pixel.
    let points = keypoints.map {
      CGPoint(x: ($0.position.x + 0.5) / Double(width), y: ($0.position.y + 0.5) / Double(height))
    }
    let isClear = keypoints.map { $0.score >= threshold }
    let limbs = person.pose.skeleton.limbs.filter { isClear[$0.first] && isClear[$0.second] }
    return Skeleton2D(
      track: person.track, joints: zip(points, isClear).filter(\.1).map(\.0),
      limbs: limbs.map { (points[$0.first], points[$0.second]) })
  }
}
