import PoseCore

extension Dataset {
  /// The same people with the joints of another skeleton.
  package func mapped(to target: Skeleton, by mapping: JointMapping) throws(CombinationError) -> Dataset {
    guard mapping.sources.count == target.joints.count else {
      throw .wrongMapping(name, joints: mapping.sources.count, skeleton: target.name)
    }
    var dataset = self
    dataset.skeleton = target
    dataset.keypoints = []
    dataset.keypoints.reserveCapacity(people.count * target.joints.count)
    for index in people.indices where !people[index].keypoints.isEmpty {
      let start = dataset.keypoints.count
      dataset.keypoints += mapping(keypoints(of: people[index]))
      dataset.people[index].keypoints = start..<dataset.keypoints.count
    }
    return dataset
  }

  /// Several datasets as one, one after the other. Numbers of pictures and annotations may then be there more than once;
  /// indices tell them apart.
  public init(combining datasets: [Dataset]) throws(CombinationError) {
    guard var whole = datasets.first else { throw .nothing }
    for dataset in datasets.dropFirst() {
      guard dataset.skeleton.joints == whole.skeleton.joints else {
        throw .differentSkeletons(whole.name, dataset.name)
      }
      guard dataset.boxRule == whole.boxRule else { throw .differentBoxRules(whole.name, dataset.name) }
      let (pictures, keypoints) = (whole.pictures.count, whole.keypoints.count)
      whole.pictures += dataset.pictures
      whole.keypoints += dataset.keypoints
      whole.people += dataset.people.map { person in
        var person = person
        person.picture += pictures
        person.keypoints = person.keypoints.lowerBound + keypoints..<person.keypoints.upperBound + keypoints
        return person
      }
      whole.excluded.crowds += dataset.excluded.crowds
      whole.excluded.unlabelled += dataset.excluded.unlabelled
      whole.excluded.otherCategories += dataset.excluded.otherCategories
      whole.problems.append(dataset.problems)
      whole.name += "+" + dataset.name
    }
    self = whole
  }
}
