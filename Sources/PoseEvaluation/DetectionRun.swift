import PoseCore
import PoseData
import PoseEstimation
import PoseFormats
import PoseMedia

/// What a detector finds in the pictures of a dataset.
package struct DetectionRun: Sendable {
  /// The boxes as a file of a detector's results would have them, with the dataset's numbers of pictures.
  package private(set) var results = COCOResults()
  /// Why pictures could not be read.
  package private(set) var problems = DatasetProblems()
  /// The numbers of the pictures that could not be read.
  package private(set) var unreadPictures: Set<Int> = []

  /// Looks for everybody, pictures side by side.
  ///
  /// - Parameters:
  ///   - detector: should use one thread, as pictures run side by side.
  ///   - pictures: the indices of the dataset's pictures to look at.
  ///   - threads: pictures at once.
  ///   - pixelLimit: the largest number of pixels of a picture that is decoded.
  ///   - bad: what happens to pictures that cannot be read.
  ///   - progress: is told of every picture that is done.
  /// - Throws: ``DatasetProblem`` where `bad` refuses one, and what the detector throws.
  package init(
    _ detector: some PersonDetector, _ dataset: Dataset, pictures: [Int], threads: Int,
    decoding: Decoding = .exact, pixelLimit: Int = EncodedImage.defaultPixelLimit, bad: BadRecords = .skip,
    progress: () -> Void = {}
  ) throws {
    let category = dataset.categories.min() ?? 1
    try self.init(
      of: pictures.map { (id: dataset.pictures[$0].id, path: dataset.pictures[$0].path) }, threads: threads,
      decoding: decoding, pixelLimit: pixelLimit, bad: bad, category: { _ in category }, progress: progress,
      find: { try detector.people(in: $0) })
  }

  /// Looks for objects, pictures side by side.
  ///
  /// - Parameters:
  ///   - pictures: their numbers in the annotations and their files.
  ///   - category: the number that the annotations have for a label.
  ///   - find: should use one thread, as pictures run side by side.
  /// - Throws: ``DatasetProblem`` where `bad` refuses one, and what `find` throws.
  package init(
    of pictures: [(id: Int, path: String)], threads: Int, decoding: Decoding = .exact,
    pixelLimit: Int = EncodedImage.defaultPixelLimit, bad: BadRecords = .skip, category: (_ label: Int) -> Int,
    progress: () -> Void = {}, find: @escaping @Sendable (Picture) throws -> [Detection]
  ) throws {
    try forEachResult(of: pictures.count, threads: threads) { index in
      let path = pictures[index].path
      return Result {
        let encoded = try EncodedImage(contentsOf: path, pixelLimit: pixelLimit, decoding: decoding)
        return try find(Picture(encoded, decoding: decoding, path: path))
      }
    } _: { index, outcome in
      progress()
      let picture = pictures[index]
      do {
        for detection in try outcome.get() {
          results.append(
            imageID: picture.id, categoryID: category(detection.label), score: detection.score,
            boundingBox: detection.boundingBox)
        }
      } catch let error as MediaError {
        try problems.append(.unreadablePicture(path: picture.path, reason: "\(error)"), bad)
        unreadPictures.insert(picture.id)
      }
      return true
    }
  }
}
