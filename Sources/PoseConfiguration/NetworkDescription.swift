import PoseCore
import PoseGraph
import PoseModels

/// The `model` section: the network's parts by name.
public struct NetworkDescription: Sendable, Hashable, Codable {
  /// A name of ``BackboneCatalogue``: `lite_hrnet_18`.
  public var backbone: String
  /// A name of ``HeadCatalogue``, for what turns features into outputs: `heatmap`.
  public var head: String
  /// The skeleton's name: `coco17`.
  public var joints: String
  /// The network's input in pixels; each side 32 to 4096.
  public var input: Size
  /// What the parts are called in the parameters' names.
  public var names: PublishedNames

  public init(
    backbone: String, head: String = "heatmap", joints: String, input: Size, names: PublishedNames = .mmpose
  ) {
    self.backbone = backbone
    self.head = head
    self.joints = joints
    self.input = input
    self.names = names
  }

  enum CodingKeys: String, CodingKey, CaseIterable { case backbone, head, joints, input, names }

  public init(from decoder: any Decoder) throws {
    let section = try Section<CodingKeys>(decoder)
    backbone = try section.name(.backbone, among: BackboneCatalogue.names)
    head = try section.name(.head, among: HeadCatalogue.names, default: "heatmap")
    joints = try section.name(.joints, among: Skeleton.all.map(\.name))
    names = try section.choice(.names, default: .mmpose)
    let text: String = try section.value(.input)
    let sides = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard sides.count == 2, let height = sides[0], let width = sides[1] else {
      throw section.problem(.input, "needs height x width as in 256x192, not '\(text.prefix(40))'")
    }
    input = Size(height: height, width: width)
    let range = 32...4096
    try section.check(
      .input, range.contains(height) && range.contains(width),
      "needs sides of 32 to 4096 pixels, not \(text.prefix(40))")
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(backbone, forKey: .backbone)
    try container.encode(head, forKey: .head)
    try container.encode(joints, forKey: .joints)
    try container.encode("\(input.height)x\(input.width)", forKey: .input)
    try container.encode(names, forKey: .names)
  }
}
