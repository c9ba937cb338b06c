import PoseCore

/// An annotated object, for metrics that match boxes.
package struct AnnotatedBox: Sendable, Hashable {
  /// The annotation's number. The object whose number is 0 is never found, as in pycocotools, which takes it for "nobody".
  package var id: Int?
  package var boundingBox: BoundingBox
  /// The object's area in square pixels, which says to which size range it belongs. COCO gives that of the segmentation.
  package var area: Double
  /// Whether this is a group of objects. Any number of results may match a group, and they are neither right nor wrong.
  package var isCrowd: Bool

  package init(id: Int? = nil, _ boundingBox: BoundingBox, area: Double? = nil, isCrowd: Bool = false) {
    (self.id, self.boundingBox, self.area, self.isCrowd) = (id, boundingBox, area ?? boundingBox.area, isCrowd)
  }

  /// The intersection over union with a result's box. The share in the result's own area stands in for it where this is
  /// a group, which may be much larger than any object of it.
  func similarity(to box: BoundingBox) -> Double {
    guard isCrowd else { return box.overlap(with: boundingBox) }
    let common = box.commonArea(with: boundingBox)
    return common > 0 ? common / box.area : 0
  }
}

/// A predicted object.
package struct ScoredBox: Sendable, Hashable {
  package var boundingBox: BoundingBox
  package var score: Double

  package init(_ boundingBox: BoundingBox, score: Double) {
    (self.boundingBox, self.score) = (boundingBox, score)
  }
}

/// The annotated and the predicted objects of one category in one image.
package struct EvaluatedBoxes: Sendable, Hashable {
  /// The image's id in the dataset. Results with equal scores are ranked in the order of the images' ids.
  package var id: Int
  /// The category's id. Precision is averaged over the categories.
  package var category: Int
  package var objects: [AnnotatedBox]
  package var results: [ScoredBox]

  package init(id: Int, category: Int = 1, objects: [AnnotatedBox], results: [ScoredBox]) {
    (self.id, self.category, self.objects, self.results) = (id, category, objects, results)
  }

  func check() throws(MetricError) {
    for (index, object) in objects.enumerated() where !object.boundingBox.isFinite || !object.area.isFinite {
      let name = object.id.map { "annotation \($0)" } ?? "annotated box \(index)"
      throw .notFinite(what: "\(name) (image \(id), category \(category))")
    }
    for (index, result) in results.enumerated() where !result.boundingBox.isFinite || !result.score.isFinite {
      throw .notFinite(what: "result \(index) of image \(id), category \(category)")
    }
  }
}

extension BoundingBox {
  fileprivate var isFinite: Bool { x.isFinite && y.isFinite && width.isFinite && height.isFinite && area.isFinite }
}
