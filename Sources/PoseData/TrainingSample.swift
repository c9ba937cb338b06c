import PoseCodecs
import PoseCore

/// A person to learn from and the picture that shows them.
public struct TrainingSample: Sendable, Hashable {
  /// The picture's path.
  public var picture: String
  public var person: TrainingPerson

  public init(picture: String, person: TrainingPerson) {
    self.picture = picture
    self.person = person
  }
}

extension TrainingSample {
  /// The sample with a crop that is turned so that the person stands upright, where shoulders and hips are labelled.
  ///
  /// - Parameter recipe: what the sample is made by.
  public func upright(for recipe: SampleRecipe) -> TrainingSample {
    let aspect = Double(recipe.encoder.input.width) / Double(max(recipe.encoder.input.height, 1))
    return TrainingSample(
      picture: picture, person: person.upright(recipe.skeleton, aspect: aspect, warp: recipe.warp))
  }
}

extension Dataset {
  /// The people to learn from in the dataset's order.
  ///
  /// - Parameters:
  ///   - padding: how much larger a crop is than its box.
  ///   - unlabelled: whether people without a labelled joint are among them, for a teacher to say where joints are.
  ///   - neighbours: the least overlap of boxes with which people of a picture are each other's neighbours; nil for none.
  package func trainingSamples(
    input: Size, padding: Double = 1.25, unlabelled: Bool = false, neighbours: Double? = nil
  ) -> [TrainingSample] {
    let near = neighbours.map(overlappingPeople) ?? [:]
    return people.enumerated().compactMap { index, person in
      let joints = labels(of: person)
      guard pictures.indices.contains(person.picture), unlabelled || joints.contains(where: \.isLabelled) else {
        return nil
      }
      let crop = crop(of: person, input: input, padding: padding)
      return TrainingSample(
        picture: pictures[person.picture].path,
        person: TrainingPerson(
          crop: crop, box: person.boundingBox, joints: joints,
          neighbours: near[index, default: []].map {
            LabelledPerson(joints: labels(of: people[$0]), box: people[$0].boundingBox)
          }))
    }
  }

  /// One for each joint of the skeleton.
  private func labels(of person: Person) -> [LabelledKeypoint] {
    if person.keypoints.isEmpty { return Array(repeating: .unlabelled, count: skeleton.joints.count) }
    return keypoints(of: person).map { LabelledKeypoint(position: $0.position, isLabelled: $0.isLabelled) }
  }

  /// By the indices of ``people`` those whose boxes share so much of what both cover, or more.
  private func overlappingPeople(_ least: Double) -> [Int: [Int]] {
    var overlapping: [Int: [Int]] = [:]
    for indices in Dictionary(grouping: people.indices, by: { people[$0].picture }).values {
      for index in indices {
        guard let box = people[index].boundingBox else { continue }
        overlapping[index] = indices.filter { other in
          other != index && people[other].boundingBox.map { box.overlap(with: $0) >= least } ?? false
        }
      }
    }
    return overlapping
  }
}
