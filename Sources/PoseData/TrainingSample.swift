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
  ///   - neighbours: whether people know who overlaps them by a tenth or more, as made-up errors ask.
  package func trainingSamples(
    input: Size, padding: Double = 1.25, unlabelled: Bool = false, neighbours: Bool = false
  ) -> [TrainingSample] {
    let near = neighbours ? overlappingPeople() : [:]
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
          neighbours: near[index, default: []].map { labels(of: people[$0]) }))
    }
  }

  /// One for each joint of the skeleton.
  private func labels(of person: Person) -> [LabelledKeypoint] {
    if person.keypoints.isEmpty { return Array(repeating: .unlabelled, count: skeleton.joints.count) }
    return keypoints(of: person).map { LabelledKeypoint(position: $0.position, isLabelled: $0.isLabelled) }
  }

  /// By the indices of ``people`` those whose boxes share a tenth of what both cover, as PoseFix counts them.
  private func overlappingPeople() -> [Int: [Int]] {
    var overlapping: [Int: [Int]] = [:]
    for indices in Dictionary(grouping: people.indices, by: { people[$0].picture }).values {
      for index in indices {
        guard let box = people[index].boundingBox else { continue }
        overlapping[index] = indices.filter { other in
          other != index && people[other].boundingBox.map { box.overlap(with: $0) >= 0.1 } ?? false
        }
      }
    }
    return overlapping
  }
}
