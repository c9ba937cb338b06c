import Foundation
import PoseCore
import PoseImage
import PoseMedia

/// Pictures of colored rectangles on gray noise, with annotations of their boxes in COCO's form, for detectors.
package struct RectanglePictures: Sendable {
  package let folder: ScratchFolder
  /// The files' names and what they show.
  package let pictures: [(name: String, size: Size, rectangles: [Rectangle])]

  package struct Rectangle: Sendable, Hashable {
    /// In whole pixels.
    package var box: BoundingBox
    /// The number of the color, which is the class.
    package var color: Int
  }

  /// The names of the colors.
  package static let classes = ["red", "green", "blue"]

  package var annotations: String { folder.path + "/boxes.json" }

  /// - Parameters:
  ///   - count: of the pictures.
  ///   - sizes: of them, one after the other.
  ///   - most: the most rectangles in a picture; the first picture has one.
  package init(count: Int, sizes: [Size] = [Size(height: 48, width: 64)], most: Int = 2, colors: Int = 3) throws {
    folder = try ScratchFolder("rectangles")
    var random = SplitMix(7)
    func below(_ limit: Int) -> Int { Int(random.next() % UInt64(max(limit, 1))) }
    var pictures: [(name: String, size: Size, rectangles: [Rectangle])] = []
    for index in 0..<count {
      let size = sizes[index % sizes.count]
      var pixels: [UInt8] = []
      for _ in 0..<size.width * size.height {
        let gray = UInt8(90 + below(50))
        pixels += [gray, gray, gray]
      }
      var rectangles: [Rectangle] = []
      for _ in 0..<(index == 0 ? 1 : 1 + below(most)) {
        let (width, height) = (size.width / 4 + below(size.width / 4), size.height / 4 + below(size.height / 4))
        let (x, y) = (below(size.width - width), below(size.height - height))
        let box = BoundingBox(x: Double(x), y: Double(y), width: Double(width), height: Double(height))
        if rectangles.contains(where: { $0.box.overlap(with: box) > 0 }) { continue }
        let color = (index + rectangles.count) % colors
        rectangles.append(Rectangle(box: box, color: color))
        for row in y..<y + height {
          for column in x..<x + width {
            for channel in 0..<3 { pixels[3 * (row * size.width + column) + channel] = channel == color ? 255 : 0 }
          }
        }
      }
      let name = "\(index).png"
      try Image(width: size.width, height: size.height, pixels: pixels).write(to: folder.path + "/" + name)
      pictures.append((name, size, rectangles))
    }
    self.pictures = pictures
    try write()
  }

  /// Writes annotations.
  ///
  /// - Parameter extra: what an annotation has besides, by its number from 1 on, as JSON with a comma before.
  package func write(
    to name: String = "boxes.json", classes: [String] = classes, extra: (Int) -> String = { _ in "" }
  ) throws {
    var images: [String] = []
    var annotations: [String] = []
    for (index, picture) in pictures.enumerated() {
      images.append(
        #"{"id":\#(index + 1),"file_name":"\#(picture.name)","width":\#(picture.size.width),"#
          + #""height":\#(picture.size.height)}"#)
      for rectangle in picture.rectangles {
        let (box, number) = (rectangle.box, annotations.count + 1)
        let sides = [box.x, box.y, box.width, box.height].map { "\($0)" }.joined(separator: ",")
        annotations.append(
          #"{"id":\#(number),"image_id":\#(index + 1),"category_id":\#(10 * (rectangle.color + 1)),"bbox":[\#(sides)],"#
            + #""area":\#(box.area)\#(extra(number))}"#)
      }
    }
    let categories = classes.enumerated().map { #"{"id":\#(10 * ($0 + 1)),"name":"\#($1)"}"# }
    let text = """
      {"images":[\(images.joined(separator: ","))],"annotations":[\(annotations.joined(separator: ","))],
      "categories":[\(categories.joined(separator: ","))]}
      """
    try Data(text.utf8).write(to: folder.url.appending(path: name))
  }
}
