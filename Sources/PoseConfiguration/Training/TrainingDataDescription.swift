/// The `data` section: what is learnt from, and what shows how well.
public struct TrainingDataDescription: Sendable, Hashable, Codable {
  /// One after the other; empty for the published dataset in its usual place.
  public var train: [DatasetDescription] = []
  public var validation: DatasetDescription?
  /// Threads that load samples; nil for a number that suits the device.
  public var loaderWorkers: Int?
  /// Whether pictures that cannot be read are replaced by others, and counted, rather than end training.
  public var replacesDamaged = true

  public init() {}

  enum CodingKeys: String, CodingKey, CaseIterable {
    case train, validation
    case loaderWorkers = "loader_workers"
    case replacesDamaged = "replace_damaged"
  }

  public init(from decoder: any Decoder) throws {
    let section = try Section<CodingKeys>(decoder, renamed: ["workers": .loaderWorkers])
    train = try section.value(.train, default: train)
    validation = try section.value(.validation, default: validation)
    loaderWorkers = try section.value(.loaderWorkers, default: loaderWorkers)
    replacesDamaged = try section.value(.replacesDamaged, default: replacesDamaged)
    if let loaderWorkers {
      try section.check(.loaderWorkers, (1...1024).contains(loaderWorkers), "needs 1...1024, not \(loaderWorkers)")
    }
  }
}

/// A dataset's place.
public struct DatasetDescription: Sendable, Hashable, Codable {
  /// Whose annotations these are: `coco`; nil for the first dataset with the network's joints, or for the boxes of a
  /// detector, which are `boxes`; `masks` for a folder of masks.
  public var kind: String?
  /// The file, or the folder of masks.
  public var annotations: String
  /// The folder of the pictures.
  public var images: String
  /// People's boxes by a detector, for validation; nil for the annotated ones.
  public var detections: String?
  /// MPII's own ground truth, a MATLAB file, which PCKh needs.
  public var truth: String?
  /// Which of its pictures, by number: `2/5` for those that leave 1 when divided by 5, `not 2/5` for the others.
  public var part: String?
  /// How many times an epoch of training repeats it.
  public var repeats = 1
  /// Whether people without a labelled joint are learnt from, too; a teacher says where their joints are.
  public var unlabelled = false
  /// Whether a detector learns from pictures without an object, too.
  public var empty = false

  public init(
    kind: String? = nil, annotations: String, images: String, detections: String? = nil, truth: String? = nil
  ) {
    self.kind = kind
    self.annotations = annotations
    self.images = images
    self.detections = detections
    self.truth = truth
  }

  enum CodingKeys: String, CodingKey, CaseIterable {
    case kind, annotations, images, detections, truth, part, unlabelled, empty
    case repeats = "repeat"
  }

  public init(from decoder: any Decoder) throws {
    let section = try Section<CodingKeys>(decoder, renamed: ["times": .repeats])
    self.init(
      kind: try section.value(.kind, default: nil), annotations: try section.value(.annotations),
      images: try section.value(.images), detections: try section.value(.detections, default: nil),
      truth: try section.value(.truth, default: nil))
    part = try section.value(.part, default: nil)
    repeats = try section.count(.repeats, default: repeats, in: 1...10_000)
    unlabelled = try section.value(.unlabelled, default: unlabelled)
    empty = try section.value(.empty, default: empty)
  }
}
