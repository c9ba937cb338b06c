import PoseCore
import PoseFormats

extension Dataset {
  /// A dataset of MPII's people. A person's centre moves down 15 of the scale's pixels and the scale grows by a quarter,
  /// so that a crop has the legs in it; pixels are counted from 0 then.
  public init(
    _ kind: DatasetKind, _ file: MPIIAnnotations, pictures folder: String, bad: BadRecords = .skip
  ) throws(DatasetProblem) {
    self.init(name: kind.name, skeleton: kind.skeleton)
    problems.append(file.skipped)
    var indices: [String: Int] = [:]
    for (index, person) in file.people.enumerated() {
      let count = person.keypoints.count / 3
      guard count == 0 || count == skeleton.joints.count else {
        try problems.append(.keypointCount(annotation: index, count, expected: skeleton.joints.count), bad)
        continue
      }
      let picture = indices[person.image] ?? pictures.count
      if picture == pictures.count {
        indices[person.image] = picture
        pictures.append(
          Picture(id: picture, path: Self.path(person.image, in: folder), width: 0, height: 0))
      }
      let start = keypoints.count
      appendKeypoints(file.keypoints[person.keypoints], Double(kind.firstPixel))
      people.append(
        Person(
          picture: picture, annotationID: index, place: Self.place(person, kind.firstPixel), source: .groundTruth,
          keypoints: start..<keypoints.count))
    }
  }

  /// In float32, as the published code computes.
  private static func place(_ person: MPIIAnnotations.Person, _ firstPixel: Int) -> Place {
    var (x, y, scale) = (Float(person.center.x), Float(person.center.y), Float(person.scale))
    if x != -1 {
      y += 15 * scale
      scale *= 1.25
    }
    return .body(
      center: Point(x: Double(x - Float(firstPixel)), y: Double(y - Float(firstPixel))), scale: Double(scale))
  }
}
