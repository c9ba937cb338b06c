import PoseCore
import PoseModels

/// The `model` section: the network's parts with their arguments, what it finds, and its input.
///
/// Encoded, parts have all their arguments, so that a file means the same when the catalogues change.
public struct NetworkDescription: Sendable, Hashable, Codable {
  /// An entry of ``BackboneCatalogue``: `lite_hrnet_18`.
  public var backbone: PartDescription
  /// An entry of ``NeckCatalogue``; nil where features go to the head as they are.
  public var neck: PartDescription?
  /// An entry of ``HeadCatalogue``: `heatmap`.
  public var head: PartDescription
  /// The joints that the network finds; nil for a detector, and for a network that segments pictures.
  public var skeleton: Skeleton?
  /// The names of the objects that a detector finds, in the order of its scores, or of the classes that a network tells
  /// pixels apart by, in the order of their labels; empty for a network that finds joints.
  public var classes: [String]
  /// The network's input in pixels; each side 32 to 4096.
  public var input: Size
  /// The prefixes of the parts' layers in the parameters' names.
  public var prefixes: LayerPrefixes

  public init(
    backbone: PartDescription, neck: PartDescription? = nil, head: PartDescription = "heatmap",
    joints skeleton: Skeleton?, classes: [String] = [], input: Size, prefixes: LayerPrefixes = .mmpose
  ) {
    self.backbone = backbone
    self.neck = neck
    self.head = head
    (self.skeleton, self.classes) = (skeleton, classes)
    self.input = input
    self.prefixes = prefixes
  }

  enum CodingKeys: String, CodingKey, CaseIterable { case backbone, neck, head, joints, classes, input, names }

  public init(from decoder: any Decoder) throws {
    let section = try Section<CodingKeys>(decoder)
    backbone = try section.part(.backbone, in: BackboneCatalogue.entries)
    neck = try section.optionalPart(.neck, in: NeckCatalogue.entries)
    head = try section.part(.head, in: HeadCatalogue.entries, default: "heatmap")
    classes = try (section.value(.classes, default: ClassList())).names
    if classes.isEmpty {
      skeleton = try (section.value(.joints) as SkeletonReference).skeleton
    } else {
      skeleton = nil
      try section.check(
        .classes, (section.optional(.joints) as SkeletonReference?) == nil,
        "cannot be there beside joints: a network finds joints, or objects of classes")
    }
    let names: PrefixDescription = try section.value(.names, default: .init(prefixes: .mmpose))
    prefixes = names.prefixes
    if names.impliesNeck, neck == nil {
      neck = try PartDescription("channel_mapper").completed(in: NeckCatalogue.entries)
    }
    input = try section.value(.input)
    let range = 32...4096
    try section.check(
      .input, range.contains(input.height) && range.contains(input.width),
      "needs sides of 32 to 4096 pixels, not \(input)")
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    // A name that no catalogue has is written as it is; reading says what is wrong with it.
    func complete<Part>(_ part: PartDescription, _ catalogue: [String: Part]) -> PartDescription {
      (try? part.completed(in: catalogue)) ?? part
    }
    try container.encode(complete(backbone, BackboneCatalogue.entries), forKey: .backbone)
    try container.encodeIfPresent(neck.map { complete($0, NeckCatalogue.entries) }, forKey: .neck)
    try container.encode(complete(head, HeadCatalogue.entries), forKey: .head)
    try container.encodeIfPresent(skeleton.map { SkeletonReference(skeleton: $0) }, forKey: .joints)
    if !classes.isEmpty { try container.encode(ClassList(classes), forKey: .classes) }
    try container.encode(input, forKey: .input)
    try container.encode(PrefixDescription(prefixes: prefixes), forKey: .names)
  }
}

extension NetworkDescription {
  /// The same network with all arguments of its parts, as decoding gives it.
  ///
  /// - Throws: ``PartError`` where a part is not in its catalogue or does not take its arguments.
  package func completed() throws(PartError) -> NetworkDescription {
    var network = self
    network.backbone = try backbone.completed(in: BackboneCatalogue.entries)
    network.head = try head.completed(in: HeadCatalogue.entries)
    if let neck { network.neck = try neck.completed(in: NeckCatalogue.entries) }
    return network
  }
}
