import PoseConfiguration
import PoseCore
import PoseData
import PoseEstimation
import PoseFormats
import PoseMetrics

/// The annotated objects that a detector's boxes are scored against, read once.
public struct ObjectGroundTruth: Sendable {
  /// The pictures to look at, and what is annotated in them.
  public let pictures: [LabelledPicture]
  private let annotations: COCOAnnotations
  private let categories: ObjectCategories

  /// Reads annotations, and refuses those that could not be scored.
  ///
  /// - Parameters:
  ///   - description: the annotations in COCO's form, the folder of the pictures, and which of them are meant.
  ///   - classes: the detector's, which are the file's categories of the same names.
  /// - Throws: `TrainingDataError` where the file has other classes or nothing to score, `FormatError` where it cannot be
  ///   read.
  public init(_ description: DatasetDescription, classes: [String]) throws {
    func refuse(_ reason: String) -> TrainingDataError { .dataset(description.annotations, reason: reason) }
    let (file, categories) = try description.boxAnnotations(of: classes)
    let part = try description.pictureSplit
    self.categories = categories
    annotations = part.map { file.keeping($0.contains(picture:)) } ?? file
    pictures = try ObjectDataset(file, categories, pictures: description.images, part: part).pictures
    guard pictures.contains(where: { $0.boxes.contains { $0.label != nil } }) else {
      throw refuse(
        "has nothing to validate with: its pictures (\(pictures.count)) have no boxes of "
          + classes.prefix(5).joined(separator: ", "))
    }
    do throws(MetricError) {
      _ = try score([])
    } catch {
      throw refuse(
        "cannot be scored: \(error). With --no-validate training needs no such file")
    }
  }

  /// An object that a detector found.
  public struct Found: Sendable, Hashable, Codable {
    /// The number of the picture in the annotations.
    let picture: Int
    /// The number of the category in the annotations.
    let category: Int
    let score: Double
    let box: BoundingBox
  }

  /// What a detector finds in a share of the pictures, and the pictures that could not be read.
  ///
  /// - Parameter threads: pictures at once.
  /// - Throws: what the detector throws.
  public func objects(
    by model: Model, shard: Shard = .whole, threads: Int
  ) throws -> (found: [Found], problems: DatasetProblems) {
    var options = NetworkDetector.Options()
    // The decoder has a threshold of its own, and pictures run side by side.
    (options.threshold, options.threads, options.needsPeople) = (0, 1, false)
    let detector = try NetworkDetector(model, options: options)
    let own = pictures.indices.filter(shard.contains).map { (id: pictures[$0].id, path: pictures[$0].path) }
    let run = try DetectionRun(
      of: own, threads: threads, category: { categories.ids[$0] }, find: { try detector.objects(in: $0) })
    let found = run.results.entries.compactMap { entry in
      entry.boundingBox.map {
        Found(picture: entry.imageID, category: entry.categoryID, score: entry.score, box: $0)
      }
    }
    return (found, run.problems)
  }

  /// COCO's numbers for boxes, each named `box AP` and so on, of the detector's classes.
  ///
  /// - Throws: `MetricError` where an annotation has no box or no area.
  public func score(_ found: [Found]) throws(MetricError) -> [MetricValue] {
    var results = COCOResults()
    for object in found {
      results.append(
        imageID: object.picture, categoryID: object.category, score: object.score, boundingBox: object.box)
    }
    let files = try COCOComparison(annotations, results, categories: Set(categories.ids))
    return try COCOBoxAP(files).values.map { MetricValue("box \($0.name)", $0.value) }
  }
}
