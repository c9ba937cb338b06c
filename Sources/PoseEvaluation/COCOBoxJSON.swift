import PoseCore

extension Detection {
  /// A COCO result of a picture.
  package func cocoJSON(imageID: Int, categoryID: Int) -> String {
    let box = boundingBox
    return """
      {"image_id":\(imageID),"category_id":\(categoryID),"bbox":[\(box.x),\(box.y),\(box.width),\(box.height)],\
      "score":\(score)}
      """
  }
}
