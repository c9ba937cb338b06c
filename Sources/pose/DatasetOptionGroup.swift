import ArgumentParser
import PoseCore
import PoseData
import PoseFormats

/// Which dataset a command works through.
struct DatasetOptionGroup: ParsableArguments {
  @Option(
    help: ArgumentHelp("The annotation file of the dataset.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var annotations: String

  @Option(help: ArgumentHelp("The folder of the pictures.", valueName: "folder"), completion: .directory)
  var images: String

  @Option(
    help:
      "The dataset format: \(DatasetKind.all.map(\.name).joined(separator: ", ")). Defaults to the first one whose skeleton is the model's.",
    transform: datasetName)
  var dataset: String?

  /// - Parameter joints: the model's skeleton.
  func kind(joints: Skeleton) throws -> DatasetKind { try DatasetKind(named: dataset, for: joints) }

  func dataset(_ kind: DatasetKind, bad: BadRecords) throws -> Dataset {
    try Dataset(kind, annotations: annotations, pictures: images, options: DatasetOptions(bad: bad))
  }
}
