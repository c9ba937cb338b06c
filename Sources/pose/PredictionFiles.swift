import PoseEstimation
import PoseEvaluation

/// What was found in a picture.
struct PredictedPicture {
  let path: String
  let width: Int
  let height: Int
  let poses: [Pose]

  var image: PredictedImage { PredictedImage(file: path, width: width, height: height, poses: poses) }
}

/// The files that `pose predict` writes poses to, picture by picture.
struct PredictionFiles: ~Copyable {
  private var json: ResultFile?
  private var coco: ResultFile?
  private let numbers: PictureNumbers

  /// - Parameters:
  ///   - json: the path of pose's own format; nil for none.
  ///   - coco: the path of COCO results; nil for none.
  ///   - pictures: all paths, which image numbers depend on.
  init(json: String?, coco: String?, configuration: String, detector: String, pictures: [String]) throws {
    numbers = PictureNumbers(pictures)
    self.json =
      if let json {
        ResultFile(json, try PredictedImage.frame(configuration: configuration, detector: detector))
      } else { nil }
    self.coco = if let coco { ResultFile(coco, .list) } else { nil }
    if coco != nil, !numbers.areNames {
      Failure.report("not every picture's name is a number, so image_id in the COCO results counts them from 1")
    }
  }

  /// - Throws: `OutputError`.
  mutating func append(_ picture: PredictedPicture) throws {
    try json?.append([compactJSON(picture.image)])
    let number = numbers[picture.path]
    let results = picture.poses.map { PersonResult($0, pictureID: number, fileName: picture.path.fileName).cocoJSON }
    try coco?.append(results)
  }

  /// Completes the files.
  ///
  /// - Throws: `OutputError`.
  mutating func finish() throws {
    try json?.finish()
    try coco?.finish()
  }
}
