import PoseCore
import PoseData
import PoseMetrics

extension DatasetRun {
  /// The share of joints nearer than .2 of the torso, from the right shoulder to the left hip, over people whose own boxes
  /// were used; nil where there is nobody with both.
  func torsoPCK() throws(MetricError) -> Double? {
    let joints = dataset.skeleton.joints
    guard let shoulder = joints.firstIndex(of: .rightShoulder), let hip = joints.firstIndex(of: .leftHip) else {
      return nil
    }
    var people = PairedKeypoints<Double>(jointCount: joints.count)
    var sizes: [SIMD2<Double>] = []
    for estimate in estimates {
      let truth = estimate.person.map { Array(dataset.keypoints(of: dataset.people[$0])) } ?? []
      guard truth.count == joints.count, estimate.keypoints.count == joints.count, truth[shoulder].isLabelled,
        truth[hip].isLabelled
      else { continue }
      try people.append(
        estimate.keypoints.flatMap { [$0.position.x, $0.position.y] },
        truth: truth.flatMap { [$0.position.x, $0.position.y] }, isAnnotated: truth.map(\.isLabelled))
      let (a, b) = (truth[shoulder].position, truth[hip].position)
      sizes.append(SIMD2(repeating: ((a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y)).squareRoot()))
    }
    return people.count == 0 ? nil : try PCK(people, sizes: sizes, threshold: 0.2).mean
  }
}
