import PoseCore
import PoseData
import PoseEstimation
import PoseFormats
import PoseMedia
import PoseMetrics

/// How well a network segments the pictures of a dataset.
public struct MaskRun: Sendable {
  public private(set) var scores: SegmentationScores
  /// Why pictures could not be read.
  public private(set) var problems = DatasetProblems()

  public init(classes: [String]) { scores = SegmentationScores(classes: classes) }

  /// Segments a share of the pictures, several side by side.
  ///
  /// - Parameters:
  ///   - network: should use one thread, as pictures run side by side.
  ///   - threads: pictures at once.
  ///   - pixelLimit: the largest number of pixels of a picture that is decoded.
  ///   - bad: whether pictures that cannot be read end the run or are left out.
  /// - Throws: `MaskError` and `MetricError` where masks do not go with the pictures, and what the network throws.
  public mutating func add(
    _ pictures: [MaskedPicture], by network: SegmentationNetwork, shard: Shard = .whole, threads: Int,
    decoding: Decoding = .exact, pixelLimit: Int = EncodedImage.defaultPixelLimit, bad: BadRecords = .skip,
    progress: () -> Void = {}
  ) throws {
    let own = pictures.indices.filter(shard.contains)
    try forEachResult(of: own.count, threads: threads) { index in
      let picture = pictures[own[index]]
      return Result {
        let truth = try picture.mask(classes: network.classes, pixelLimit: pixelLimit)
        let encoded = try EncodedImage(contentsOf: picture.path, pixelLimit: pixelLimit, decoding: decoding)
        return (found: try network.mask(of: Picture(encoded, path: picture.path)), truth: truth)
      }
    } _: { index, outcome in
      progress()
      let path = pictures[own[index]].path
      do {
        let (found, truth) = try outcome.get()
        try scores.add(found, truth: truth, of: "'\(path)'")
      } catch let error as MediaError {
        try problems.append(.unreadablePicture(path: path, reason: "\(error)"), bad)
      }
      return true
    }
  }
}
