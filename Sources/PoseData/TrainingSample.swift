import PoseCodecs

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

extension Dataset {
  /// The people to learn from, those with a labelled joint, in the dataset's order.
  ///
  /// - Parameter padding: how much larger a crop is than its box.
  public func trainingSamples(inputWidth: Int, inputHeight: Int, padding: Double = 1.25) -> [TrainingSample] {
    people.compactMap { person in
      let joints = keypoints(of: person).map { JointLabel(position: $0.position, isLabelled: $0.isLabelled) }
      guard pictures.indices.contains(person.picture), joints.contains(where: \.isLabelled) else { return nil }
      let crop = crop(of: person, inputWidth: inputWidth, inputHeight: inputHeight, padding: padding)
      return TrainingSample(
        picture: pictures[person.picture].path,
        person: TrainingPerson(crop: crop, box: person.boundingBox, joints: joints))
    }
  }
}
