import PoseEvaluation

/// The files that a command writes what it finds to, picture by picture: poses or boxes, in pose's own format and as COCO
/// results.
struct PredictionFiles: ~Copyable {
  private var json: ResultFile?
  private var coco: ResultFile?
  private let numbers: PictureNumbers

  /// - Parameters:
  ///   - json: the path of pose's own format; nil for none.
  ///   - frame: what that format has around the pictures.
  ///   - coco: the path of COCO results; nil for none.
  ///   - pictures: all paths, which image numbers depend on.
  init(
    json: String?, frame: @autoclosure () throws -> ResultFile.Frame, coco: String?, pictures: [String]
  ) throws {
    numbers = PictureNumbers(pictures)
    self.json = if let json { ResultFile(json, try frame()) } else { nil }
    self.coco = if let coco { ResultFile(coco, .list) } else { nil }
    if coco != nil, !numbers.areNames {
      Failure.report("not every picture's name is a number, so image_id in the COCO results counts them from 1")
    }
  }

  /// Writes what was found in a picture.
  ///
  /// - Parameters:
  ///   - element: the picture in pose's own format.
  ///   - results: makes the COCO results from the picture's number and the name of its file.
  /// - Throws: `OutputError`.
  mutating func append(
    _ path: String, json element: @autoclosure () throws -> String,
    results: (_ number: Int, _ fileName: String) -> [some COCOResult]
  ) throws {
    try json?.append([element()])
    try coco?.append(results(numbers[path], path.fileName).map(\.cocoJSON))
  }

  /// Completes the files.
  ///
  /// - Throws: `OutputError`.
  mutating func finish() throws {
    try json?.finish()
    try coco?.finish()
  }
}
