/// The files that a command writes what it finds to, picture by picture.
struct PredictionFiles: ~Copyable {
  private var json: ResultFile?
  private var coco: ResultFile?
  private let numbers: PictureNumbers

  /// - Parameters:
  ///   - json: the path of pose's own format; nil for none.
  ///   - coco: the path of COCO results; nil for none.
  ///   - frame: what the JSON file has around its images.
  ///   - pictures: all paths, which image numbers depend on.
  init(json: String?, coco: String?, frame: ResultFile.Frame, pictures: [String]) throws {
    numbers = PictureNumbers(pictures)
    self.json = if let json { ResultFile(json, frame) } else { nil }
    self.coco = if let coco { ResultFile(coco, .list) } else { nil }
    if coco != nil, !numbers.areNames {
      Failure.report("not every picture's name is a number, so image_id in the COCO results counts them from 1")
    }
  }

  /// - Parameters:
  ///   - image: the picture's entry in the JSON file.
  ///   - results: makes the picture's COCO results, given its number.
  /// - Throws: `OutputError`.
  mutating func append(_ image: some Encodable, path: String, results: (_ number: Int) -> [String]) throws {
    try json?.append([compactJSON(image)])
    try coco?.append(results(numbers[path]))
  }

  /// Completes the files.
  ///
  /// - Throws: `OutputError`.
  mutating func finish() throws {
    try json?.finish()
    try coco?.finish()
  }
}
