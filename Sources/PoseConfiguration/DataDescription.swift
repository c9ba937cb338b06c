/// The `data` section: where datasets are.
public struct DataDescription: Sendable, Hashable, Codable {
  /// The folder that relative paths of datasets start from; nil for the working folder.
  public var root: String?

  public init(root: String? = nil) { self.root = root }

  enum CodingKeys: String, CodingKey, CaseIterable { case root }

  public init(from decoder: any Decoder) throws {
    let section = try Section<CodingKeys>(decoder)
    root = try section.value(.root, default: nil)
    try section.check(.root, root?.isEmpty != true, "needs a folder; the working folder is '.'")
  }
}

extension DatasetDescription {
  /// The same dataset with its files below a folder, those with absolute paths aside.
  public func below(_ root: String?) -> DatasetDescription {
    guard let root else { return self }
    func path(_ path: String) -> String {
      path.hasPrefix("/") ? path : root.hasSuffix("/") ? root + path : "\(root)/\(path)"
    }
    var dataset = self
    dataset.annotations = path(dataset.annotations)
    dataset.images = path(dataset.images)
    dataset.detections = dataset.detections.map(path)
    dataset.truth = dataset.truth.map(path)
    return dataset
  }
}
