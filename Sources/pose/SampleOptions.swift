import ArgumentParser
import PoseCodecs
import PoseConfiguration
import PoseCore
import PoseData
import PoseEstimation
import PoseMedia

/// Which people are learnt from, and how they are varied.
struct SampleOptions: ParsableArguments {
  @Argument(help: "The dataset's annotations, as JSON.", completion: .file(extensions: ["json"]))
  var annotations: String

  @Option(help: ArgumentHelp("The folder with the pictures.", valueName: "folder"), completion: .directory)
  var images: String

  @Option(
    help:
      "Whose annotations these are: \(DatasetKind.all.map(\.name).joined(separator: ", ")); unless given, the first with the configuration's joints."
  )
  var dataset: String?

  @Option(
    help: ArgumentHelp(
      "The configuration, which says the input's size and the targets: a name that `pose models` lists, or a YAML file.",
      valueName: "name"),
    completion: .list(Zoo.names))
  var config = "litehrnet_18_coco_256x192"

  @Option(help: "What the network learns: \(TargetName.list); the configuration's unless given.")
  var targets: TargetName?

  @Option(help: "How people are varied: published, or none.")
  var augment = AugmentName.published

  @Flag(help: "Change colours too.")
  var colors = false

  @Flag(help: "Blur some crops too.")
  var blur = false

  @Flag(help: "Cover part of some crops with noise too.")
  var erase = false

  @Option(help: "Of all randomness: the same seed gives the same samples.")
  var seed: UInt64 = 0

  @Option(help: "How faithfully JPEGs are decoded: exact or reduced.")
  var decoding = Decoding.exact

  /// The dataset's people, and what is done with them.
  func load() throws -> (samples: [TrainingSample], recipe: SampleRecipe, problems: DatasetProblems) {
    let configuration = try Zoo.configuration(named: config)
    let kind = try kind(joints: configuration.model.skeleton)
    let set = try Dataset(kind, annotations: annotations, pictures: images)
    let input = configuration.model.input
    let encoder = try TargetEncoder(
      targets?.kind(sigma: configuration.codec.sigma) ?? configuration.codec.target, joints: kind.skeleton.joints.count,
      input: input, heatmap: Size(height: input.height / 4, width: input.width / 4)
    )
    var recipe = SampleRecipe(
      skeleton: kind.skeleton, encoder: encoder, augmentation: augmentation(of: kind),
      warp: targets == nil && configuration.image.warp == .udp ? .udp : nil)
    recipe.encoding = configuration.image.encoding
    recipe.decoding = decoding
    let samples = set.trainingSamples(
      input: input, padding: configuration.image.padding)
    guard !samples.isEmpty else { throw InputError("'\(annotations)' has no person with a labelled joint") }
    return (samples, recipe, set.problems)
  }

  private func kind(joints: Skeleton) throws -> DatasetKind {
    if let dataset {
      let kind = try DatasetKind(argument: dataset)
      guard kind.skeleton.joints == joints.joints else {
        throw InputError(
          "\(dataset) has the joints \(kind.skeleton.name), but \(config) has \(joints.name): give another --config")
      }
      return kind
    }
    return DatasetKind.all.first { $0.skeleton == joints } ?? DatasetKind(skeleton: joints)
  }

  private func augmentation(of kind: DatasetKind) -> Augmentation {
    var augmentation = augment == .none ? Augmentation() : kind == .mpii ? .mpii : .coco
    if colors { augmentation.photometric = PhotometricDistortion() }
    if blur { augmentation.blurProbability = 0.3 }
    if erase { augmentation.erasingProbability = 0.5 }
    return augmentation
  }
}

enum AugmentName: String, ExpressibleByArgument, CaseIterable {
  case published, none
}

/// Targets by the names that the command line has for them.
enum TargetName: String, ExpressibleByArgument, CaseIterable {
  case msra, dark, udp
  case udpCombined = "udp-combined"
  case megvii
  case simCC = "simcc"
  case regression, integral

  static var list: String { allCases.map(\.rawValue).joined(separator: ", ") }

  func kind(sigma: Double) -> TargetKind {
    switch self {
    case .msra: .msra(sigma: sigma)
    case .dark: .dark(sigma: sigma)
    case .udp: .udp(sigma: sigma)
    case .udpCombined: .udpCombined()
    case .megvii: .megvii()
    case .simCC: .simCC()
    case .regression: .regression
    case .integral: .integralRegression(sigma: sigma)
    }
  }
}
