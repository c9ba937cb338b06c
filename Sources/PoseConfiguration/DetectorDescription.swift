import PoseCore
import Yams

/// What a detector's ONNX file does not say: how pictures become its input, and what it finds.
///
/// Any detector's configuration says it. A configuration of a network that only a file holds has no parts in its
/// `model` section: `model: { classes: coco80, input: 416x416 }`, with `image` and `codec` as in others.
public struct DetectorDescription: Sendable, Hashable {
  public var name: String
  /// What the detector finds, in the order of its scores.
  public var classes: [String]
  /// The input's size where the file leaves it open; nil where it has to say it.
  public var input: Size?
  public var image: Preprocessing
  /// How the outputs are read; nil where the form of the outputs decides.
  public var codec: CodecDescription?
  /// Whether the configuration describes a network of this library, whose codec need not fit the outputs of a file.
  public var describesNetwork = false

  /// - Throws: ``ConfigurationError`` if the configuration is no detector's.
  public init(_ configuration: ModelConfiguration) throws(ConfigurationError) {
    guard !configuration.model.classes.isEmpty else {
      throw ConfigurationError(
        source: configuration.name, key: "model.classes",
        problem: .invalid("is missing: this network finds joints, not objects. Choose a detector's configuration"))
    }
    name = configuration.name
    (classes, input) = (configuration.model.classes, configuration.model.input)
    (image, codec, describesNetwork) = (configuration.image, configuration.codec, true)
  }

  /// - Parameter named: a name of the zoo, or the path of a YAML file.
  /// - Throws: ``ConfigurationError`` with the key at fault.
  public init(named name: String) throws(ConfigurationError) {
    let (text, stem, folders) = try Zoo.text(named: name)
    let model = try ModelConfiguration.node(of: text, name: name)?["model"]
    guard let model, model.mapping != nil, model["backbone"] == nil else {
      try self.init(Zoo.configuration(named: name))
      return
    }
    let file: File = try ModelConfiguration.decode(text, name: name, folders: folders)
    self.init(
      name: file.name.isEmpty ? stem : file.name, classes: file.model.classes, input: file.model.input,
      image: file.image, codec: file.codec)
  }

  private init(
    name: String, classes: [String], input: Size? = nil, image: Preprocessing, codec: CodecDescription? = nil
  ) {
    (self.name, self.classes, self.input, self.image, self.codec) = (name, classes, input, image, codec)
  }

  /// PicoDet as published (Yu et al., 2021): the whole picture stretched, RGB, ImageNet's mean and deviation.
  ///
  /// - Parameter classCount: 80 for COCO's classes, or 1 for people; nil is returned for others.
  public static func picoDet(classCount: Int) -> DetectorDescription? {
    classes(classCount).map { .init(name: "picodet", classes: $0, image: Preprocessing(geometry: .stretch)) }
  }

  /// YOLOX as published (Ge et al., 2021): the whole picture with gray around it, BGR in 0...255.
  ///
  /// - Parameter classCount: 80 for COCO's classes, or 1 for people; nil is returned for others.
  public static func yolox(classCount: Int) -> DetectorDescription? {
    let image = Preprocessing(geometry: .letterbox, order: .bgr, range: 255, mean: [0, 0, 0], std: [1, 1, 1])
    return classes(classCount).map { .init(name: "yolox", classes: $0, image: image) }
  }

  private static func classes(_ count: Int) -> [String]? {
    switch count {
    case 1: ["person"]
    case ClassList.coco80.count: ClassList.coco80
    default: nil
    }
  }
}

extension DetectorDescription {
  /// A configuration of a network that only a file holds.
  private struct File: Decodable {
    let name: String
    let model: NetworkFile
    let image: Preprocessing
    let codec: CodecDescription?

    enum CodingKeys: String, CodingKey, CaseIterable { case name, model, image, codec }

    init(from decoder: any Decoder) throws {
      let section = try Section<CodingKeys>(decoder)
      name = try section.value(.name, default: "")
      try section.check(.name, name.utf8.count <= 200, "needs 200 characters at most")
      model = try section.value(.model)
      image = try section.value(.image)
      try section.check(
        .image, [.letterbox, .centered, .stretch].contains(image.geometry),
        "needs geometry: letterbox or stretch, because a detector sees whole pictures")
      codec = try section.optional(.codec)
    }
  }

  private struct NetworkFile: Decodable {
    let classes: [String]
    let input: Size?

    enum CodingKeys: String, CodingKey, CaseIterable { case classes, input }

    init(from decoder: any Decoder) throws {
      let section = try Section<CodingKeys>(decoder)
      classes = try (section.value(.classes) as ClassList).names
      input = try section.optional(.input)
      let range = 32...4096
      try section.check(
        .input, input.map { range.contains($0.height) && range.contains($0.width) } ?? true,
        "needs sides of 32 to 4096 pixels")
    }
  }
}
