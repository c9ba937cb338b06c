import PoseCore

extension [PersonResult] {
  /// The results in the form that COCO's server takes, a line a person.
  public func cocoJSON() -> [UInt8] {
    let lines = map { "\n" + $0.cocoJSON }
    return [UInt8](("[" + lines.joined(separator: ",") + "\n]\n").utf8)
  }
}

extension PersonResult {
  /// The result as an object in the form that COCO's server takes: `image_id`, `category_id`, `keypoints` as x, y and score
  /// in pixels, `score`; and `file_name`, `bbox` and `track_id` where there are any. `annotation_id` is the annotation whose
  /// person was looked at, for metrics that compare each person with its own result; others' tools skip it.
  public var cocoJSON: String {
    var members = ["\"image_id\":\(pictureID)"]
    if let fileName { members.append("\"file_name\":\(fileName.json)") }
    let numbers = keypoints.flatMap { [$0.position.x.json, $0.position.y.json, $0.score.json] }
    members += ["\"category_id\":\(categoryID)", "\"keypoints\":[\(numbers.joined(separator: ","))]"]
    if let box = boundingBox {
      members.append("\"bbox\":[\([box.x, box.y, box.width, box.height].map(\.json).joined(separator: ","))]")
    }
    if let trackID { members.append("\"track_id\":\(trackID)") }
    if let annotationID { members.append("\"annotation_id\":\(annotationID)") }
    members.append("\"score\":\(score.json)")
    return "{" + members.joined(separator: ",") + "}"
  }
}
