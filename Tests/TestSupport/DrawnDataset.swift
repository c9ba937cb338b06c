import Foundation
import PoseCore
import PoseImage
import PoseMedia

/// A small dataset in COCO's form whose pictures show the drawn person of `Examples/person.png`: as he is, mirrored, and
/// several copies of him, smaller.
///
/// It has four pictures with seven labelled people, one of them without legs, a person without labels, and a crowd.
/// Labels are a few pixels off, as those of annotators are.
package struct DrawnDataset: Sendable {
  /// Where the pictures, the annotations and the detections lie.
  package let folder: String

  package static var shared: DrawnDataset { get throws { try made.get() } }

  package static let ids = [21, 22, 23, 24]
  package static let names = ids.map { "0000000000\($0).jpg" }
  package static let labelledPeople = 7
  package static let annotationCount = 9
  /// The number of boxes in ``detections``: two for each labelled person, and two for each picture that are wrong.
  package static let detectionCount = 22
  package static let largeSize = Size(height: 1440, width: 1080)

  /// The first picture, 360x480, with one person.
  package var picture: String { pictures[0] }
  package var pictures: [String] { Self.names.map { folder + "/" + $0 } }
  package var annotations: String { folder + "/annotations.json" }
  /// Boxes as a detector gives them, with scores.
  package var detections: String { folder + "/detections.json" }
  /// The first picture, thrice as large.
  package var large: String { folder + "/large/person.jpg" }
  /// The box of the person in the first picture.
  package var box: BoundingBox { Self.copies[0].box }

  private static let made = Result { try DrawnDataset() }

  private init() throws {
    let scratch = try ScratchFolder("dataset").url
    folder = scratch.path
    let person = try Image(contentsOf: SharedData.checkout.appending(path: "Examples/person.png").path)
    for (id, path) in zip(Self.ids, Self.names.map { scratch.appending(path: $0).path }) {
      try Self.picture(id, of: person).write(to: path)
    }
    try Data(Self.annotationFile.utf8).write(to: scratch.appending(path: "annotations.json"))
    try Data(Self.detectionFile.utf8).write(to: scratch.appending(path: "detections.json"))
    let large = scratch.appending(path: "large")
    try FileManager.default.createDirectory(at: large, withIntermediateDirectories: true)
    try person.enlarged(to: Self.largeSize).write(to: large.appending(path: "person.jpg").path)
  }

  // The pictures

  /// A person in a picture: `Examples/person.png`'s, cut out, scaled and moved.
  private struct Copy {
    var picture: Int
    var x: Int
    var y: Int
    var scale: Double
    var isMirrored = false
    var hasLegs = true

    var box: BoundingBox {
      BoundingBox(
        x: Double(x), y: Double(y), width: Double(DrawnDataset.cut.width) * scale,
        height: Double(DrawnDataset.cut.height) * scale)
    }
  }

  private static let copies = [
    Copy(picture: 21, x: 70, y: 35, scale: 1), Copy(picture: 22, x: 45, y: 35, scale: 1, isMirrored: true),
    Copy(picture: 23, x: 20, y: 40, scale: 0.8), Copy(picture: 23, x: 250, y: 90, scale: 0.6, isMirrored: true),
    Copy(picture: 23, x: 440, y: 60, scale: 0.7), Copy(picture: 24, x: 15, y: 30, scale: 0.5),
    Copy(picture: 24, x: 150, y: 25, scale: 0.5, isMirrored: true, hasLegs: false),
  ]

  private static let sizes = [
    21: Size(height: 480, width: 360), 22: Size(height: 480, width: 360), 23: Size(height: 400, width: 640),
    24: Size(height: 260, width: 300),
  ]

  /// The part of `Examples/person.png` that shows the person.
  private static let cut = (x: 70, y: 35, width: 245, height: 415)

  private static func picture(_ id: Int, of person: Image) throws -> Image {
    guard let size = sizes[id], id != 21 else { return person }
    var pixels: [UInt8] = []
    for y in 0..<size.height {
      for x in 0..<size.width {
        pixels += [UInt8(170 + y * 50 / size.height), UInt8(180 + (x / 16 + y / 16) % 2 * 8), 190]
      }
    }
    for copy in copies where copy.picture == id {
      let (width, height) = (Int(copy.box.width), Int(copy.box.height))
      for row in 0..<height {
        for column in 0..<width {
          let across = Int(Double(copy.isMirrored ? width - 1 - column : column) / copy.scale)
          let down = Int(Double(row) / copy.scale)
          let source = ((cut.y + down) * person.width + cut.x + across) * 3
          let target = ((copy.y + row) * size.width + copy.x + column) * 3
          for channel in 0..<3 { pixels[target + channel] = person.pixels[source + channel] }
        }
      }
    }
    return try Image(width: size.width, height: size.height, pixels: pixels)
  }

  // Its files

  /// Where COCO's joints of the drawn person are.
  private static let joints = [
    (170, 75), (176, 65), (161, 65), (186, 71), (150, 71), (210, 117), (127, 117), (258, 158), (109, 179), (290, 91),
    (98, 236), (191, 234), (146, 234), (202, 329), (143, 328), (213, 416), (140, 418),
  ]

  private static func keypoints(of copy: Copy, number: Int) -> [(x: Double, y: Double, visibility: Int)] {
    let pairs = Dictionary(
      uniqueKeysWithValues: Skeleton.coco17.flipPairs.flatMap { [($0.first, $0.second), ($0.second, $0.first)] })
    return joints.indices.map { index in
      if !copy.hasLegs, index >= 13 { return (0, 0, 0) }
      let joint = joints[copy.isMirrored ? pairs[index] ?? index : index]
      let across = copy.isMirrored ? cut.x + cut.width - 1 - joint.0 : joint.0 - cut.x
      let (wrongX, wrongY) = ((index * 7 + number * 5) % 9 - 4, (index * 4 + number * 7) % 9 - 4)
      let x = Double(copy.x) + copy.scale * Double(across + wrongX)
      let y = Double(copy.y) + copy.scale * Double(joint.1 - cut.y + wrongY)
      return (x.rounded(), y.rounded(), 2)
    }
  }

  private static var annotationFile: String {
    let images = zip(ids, names).map { id, name in
      let size = sizes[id] ?? 0
      return #"{"id": \#(id), "file_name": "\#(name)", "width": \#(size.width), "height": \#(size.height)}"#
    }
    var people = copies.enumerated().map { number, copy in
      let keypoints = keypoints(of: copy, number: number)
      let numbers = keypoints.map { "\($0.x), \($0.y), \($0.visibility)" }.joined(separator: ", ")
      let area = 0.5 * copy.box.width * copy.box.height
      return """
        {"id": \(number + 1), "image_id": \(copy.picture), "category_id": 1, "iscrowd": 0, "area": \(area), \
        "bbox": \(list(copy.box)), "num_keypoints": \(keypoints.count { $0.visibility > 0 }), "keypoints": [\(numbers)]}
        """
    }
    let none = Array(repeating: "0", count: 51).joined(separator: ", ")
    people.append(
      """
      {"id": 8, "image_id": 22, "category_id": 1, "iscrowd": 0, "area": 900, "bbox": [300, 400, 40, 60], \
      "num_keypoints": 0, "keypoints": [\(none)]}
      """)
    people.append(
      """
      {"id": 9, "image_id": 23, "category_id": 1, "iscrowd": 1, "area": 4000, "bbox": [0, 0, 630, 30], \
      "num_keypoints": 0, "keypoints": [\(none)]}
      """)
    let names = Skeleton.coco17.joints.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
    let limbs = Skeleton.coco17.limbs.map { "[\($0.first + 1), \($0.second + 1)]" }.joined(separator: ", ")
    return """
      {"images": [\(images.joined(separator: ",\n"))],
      "annotations": [\(people.joined(separator: ",\n"))],
      "categories": [{"id": 1, "name": "person", "keypoints": [\(names)], "skeleton": [\(limbs)]}]}
      """
  }

  private static var detectionFile: String {
    var entries = copies.enumerated().flatMap { number, copy in
      let step = copy.scale * 4
      return [0.0, 1].map { second in
        var box = copy.box
        box.x += step * (second - 0.5)
        box.y -= step * second
        box.width += step
        return entry(copy.picture, box, score: 0.95 - 0.04 * Double(number) - 0.4 * second)
      }
    }
    for id in ids {
      for x in [0.0, 60] {
        entries.append(entry(id, BoundingBox(x: x, y: 150, width: 50, height: 90), score: 0.2 + x / 1000))
      }
    }
    return "[\(entries.joined(separator: ",\n"))]"
  }

  private static func entry(_ picture: Int, _ box: BoundingBox, score: Double) -> String {
    #"{"image_id": \#(picture), "category_id": 1, "bbox": \#(list(box)), "score": \#(score)}"#
  }

  private static func list(_ box: BoundingBox) -> String { "[\(box.x), \(box.y), \(box.width), \(box.height)]" }
}

extension Image {
  /// Every pixel repeated.
  fileprivate func enlarged(to size: Size) throws -> Image {
    var result: [UInt8] = []
    for y in 0..<size.height {
      for x in 0..<size.width {
        let start = (y * height / size.height * width + x * width / size.width) * 3
        result += pixels[start..<start + 3]
      }
    }
    return try Image(width: size.width, height: size.height, pixels: result)
  }
}
