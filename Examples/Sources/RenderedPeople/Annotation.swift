/// A person of a picture as COCO annotates it.
package struct Annotation {
  /// Around all of the person, as if nothing were before it: x, y, width, height in whole pixels.
  let box: [Int]
  /// COCO's 17 joints, in pixels, and whether they can be seen.
  let joints: [(position: SIMD2<Float>, isVisible: Bool)]

  /// A file of annotations in COCO's form.
  package static func json(_ annotations: [Annotation], picture: String, width: Int, height: Int) -> String {
    let lines = annotations.enumerated().map { index, annotation in
      let joints = annotation.joints.map { joint in
        "\(Int(joint.position.x.rounded())), \(Int(joint.position.y.rounded())), \(joint.isVisible ? 2 : 1)"
      }
      return """
            {"id": \(index + 1), "image_id": 1, "category_id": 1, "iscrowd": 0, "bbox": \(annotation.box), \
        "area": \(annotation.box[2] * annotation.box[3]), "num_keypoints": \(joints.count), \
        "keypoints": [\(joints.joined(separator: ", "))]}
        """
    }
    return """
      {
        "images": [{"id": 1, "file_name": "\(picture)", "width": \(width), "height": \(height)}],
        "categories": [{"id": 1, "name": "person"}],
        "annotations": [
      \(lines.joined(separator: ",\n"))
        ]
      }

      """
  }
}
