import PoseCore
import PoseData
import PoseMedia
import PoseMetrics

/// `pose evaluate --metric miou`, which compares folders of masks.
extension Evaluate {
  /// The masks to compare. Says how many results have no true mask.
  func maskFiles() throws -> [(result: MaskFolder.File, truth: MaskFolder.File)] {
    let truths = try MaskFolder(annotations, endings: MaskFolder.maskEndings)
    let masks = try MaskFolder(results[0], endings: MaskFolder.maskEndings)
    let pairs = try masks.paired(with: truths)
    let others = masks.files.count - pairs.count
    if others > 0 {
      Failure.report("\(others.counted("mask")) of '\(results[0])' without a true mask: left out")
    }
    return pairs.map { (result: $0.first, truth: $0.second) }
  }

  /// The means over the classes, and each class's intersection over union.
  func score(_ masks: [(result: MaskFolder.File, truth: MaskFolder.File)]) throws -> [MetricValue] {
    let classes = classes?.classes ?? []
    var scores = SegmentationScores(classes: classes)
    var progress = Progress(total: masks.count)
    defer { progress.finish() }
    for (result, truth) in masks {
      func mask(_ file: MaskFolder.File) throws -> SegmentationMask {
        try SegmentationMask(contentsOf: file.path, classes: classes, hasCityscapesNumbers: file.hasCityscapesNumbers)
      }
      try scores.add(mask(result), truth: mask(truth), of: "'\(truth.stem)'")
      progress.advance()
    }
    return try scores.valuesWithClasses()
  }
}
