import ArgumentParser
import PoseConfiguration
import PoseEstimation
import PoseGraph

struct Models: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List the models that are known by name, and where their weights are.",
    discussion: """
      The last column says whether a model is installed, whether published weights are here, with their size and license, or \
      which host has them: \
      `pose fetch NAME` and `--model NAME` fetch these. Pages that need a browser are listed below; save their files where \
      the list says. With --json, every published file is listed with its addresses, checksum, license and source. \
      Nothing is connected to.
      """)

  @OptionGroup var json: JSONOption

  func run() throws {
    try reporting {
      let store = ModelStore()
      let entries = try Zoo.all.map { try Entry($0, store) }
      try json.write(pose.json(entries))
      if json.isStandardOutput { return }
      var table = Table("name", "finds", "input", "codec", "parameters", "multiply-adds", "published", "weights")
      for entry in entries {
        table.append(
          entry.name, entry.finds, entry.input, entry.codec, entry.parameters.grouped, entry.multiplyAdds.grouped,
          entry.published?.short ?? "", entry.place)
      }
      try standardOutput(table.text)
      let pages = entries.flatMap { entry in entry.weights.compactMap { $0.pageLine(of: entry.name) } }
      if !pages.isEmpty {
        try standardOutput("\nWeights on pages for browsers, and where to save them:\n" + pages.joined(separator: "\n"))
      }
      try standardOutput("\nWeights are kept in \(store.folder.onOneLine).")
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
    /// The file of an installed model; nil where there is none.
    let installed: String?
    let weights: [WeightsEntry]

    init(_ configuration: ModelConfiguration, _ store: ModelStore) throws {
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
      installed = store.installedFile(of: configuration)
      weights = configuration.weights.map { WeightsEntry($0, of: configuration, store) }
    }

    /// The weights that `--model` takes: those that are here, or the host that has them.
    var place: String {
      if installed != nil { return "installed" }
      guard let file = weights.first(where: \.isHere) ?? weights.first(where: { !$0.needsBrowser }) ?? weights.first
      else { return "" }
      return file.place
    }

    /// Joints or objects, in a word or two.
    var finds: String {
      guard let classes else { return joints ?? "" }
      return classes.count == 1 ? classes[0] : classes.count.counted("class", "classes")
    }

    enum CodingKeys: String, CodingKey {
      case name, backbone, neck, head, joints, classes, input, codec, parameters, published, installed, weights
      case multiplyAdds = "multiply_adds"
      case refinesPoses = "refines_poses"
    }
  }
}
