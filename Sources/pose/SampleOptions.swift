import ArgumentParser
import PoseCodecs
import PoseConfiguration
import PoseCore
import PoseData
import PoseMedia

/// Which samples `pose browse` makes: those of a configuration's training, and what differs from them.
struct SampleOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp("The same as --annotations.", valueName: "file"), completion: .file(extensions: ["json"]))
  var dataset: String?

  @Option(
    help: ArgumentHelp(
      "The annotation file of a dataset, or a folder of masks. Defaults to the datasets of the configuration.",
      valueName: "file"),
    completion: .file(extensions: ["json"]))
  var annotations: String?

  /// The annotation file, by either of its places on the command line.
  var annotationFile: String? { annotations ?? dataset }

  @Option(
    help: ArgumentHelp("The folder of the pictures that the annotation file names.", valueName: "folder"),
    completion: .directory)
  var images: String?

  @Option(
    name: .customLong("dataset"),
    help:
      "The dataset format of the annotation file: \(DatasetKind.all.map(\.name).joined(separator: ", ")). Defaults to the first one whose skeleton is the network's.",
    transform: datasetName)
  var format: String?

  @Option(
    help: ArgumentHelp(
      "The configuration whose training is shown: a name that `pose models` lists, or a YAML file. Defaults to "
        + "\(Self.usualConfiguration).", valueName: "name"),
    completion: .list(Zoo.names), transform: configurationName)
  var config = Self.usualConfiguration

  private static let usualConfiguration = "litehrnet_18_coco_256x192"

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Replace a value of the configuration, such as train.augmentation.rotation=30.", valueName: "key=value"),
    transform: settingArgument)
  var settings: [String] = []

  @Option(
    help:
      "Show another target than the configuration's: \(TargetCatalogue.personNames.joined(separator: ", "))."
  )
  var targets: TargetArgument?

  @Option(help: "The augmentation: published (as the configuration says) or none.")
  var augment = AugmentName.published

  @Flag(help: "Also change the colors.")
  var colors = false

  @Flag(help: "Also blur some of the crops.")
  var blur = false

  @Flag(help: "Also cover a part of some of the crops with noise.")
  var erase = false

  @Option(
    in: 0...UInt64.max,
    help: "The random seed: the same seed gives the same samples. Defaults to the configuration's seed.")
  var seed: UInt64?

  @Option(help: "How JPEG files are decoded: exact, or reduced, which decodes large ones at a part of their size.")
  var decoding = Decoding.exact

  @OptionGroup var pictureOptions: PictureOptions

  func validate() throws {
    if annotations != nil, dataset != nil { throw ValidationError("Give the annotation file once.") }
    guard (annotationFile == nil) == (images == nil) else {
      throw ValidationError("An annotation file needs --images FOLDER, and --images needs an annotation file.")
    }
    if annotationFile == nil, format != nil {
      throw ValidationError("--dataset is the format of an annotation file: name the file.")
    }
  }

  /// The samples of the configuration's training with the options' changes.
  func load() throws -> (data: TrainingData, seed: UInt64) {
    var configuration = try configured()
    let train = changed(configuration.train ?? TrainingDescription())
    configuration.train = train
    var data = try TrainingData(configuration, graph: configuration.graph())
    if let target = targets?.target {
      data.recipe.encoder = try TargetEncoder(target, for: data.recipe.encoder.grid)
      data.recipe.warp = target.isUnbiased ? .udp : .standard
    }
    data.recipe.decoding = decoding
    data.recipe.pixelLimit = pictureOptions.pixelLimit
    return (data, seed ?? train.seed)
  }

  /// The pictures of a detector's training with the options' changes; nil where the configuration is of no detector.
  ///
  /// - Throws: ``UsageError`` for options that are of people's crops.
  func loadPictures() throws -> (data: PictureData, classes: [String], seed: UInt64)? {
    var configuration = try configured()
    guard !configuration.model.classes.isEmpty else { return nil }
    let train = try changedPictures(of: &configuration)
    var data = try PictureData(configuration)
    data.recipe.decoding = decoding
    data.recipe.pixelLimit = pictureOptions.pixelLimit
    return (data, configuration.model.classes, seed ?? train.seed)
  }

  /// The pictures with labelled pixels of the training of a network that segments pictures, with the options' changes; nil
  /// for other networks.
  ///
  /// - Throws: ``UsageError`` for options that are of people's crops.
  func loadMasks() throws -> (data: MaskData, seed: UInt64)? {
    var configuration = try configured()
    guard configuration.segmentsPictures else { return nil }
    try refuseOptionsOfCrops(setting: "train.masks")
    if format != nil { throw UsageError("--dataset is for joints and boxes: leave it out") }
    var train = configuration.train ?? TrainingDescription()
    if let annotationFile, let images {
      train.data.train = [DatasetDescription(ofMasks: annotationFile, images: images)]
    }
    if augment == .none { train.masks = MaskDescription.none }
    configuration.train = train
    var data = try MaskData(configuration)
    data.recipe.decoding = decoding
    data.recipe.pixelLimit = pictureOptions.pixelLimit
    return (data, seed ?? train.seed)
  }

  /// The pictures of the training of a network that looks for everybody at once, with the options' changes; nil for others.
  ///
  /// - Throws: ``UsageError`` for options that are of people's crops.
  func loadScenes() throws -> (data: SceneData, seed: UInt64)? {
    var configuration = try configured()
    guard configuration.findsEverybody else { return nil }
    let train = try changedPictures(of: &configuration)
    var data = try SceneData(configuration, graph: configuration.graph())
    data.recipe.decoding = decoding
    data.recipe.pixelLimit = pictureOptions.pixelLimit
    return (data, seed ?? train.seed)
  }

  /// Changes how a network of whole pictures is trained.
  private func changedPictures(of configuration: inout ModelConfiguration) throws -> TrainingDescription {
    try refuseOptionsOfCrops(setting: "train.pictures")
    var train = changed(configuration.train ?? TrainingDescription())
    train.augmentation = AugmentationDescription()
    if augment == .none { train.pictures = PictureDescription.none }
    configuration.train = train
    return train
  }

  /// - Parameter setting: the section of a configuration that changes the samples.
  private func refuseOptionsOfCrops(setting: String) throws {
    let wrong = [
      (targets != nil, "--targets"), (colors, "--colors"), (blur, "--blur"), (erase, "--erase"),
    ]
    guard let option = wrong.first(where: \.0)?.1 else { return }
    throw UsageError(
      "\(option) is for networks that see one person at a time: --set \(setting) changes samples of whole pictures")
  }

  /// - Throws: ``UsageError`` for settings that a configuration which is right without them does not take.
  private func configured() throws -> ModelConfiguration {
    do throws(ConfigurationError) {
      var configuration = try Zoo.configuration(named: config, settings: settings)
      // The option's files are where it says.
      if annotationFile != nil { configuration.data = nil }
      return configuration
    } catch {
      guard !settings.isEmpty, (try? Zoo.configuration(named: config)) != nil else { throw error }
      throw UsageError("\(error)")
    }
  }

  private func changed(_ train: TrainingDescription) -> TrainingDescription {
    var train = train
    if let annotationFile, let images {
      train.data.train = [DatasetDescription(kind: format, annotations: annotationFile, images: images)]
    }
    if augment == .none {
      train.augmentation = AugmentationDescription()
      train.augmentation.preset = .none
    }
    if colors { train.augmentation.colors = true }
    if blur { train.augmentation.blur = 0.3 }
    if erase { train.augmentation.erasing = 0.5 }
    return train
  }

  /// What messages and pages call the samples.
  var title: String { annotationFile?.fileName ?? config }
}

/// A target by its name.
struct TargetArgument: ExpressibleByArgument {
  let target: any Target

  static var allValueStrings: [String] { TargetCatalogue.personNames }

  init?(argument: String) {
    guard Self.allValueStrings.contains(argument), let target = TargetCatalogue.target(named: argument) else {
      return nil
    }
    self.target = target
  }
}

/// A setting of the form `KEY=VALUE`.
private func settingArgument(_ argument: String) throws -> String {
  guard let sign = argument.firstIndex(of: "="), sign > argument.startIndex else {
    throw ValidationError("give KEY=VALUE, such as train.epochs=10")
  }
  return argument
}

enum AugmentName: String, ExpressibleByArgument, CaseIterable {
  case published, none
}
