import PoseCore
import PoseData
import PoseImage
import PoseMedia

/// A person as found and as annotated, side by side.
struct WorstCase {
  private let found: Pose
  private let annotated: Pose
  private let crop: CropGeometry

  init(_ match: ErrorAnalysis.Match, _ dataset: Dataset) {
    let person = dataset.people[match.person]
    let box = person.boundingBox ?? BoundingBox(x: 0, y: 0, width: 0, height: 0)
    found = Pose(
      boundingBox: box, score: match.result.score, keypoints: match.result.keypoints, skeleton: dataset.skeleton)
    annotated = Pose(
      boundingBox: box, score: 1,
      keypoints: dataset.keypoints(of: person).map { Keypoint(position: $0.position, score: $0.isLabelled ? 1 : 0) },
      skeleton: dataset.skeleton)
    crop = dataset.crop(of: person, input: Self.size, padding: 1.5)
  }

  private static let size = Size(height: 384, width: 288)

  /// - Parameter path: the person's picture.
  func image(in path: String, pixelLimit: Int) throws -> Image {
    let transform = crop.transform(to: Self.size, warp: .standard)
    let crop = try Image(contentsOf: path, pixelLimit: pixelLimit)
      .warped(by: transform, width: Self.size.width, height: Self.size.height)
    var style = DrawingStyle()
    style.scoreThreshold = 0
    let left = try crop.drawing([found.moved(by: transform)], style: style)
    style.scoreThreshold = 0.5
    let right = try crop.drawing([annotated.moved(by: transform)], style: style)
    return try left.beside(right)
  }
}

extension Pose {
  fileprivate func moved(by transform: PoseImage.AffineTransform) -> Pose {
    var moved = self
    for index in keypoints.indices { moved.keypoints[index].position = transform(keypoints[index].position) }
    return moved
  }
}
