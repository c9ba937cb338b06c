import PoseCodecs
import PoseCore
import PoseModels

/// Everything that is needed to use a model's weights: the network, how pictures become its input, and how its outputs
/// become joints.
///
/// Written as YAML in `configs/`, and as JSON in the metadata of model files. Decoding is strict: an unknown key, a wrong
/// type or a value out of range is an error that names the key and what it may be.
public struct ModelConfiguration: Sendable, Hashable, Codable {
  /// The name, as published: `litehrnet_18_coco_256x192`. A file's own name, unless the file says otherwise.
  public var name: String
  public var model: NetworkDescription
  public var image: Preprocessing
  /// How a pose is drawn for a network that refines it; nil for others.
  public var inputPose: InputPoseDescription?
  public var codec: CodecDescription
  public var test: TestTimeAugmentation
  /// Where datasets are; nil for where their paths say.
  public var data: DataDescription?
  /// How the network is trained; nil if the configuration does not say.
  public var train: TrainingDescription?
  /// The accuracy of the published weights; nil if there are none.
  public var published: PublishedAccuracy?
  /// Published files with weights of this configuration.
  public var weights: [PublishedWeights]

  public init(
    name: String, model: NetworkDescription, image: Preprocessing = .init(), inputPose: InputPoseDescription? = nil,
    codec: CodecDescription = .init(), test: TestTimeAugmentation = .init(), data: DataDescription? = nil,
    train: TrainingDescription? = nil, published: PublishedAccuracy? = nil, weights: [PublishedWeights] = []
  ) {
    self.name = name
    self.model = model
    self.image = image
    self.inputPose = inputPose
    self.codec = codec
    self.test = test
    self.data = data
    self.train = train
    self.published = published
    self.weights = weights
  }

  enum CodingKeys: String, CodingKey, CaseIterable {
    case name, model, image
    case inputPose = "input_pose"
    case codec, test, data, train, published, weights
  }

  public init(from decoder: any Decoder) throws {
    let section = try Section<CodingKeys>(
      decoder, retired: ["recipe": "is no part of configurations any more. Remove it; `pose forward` has --norm-gain"])
    name = try section.value(.name, default: "")
    model = try section.value(.model)
    let segments = HeadCatalogue.head(named: model.head.name) is any SegmentationHead
    image = try section.value(.image, default: segments ? .wholePicture : .init())
    inputPose = try section.optional(.inputPose)
    codec = try section.value(.codec, default: segments ? CodecDescription("segmentation") : .init())
    try section.check(
      .codec, segments == codec.decoder is SegmentationDecoder,
      "needs to be segmentation for a head of classes of pixels, such as fcn, and for no other head")
    test = try section.value(.test, default: .init())
    data = try section.optional(.data)
    train = try section.value(.train, default: nil)
    published = try section.optional(.published)
    weights = try section.value(.weights, default: [])
    try section.check(
      .image, ![.shortSide, .expand, .padded].contains(image.geometry) || codec.decoder is any MultiviewDecoder,
      "has geometry: \(image.geometry.rawValue), whose input has another size for each picture: codec \(codec.name) reads "
        + "none such")
    try section.check(.weights, weights.count <= 64, "needs 64 files at most")
    try section.check(.name, name.utf8.count <= 200, "needs 200 characters at most")
  }
}

extension ModelConfiguration {
  /// The joints that the network finds.
  ///
  /// - Throws: ``ConfigurationError`` for a detector and for a network that segments pictures, which find none.
  public func skeleton() throws(ConfigurationError) -> Skeleton {
    guard let skeleton = model.skeleton else {
      throw ConfigurationError(
        source: name, key: "model.joints",
        problem: .invalid(
          "is missing: this network finds \(segmentsPictures ? "classes of pixels" : "objects"), not joints. Choose a network of poses"
        ))
    }
    return skeleton
  }

  /// Whether the network finds the class of each pixel.
  public var segmentsPictures: Bool { codec.decoder is SegmentationDecoder }

  /// Whether the network looks for everybody in a picture at once and needs no detector.
  public var findsEverybody: Bool {
    codec.decoder is any PoseDecoder || codec.decoder is any PoseCandidateDecoder
  }
}
