import CPoseJPEG
import PoseCore

extension Source {
  /// Decodes the pixels of a region, and perhaps some around it, to where they lie in the whole picture at 1/`factor` of
  /// its size. They are the same as those of a whole decoded picture; what lies below them is not even read.
  ///
  /// - Parameter region: in pixels of the picture as it is stored.
  func decodeJPEG(
    _ header: JPEGHeader, region: BoundingBox, factor: Int, into samples: UnsafeMutableBufferPointer<UInt8>
  ) throws(MediaError) {
    let (columns, rows) = (header.width.dividedUp(by: factor), header.height.dividedUp(by: factor))
    func covered(_ start: Double, _ extent: Double, _ count: Int) -> Range<Int>? {
      // Small pixels lie between those that they stand for: one more on both sides.
      let margin = factor == 1 ? 0.0 : 1.0
      let first = (start / Double(factor) - margin).rounded(.down)
      let last = ((start + extent) / Double(factor) + margin).rounded(.up)
      guard first < Double(count), last >= 0 else { return nil }
      let (low, high) = (Int(max(first, 0)), Int(min(last, Double(count - 1))))
      return low <= high ? low..<high + 1 : nil
    }
    guard samples.count >= columns * rows * 3, let x = covered(region.x, region.width, columns),
      let y = covered(region.y, region.height, rows)
    else { return }
    var message = Array(repeating: CChar(0), count: Int(POSE_JPEG_MESSAGE))
    let status = bytes.withUnsafeBufferPointer {
      pose_decode_jpeg_region(
        $0.baseAddress, $0.count, Int32(factor), columns, rows,
        pose_region(left: x.lowerBound, top: y.lowerBound, right: x.upperBound, bottom: y.upperBound),
        samples.baseAddress, &message)
    }
    guard status == 0 else {
      let text = message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
      throw .damaged(path: path, format: "JPEG", reason: String(decoding: text, as: UTF8.self))
    }
  }
}
