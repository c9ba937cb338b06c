import PoseFormats

extension Dataset {
  /// Reads a dataset's annotations.
  ///
  /// - Parameters:
  ///   - annotations: the path of the JSON.
  ///   - pictures: the folder that the pictures' file names are below.
  /// - Throws: ``FormatError`` where the file cannot be read, around a ``DatasetProblem`` where `options` refuse one.
  public init(
    _ kind: DatasetKind, annotations path: String, pictures folder: String, options: DatasetOptions = DatasetOptions()
  ) throws(FormatError) {
    self = try Self.naming(path) {
      switch kind.form {
      case .coco:
        try Dataset(
          kind,
          COCOAnnotations(
            contentsOf: path, bad: options.bad, joints: kind.joints, segmentations: options.includesSegmentations),
          pictures: folder, options: options)
      case .mpii:
        try Dataset(kind, MPIIAnnotations(contentsOf: path, bad: options.bad), pictures: folder, bad: options.bad)
      }
    }
  }

  private static func naming(_ path: String, _ body: () throws -> Dataset) throws(FormatError) -> Dataset {
    do {
      return try body()
    } catch let error as FormatError {
      throw error
    } catch {
      throw FormatError(path: path, reason: error)
    }
  }

  /// A file's path below a folder.
  static func path(_ name: String, in folder: String) -> String {
    folder.isEmpty ? name : folder.hasSuffix("/") ? folder + name : folder + "/" + name
  }
}
