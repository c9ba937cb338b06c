import ArgumentParser
import PoseCore
import PoseData
import PoseFormats

/// Which dataset a command works through.
struct DatasetOptionGroup: ParsableArguments {
  @Option(
    help: ArgumentHelp("The dataset's annotations.", valueName: "file"), completion: .file(extensions: ["json"]))
  var annotations: String

  @Option(help: ArgumentHelp("The folder with the pictures.", valueName: "folder"), completion: .directory)
  var images: String

  @Option(
    help:
      "Whose annotations these are: \(DatasetKind.all.map(\.name).joined(separator: ", ")); unless given, the first with the model's joints."
  )
  var dataset: String?

  /// - Parameter joints: the name of the model's skeleton.
  func kind(joints: String) throws -> DatasetKind {
    if let dataset {
      let kind = try DatasetKind(argument: dataset)
      guard kind.skeleton.name == joints else {
        throw InputError("\(dataset) has the joints \(kind.skeleton.name), but the model finds \(joints)")
      }
      return kind
    }
    if let kind = DatasetKind.all.first(where: { $0.skeleton.name == joints }) { return kind }
    guard let skeleton = Skeleton(named: joints) else {
      throw InputError("no dataset here has the joints \(joints)")
    }
    return DatasetKind(skeleton: skeleton)
  }

  func dataset(_ kind: DatasetKind, bad: BadRecords) throws -> Dataset {
    try Dataset(kind, annotations: annotations, pictures: images, options: DatasetOptions(bad: bad))
  }
}

extension DatasetKind {
  init(argument name: String) throws {
    guard let kind = DatasetKind(named: name) else {
      let known = DatasetKind.all.map(\.name).joined(separator: ", ")
      throw InputError("there is no dataset '\(name)': give one of \(known)")
    }
    self = kind
  }
}
