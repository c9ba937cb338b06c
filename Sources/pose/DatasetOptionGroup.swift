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
  func kind(joints: String) throws -> DatasetKind { try DatasetKind(argument: dataset, joints: joints) }

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

  /// - Parameters:
  ///   - name: as the user gave it; nil for the first dataset with the model's joints.
  ///   - joints: the name of the model's skeleton.
  init(argument name: String?, joints: String) throws {
    if let name {
      try self.init(argument: name)
      guard skeleton.name == joints else {
        throw InputError("\(name) has the joints \(skeleton.name), but the model finds \(joints)")
      }
    } else if let kind = DatasetKind.all.first(where: { $0.skeleton.name == joints }) {
      self = kind
    } else if let skeleton = Skeleton(named: joints) {
      self.init(skeleton: skeleton)
    } else {
      throw InputError("no dataset here has the joints \(joints)")
    }
  }
}
