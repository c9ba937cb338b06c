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

  /// - Parameter joints: the model's skeleton.
  func kind(joints: Skeleton) throws -> DatasetKind { try DatasetKind(argument: dataset, joints: joints) }

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
  ///   - joints: the model's skeleton; one of the user's own is that of a file in COCO's form.
  init(argument name: String?, joints: Skeleton) throws {
    if let name {
      try self.init(argument: name)
      guard skeleton.joints == joints.joints else {
        throw InputError("\(name) has the joints \(skeleton.name), but the model finds \(joints.name)")
      }
    } else {
      self = DatasetKind.all.first { $0.skeleton == joints } ?? DatasetKind(skeleton: joints)
    }
  }
}
