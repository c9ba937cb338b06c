import ArgumentParser
import PoseConfiguration
import PoseGraph

struct Models: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "List the models that are known by name.")

  @OptionGroup var json: JSONOption

  func run() throws {
    try reporting {
      let entries = try Zoo.all.map(Entry.init)
      try json.write(pose.json(entries))
      if json.isStandardOutput { return }
      var table = Table("name", "finds", "input", "codec", "parameters", "multiply-adds", "published")
      for entry in entries {
        table.append(
          entry.name, entry.finds, entry.input, entry.codec, entry.parameters.grouped, entry.multiplyAdds.grouped,
          entry.published?.short ?? "")
      }
      try standardOutput(table.text)
    }
  }

  private struct Entry: Encodable {
    let name: String
    let backbone: String
    let neck: String?
    let head: String
    /// The skeleton's name; nil for a detector.
    let joints: String?
    /// What a detector finds; nil for others.
    let classes: [String]?
    let input: String
    let codec: String
    let parameters: Int
    let multiplyAdds: Int
    let published: PublishedAccuracy?
    let refinesPoses: Bool

    init(_ configuration: ModelConfiguration) throws {
      let cost = try configuration.graph().cost
      name = configuration.name
      backbone = configuration.model.backbone.name
      neck = configuration.model.neck?.name
      head = configuration.model.head.name
      refinesPoses = configuration.inputPose != nil
      joints = configuration.model.skeleton?.name
      classes = configuration.model.classes.isEmpty ? nil : configuration.model.classes
      input = configuration.model.input.description
      codec = configuration.codec.name
      parameters = cost.parameters
      multiplyAdds = cost.multiplyAdds
      published = configuration.published
    }

    /// Joints or objects, in a word or two.
    var finds: String {
      guard let classes else { return joints ?? "" }
      return classes.count == 1 ? classes[0] : classes.count.counted("class", "classes")
    }

    enum CodingKeys: String, CodingKey {
      case name, backbone, neck, head, joints, classes, input, codec, parameters, published
      case multiplyAdds = "multiply_adds"
      case refinesPoses = "refines_poses"
    }
  }
}
