import Dispatch
import PoseCore
import PoseData
import PoseEstimation
import PoseFormats
import PoseMedia
import Synchronization

/// The people that a detector finds in the pictures of a dataset.
package struct DetectionRun: Sendable {
  /// The boxes as a file of a detector's results would have them, with the dataset's numbers of pictures.
  package private(set) var results = COCOResults()
  /// The pictures that could not be read.
  package private(set) var problems = DatasetProblems()

  /// Looks for everybody, pictures side by side.
  ///
  /// - Parameters:
  ///   - detector: should use one thread, as pictures run side by side.
  ///   - pictures: the indices of the dataset's pictures to look at.
  ///   - threads: pictures at once.
  ///   - pixelLimit: the largest number of pixels of a picture that is decoded.
  ///   - bad: what happens to pictures that cannot be read.
  ///   - progress: is told of every picture that is done, on any thread.
  /// - Throws: ``DatasetProblem`` where `bad` refuses one, and what the detector throws.
  package init(
    _ detector: some PersonDetector, _ dataset: Dataset, pictures: [Int], threads: Int,
    decoding: Decoding = .exact, pixelLimit: Int = EncodedImage.defaultPixelLimit, bad: BadRecords = .skip,
    progress: @escaping @Sendable () -> Void = {}
  ) throws {
    let next = Atomic(0)
    let outcomes = Mutex([Result<[Detection], any Error>?](repeating: nil, count: pictures.count))
    DispatchQueue.concurrentPerform(iterations: max(1, min(threads, pictures.count))) { _ in
      while true {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard index < pictures.count else { return }
        let path = dataset.pictures[pictures[index]].path
        let outcome = Result {
          let encoded = try EncodedImage(contentsOf: path, pixelLimit: pixelLimit, decoding: decoding)
          return try detector.people(in: Picture(encoded, decoding: decoding, path: path))
        }
        outcomes.withLock { $0[index] = outcome }
        progress()
      }
    }
    for (picture, outcome) in zip(pictures, outcomes.withLock { $0 }) {
      do {
        for detection in try outcome?.get() ?? [] {
          results.append(
            imageID: dataset.pictures[picture].id, categoryID: dataset.categories.min() ?? 1, score: detection.score,
            boundingBox: detection.boundingBox)
        }
      } catch let error as MediaError {
        try problems.append(
          .unreadablePicture(path: dataset.pictures[picture].path, reason: "\(error)"), bad)
      }
    }
  }
}
