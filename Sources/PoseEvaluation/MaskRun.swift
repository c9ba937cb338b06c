import PoseCore
import PoseData
import PoseEstimation
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
  /// - Parameter threads: pictures at once.
  /// - Throws: `MaskError` and `MetricError` where masks do not go with the pictures, and what the network throws.
  public mutating func add(
    _ pictures: [MaskedPicture], by model: Model, shard: Shard = .whole, threads: Int, progress: () -> Void = {}
  ) throws {
    var options = SegmentationNetwork.Options()
    options.threads = 1
    let network = try SegmentationNetwork(model, options: options)
    let own = pictures.indices.filter(shard.contains)
    try forEachResult(of: own.count, threads: threads) { index in
      let picture = pictures[own[index]]
      return Result {
        let truth = try picture.mask(classes: network.classes)
        let found = try network.mask(of: Picture(EncodedImage(contentsOf: picture.path), path: picture.path))
        return (found: found, truth: truth)
      }
    } _: { index, outcome in
      progress()
      let path = pictures[own[index]].path
      do {
        let (found, truth) = try outcome.get()
        try scores.add(found, truth: truth, of: "'\(path)'")
      } catch let error as MediaError {
        try problems.append(.unreadablePicture(path: path, reason: "\(error)"), .skip)
      }
      return true
    }
  }
}
