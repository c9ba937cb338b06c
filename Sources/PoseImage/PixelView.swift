/// A picture in memory that somebody else keeps: 8-bit RGB, interleaved, rows from top to bottom, perhaps with padding
/// between them. Valid only as long as that memory.
package struct PixelView {
  package let memory: UnsafeBufferPointer<UInt8>
  package let width: Int
  package let height: Int
  package let bytesPerRow: Int

  /// - Throws: ``ImageError`` where a size is not positive or there is less memory than the sizes say.
  package init(
    _ memory: UnsafeBufferPointer<UInt8>, width: Int, height: Int, bytesPerRow: Int? = nil
  ) throws(ImageError) {
    let (row, overflow) = width.multipliedReportingOverflow(by: 3)
    let stride = bytesPerRow ?? row
    let (above, sizeOverflow) = stride.multipliedReportingOverflow(by: max(height - 1, 0))
    let (expected, sumOverflow) = above.addingReportingOverflow(row)
    guard width > 0, height > 0, !overflow, !sizeOverflow, !sumOverflow, stride >= row else {
      throw .invalidSize(width: width, height: height)
    }
    guard memory.count >= expected else {
      throw .wrongByteCount(width: width, height: height, expected: expected, actual: memory.count)
    }
    self.init(checked: memory, width: width, height: height, bytesPerRow: stride)
  }

  fileprivate init(checked memory: UnsafeBufferPointer<UInt8>, width: Int, height: Int, bytesPerRow: Int) {
    self.memory = memory
    self.width = width
    self.height = height
    self.bytesPerRow = bytesPerRow
  }
}

extension Image {
  /// Lends the pixels.
  package func withView<Result>(_ body: (PixelView) throws -> Result) rethrows -> Result {
    try pixels.withUnsafeBufferPointer {
      try body(PixelView(checked: $0, width: width, height: height, bytesPerRow: width * 3))
    }
  }

  /// A copy of pixels that somebody else keeps.
  package init(_ view: PixelView) throws(ImageError) {
    var pixels: [UInt8] = []
    pixels.reserveCapacity(view.width * view.height * 3)
    for y in 0..<view.height {
      pixels += UnsafeBufferPointer(rebasing: view.memory[(y * view.bytesPerRow)...].prefix(view.width * 3))
    }
    try self.init(width: view.width, height: view.height, pixels: pixels)
  }
}
