import PoseCore

/// Something found in a picture that COCO's server takes as an element of a result file's list.
package protocol COCOResult {
  /// The element as a JSON object, in one line.
  var cocoJSON: String { get }
}

extension Sequence where Element: COCOResult {
  /// The results in the form that COCO's server takes, a line a result.
  package func cocoJSON() -> [UInt8] {
    let lines = map { "\n" + $0.cocoJSON }
    return [UInt8](("[" + lines.joined(separator: ",") + "\n]\n").utf8)
  }
}

extension PersonResult: COCOResult {
  /// `image_id`, `category_id`, `keypoints` as x, y and score in pixels, `score`; and `file_name`, `bbox` and `track_id`
  /// where there are any. `annotation_id` is the annotation whose person was looked at, for metrics that compare each
  /// person with its own result; others' tools skip it.
  package var cocoJSON: String {
    cocoObject(
      pictureID, fileName, categoryID, keypoints: keypoints, box: boundingBox,
      ids: [("track_id", trackID), ("annotation_id", annotationID)], score)
  }
}

/// An object that a detector found, as result files have it.
package struct BoxResult: COCOResult, Sendable, Hashable {
  /// The picture's number in the annotations.
  package var pictureID: Int
  /// The picture's file, where its number says nothing.
  package var fileName: String?
  /// The category as the annotations number it. COCO's numbers have gaps, so it is not the detection's label.
  package var categoryID: Int
  package var detection: Detection

  package init(_ detection: Detection, pictureID: Int, fileName: String? = nil, categoryID: Int = 1) {
    (self.detection, self.pictureID) = (detection, pictureID)
    (self.fileName, self.categoryID) = (fileName, categoryID)
  }

  /// `image_id`, `category_id`, `bbox` as x, y, width and height in pixels, `score`; and `file_name` where there is one.
  package var cocoJSON: String {
    cocoObject(pictureID, fileName, categoryID, box: detection.boundingBox, detection.score)
  }
}

private func cocoObject(
  _ pictureID: Int, _ fileName: String?, _ categoryID: Int, keypoints: [Keypoint]? = nil, box: BoundingBox?,
  ids: [(key: String, value: Int?)] = [], _ score: Double
) -> String {
  func list(_ numbers: [Double]) -> String { "[" + numbers.map(\.json).joined(separator: ",") + "]" }
  var members = ["\"image_id\":\(pictureID)"]
  if let fileName { members.append("\"file_name\":\(fileName.json)") }
  members.append("\"category_id\":\(categoryID)")
  if let keypoints {
    members.append("\"keypoints\":" + list(keypoints.flatMap { [$0.position.x, $0.position.y, $0.score] }))
  }
  if let box { members.append("\"bbox\":" + list([box.x, box.y, box.width, box.height])) }
  for (key, value) in ids { if let value { members.append("\"\(key)\":\(value)") } }
  members.append("\"score\":\(score.json)")
  return "{" + members.joined(separator: ",") + "}"
}
