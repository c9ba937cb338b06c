import Foundation
import PoseCore
import PoseImage
import PoseMedia

/// A folder with pictures of people whose joints are discs, each joint of a color of its own, and their annotations in COCO's
/// form.
package struct JointPictures: Sendable {
  package let folder: ScratchFolder
  package static let skeleton = Skeleton.lsp14
  package static let radius = 5
  package static let background = UInt8(60)
  /// The color of areas that are crowds, or people without labels.
  package static let ignored: [UInt8] = [200, 60, 200]

  package var annotations: String { folder.path + "/people.json" }

  /// The color of a joint: far from those of the others and from the background.
  package static func color(of joint: Int) -> [UInt8] {
    let number = joint < 12 ? joint + 1 : joint + 2
    return [number % 3, number / 3 % 3, number / 9].map { UInt8($0 * 127) }
  }

  /// - Parameters:
  ///   - sizes: of the pictures; each has one person.
  ///   - crowded: whether the upper left corner of each is a crowd, and the lower right one a person without labels.
  package init(sizes: [Size], crowded: Bool = false) throws {
    folder = try ScratchFolder("joints")
    var (images, people): ([String], [String]) = ([], [])
    let count = Self.skeleton.joints.count
    for (index, size) in sizes.enumerated() {
      var pixels = [UInt8](repeating: Self.background, count: 3 * size.width * size.height)
      func paint(_ color: [UInt8], where belongs: (Int, Int) -> Bool) {
        for y in 0..<size.height {
          for x in 0..<size.width where belongs(x, y) {
            for channel in 0..<3 { pixels[3 * (y * size.width + x) + channel] = color[channel] }
          }
        }
      }
      let joints = (0..<count).map { joint in
        (x: (joint % 5 * 2 + 1) * size.width / 10, y: (joint / 5 * 2 + 1) * size.height / 6)
      }
      for (joint, place) in joints.enumerated() {
        paint(Self.color(of: joint)) { x, y in
          (x - place.x) * (x - place.x) + (y - place.y) * (y - place.y) <= Self.radius * Self.radius
        }
      }
      images.append(
        #"{"id":\#(index + 1),"file_name":"\#(index).png","width":\#(size.width),"height":\#(size.height)}"#)
      let numbers = joints.map { "\($0.x),\($0.y),2" }.joined(separator: ",")
      let id = 10 * (index + 1)
      people.append(
        #"{"id":\#(id),"image_id":\#(index + 1),"category_id":1,"iscrowd":0,"area":\#(size.width * size.height / 2),"#
          + #""bbox":[0,0,\#(size.width),\#(size.height)],"num_keypoints":\#(count),"keypoints":[\#(numbers)]}"#)
      if crowded {
        let (width, height) = (size.width / 4, size.height / 4)
        paint(Self.ignored) { x, y in x < width && y < height }
        paint(Self.ignored) { x, y in x >= size.width - width && y >= size.height - height }
        // Down the columns: a part of each of the first ones.
        var runs = [0] + (0..<width).flatMap { _ in [height, size.height - height] }
        runs[runs.count - 1] += (size.width - width) * size.height
        let none = Array(repeating: "0", count: 3 * count).joined(separator: ",")
        people.append(
          #"{"segmentation":{"counts":[\#(runs.map(String.init).joined(separator: ","))],"#
            + #""size":[\#(size.height),\#(size.width)]},"id":\#(id + 1),"image_id":\#(index + 1),"category_id":1,"#
            + #""iscrowd":1,"area":9,"bbox":[0,0,\#(width),\#(height)],"num_keypoints":0,"keypoints":[\#(none)]}"#)
        let (left, top) = (size.width - width, size.height - height)
        let outline = [left, top, size.width, top, size.width, size.height, left, size.height].map(String.init)
        people.append(
          #"{"segmentation":[[\#(outline.joined(separator: ","))]],"id":\#(id + 2),"image_id":\#(index + 1),"#
            + #""category_id":1,"iscrowd":0,"area":9,"bbox":[\#(left),\#(top),\#(width),\#(height)],"num_keypoints":0,"#
            + #""keypoints":[\#(none)]}"#)
      }
      try Image(width: size.width, height: size.height, pixels: pixels).write(to: folder.path + "/\(index).png")
    }
    let names = Self.skeleton.joints.map { #""\#($0.rawValue)""# }.joined(separator: ",")
    let text = """
      {"images":[\(images.joined(separator: ","))],"annotations":[\(people.joined(separator: ","))],
      "categories":[{"id":1,"name":"person","keypoints":[\(names)],"skeleton":[]}]}
      """
    try Data(text.utf8).write(to: folder.url.appending(path: "people.json"))
  }
}
