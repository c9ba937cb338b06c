import PoseCore
import PoseFormats
import PoseMedia

extension Dataset {
  /// Pictures that nobody annotated. A detector's boxes are their people, or each picture is one person's. Nothing is known
  /// of the joints.
  ///
  /// A picture's number is its file's name where all names are different numbers, as COCO's are; else its place in the
  /// list, from 1.
  ///
  /// - Parameters:
  ///   - skeleton: what a network will find.
  ///   - paths: of the pictures' files, whose headers are read.
  ///   - boxes: of these and maybe of other pictures, found by file name (with the folders that it names) or number; nil for the whole pictures.
  ///   - source: who says so.
  ///   - minimumScore: boxes that score below are left out.
  ///   - overlap: a box that overlaps a better one of its picture by more than this share is left out; nil keeps all.
  ///   - pixelLimit: the largest number of pixels of a picture that is decoded.
  ///   - decoding: how its pixels will be decoded.
  ///   - bad: what happens to pictures and boxes that cannot be used.
  /// - Throws: ``DatasetProblem`` where `bad` refuses one.
  public init(
    _ skeleton: Skeleton, pictures paths: [String], boxes: [DetectionFile.Record]? = nil,
    source: BoxSource = .wholePicture,
    minimumScore: Double = 0, overlap: Double? = nil, pixelLimit: Int = EncodedImage.defaultPixelLimit,
    decoding: Decoding = .exact, bad: BadRecords = .skip
  ) throws(DatasetProblem) {
    self.init(name: skeleton.name, skeleton: skeleton)
    let numbers = paths.compactMap(DetectionFile.number)
    let areNumbered = Set(numbers).count == paths.count
    var assigned: [[Detection]]?
    do throws(DetectionError) {
      assigned = try boxes.map { (boxes) throws(DetectionError) in try AssignedBoxes.assign(boxes, paths) }
    } catch {
      throw .ambiguous(reason: "\(error)")
    }
    for (index, path) in paths.enumerated() {
      do throws(DatasetProblem) {
        let picture = try Picture(
          id: areNumbered ? numbers[index] : index + 1, readingSizeOf: path, pixelLimit: pixelLimit, decoding)
        pictures.append(picture)
        for detection in assigned?[index] ?? [Detection(picture.frame)] {
          if assigned != nil, detection.score < minimumScore {
            excluded.lowScores += 1
          } else {
            try append(detection, of: picture, source, bad)
          }
        }
      } catch {
        try problems.append(error, bad)
      }
    }
    if let overlap { suppress(overlap) }
  }

  private mutating func append(
    _ detection: Detection, of picture: Picture, _ source: BoxSource, _ bad: BadRecords
  ) throws(DatasetProblem) {
    let box = detection.boundingBox
    guard boxRule.cleaned(box, width: picture.width, height: picture.height) != nil else {
      return try problems.append(.boxOutside(path: picture.path, box), bad)
    }
    people.append(Person(picture: pictures.count - 1, place: .box(box), source: source, score: detection.score))
  }
}

extension Dataset.Picture {
  fileprivate init(id: Int, readingSizeOf path: String, pixelLimit: Int, _ decoding: Decoding) throws(DatasetProblem) {
    do throws(MediaError) {
      let image = try EncodedImage(contentsOf: path, pixelLimit: pixelLimit, decoding: decoding)
      self.init(id: id, path: path, width: image.width, height: image.height)
    } catch {
      throw .unreadablePicture(path: path, reason: "\(error)")
    }
  }

  fileprivate var frame: BoundingBox { BoundingBox(x: 0, y: 0, width: Double(width), height: Double(height)) }
}
