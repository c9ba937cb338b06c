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
