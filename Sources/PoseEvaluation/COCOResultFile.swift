import PoseCore

extension [PersonResult] {
  /// The results in the form that COCO's server takes: a line a person, `image_id`, `category_id`, `keypoints` as x, y and
  /// score in pixels, `score`; and `bbox` and `track_id` where there are any. `annotation_id` is the annotation whose person
  /// was looked at, for metrics that compare each person with its own result; others' tools skip it.
  public func cocoJSON() -> [UInt8] {
    var text = "["
    for (index, result) in enumerated() {
      text += index == 0 ? "\n" : ",\n"
      let keypoints = result.keypoints
        .map { "\($0.position.x.json),\($0.position.y.json),\($0.score.json)" }.joined(separator: ",")
      text += "{\"image_id\":\(result.pictureID),\"category_id\":\(result.categoryID),\"keypoints\":[\(keypoints)],"
      if let box = result.boundingBox {
        text += "\"bbox\":[\([box.x, box.y, box.width, box.height].map(\.json).joined(separator: ","))],"
      }
      if let track = result.trackID { text += "\"track_id\":\(track)," }
      if let annotation = result.annotationID { text += "\"annotation_id\":\(annotation)," }
      text += "\"score\":\(result.score.json)}"
    }
    return [UInt8]((text + "\n]\n").utf8)
  }
}
