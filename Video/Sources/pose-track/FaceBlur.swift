import PoseCore
import PoseImage

/// Makes faces unrecognizable: coarse blocks over the heads of the people who were found.
struct FaceBlur {
  /// Joints of a lower score do not say where a head is.
  var jointThreshold: Double

  private static let face: [Joint] = [.nose, .leftEye, .rightEye, .leftEar, .rightEar]

  /// A copy of a picture with the heads of people covered. Whom no joint of the head is seen of stays as they are.
  func callAsFunction(_ image: Image, _ poses: [Pose]) throws(ImageError) -> Image {
    var pixels = image.pixels
    for pose in poses {
      guard let head = head(of: pose) else { continue }
      cover(head, in: &pixels, width: image.width, height: image.height)
    }
    return try Image(width: image.width, height: image.height, pixels: pixels)
  }

  private func head(of pose: Pose) -> BoundingBox? {
    let seen = Self.face.compactMap { pose[$0] }.filter { $0.score >= jointThreshold }.map(\.position)
    guard let first = seen.first else { return nil }
    let (xs, ys) = (seen.map(\.x), seen.map(\.y))
    let (left, right) = (xs.min() ?? first.x, xs.max() ?? first.x)
    let (top, bottom) = (ys.min() ?? first.y, ys.max() ?? first.y)
    // A head is an eighth of a person; of one who is cut off, joints tell more.
    let height = max(pose.boundingBox.height / 7, 1.8 * max(right - left, bottom - top))
    let (x, y) = ((left + right) / 2, (top + bottom) / 2)
    return BoundingBox(x: x - height * 0.55, y: y - height * 0.65, width: height * 1.1, height: height * 1.3)
  }

  /// Six blocks across, each of the mean color of its pixels.
  private func cover(_ box: BoundingBox, in pixels: inout [UInt8], width: Int, height: Int) {
    let side = max(2, Int((box.width / 6).rounded()))
    func bounds(_ start: Double, _ length: Double, _ limit: Int) -> Range<Int> {
      let first = Int(max(0, min(start, Double(limit))))
      return first..<max(first, Int(min(max(0, start + length), Double(limit))))
    }
    let (columns, rows) = (bounds(box.x, box.width, width), bounds(box.y, box.height, height))
    for top in stride(from: rows.lowerBound, to: rows.upperBound, by: side) {
      for left in stride(from: columns.lowerBound, to: columns.upperBound, by: side) {
        let block = (x: left..<min(left + side, columns.upperBound), y: top..<min(top + side, rows.upperBound))
        for channel in 0..<3 {
          var sum = 0
          for y in block.y { for x in block.x { sum += Int(pixels[3 * (y * width + x) + channel]) } }
          let mean = UInt8(sum / (block.x.count * block.y.count))
          for y in block.y { for x in block.x { pixels[3 * (y * width + x) + channel] = mean } }
        }
      }
    }
  }
}
