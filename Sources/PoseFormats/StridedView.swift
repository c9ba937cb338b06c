import PoseGraph

/// Scalars that are `strides` apart in memory, as in PyTorch's views and Fortran's arrays.
struct StridedView {
  let shape: [Int]
  /// The stride of each axis in scalars. None is negative.
  let strides: [Int]
  /// The offset of the first scalar, in scalars.
  let offset: Int

  /// The scalars in C order, or nil if the view is invalid or reaches outside `source`.
  ///
  /// - Parameters:
  ///   - width: the number of bytes of a scalar.
  ///   - limit: the most bytes that may be returned. A stride of 0 repeats scalars, so that a small source can become
  ///     large.
  func contiguous(_ source: ArraySlice<UInt8>, width: Int, limit: Int) -> [UInt8]? {
    guard shape.count == strides.count, offset >= 0, let count = Tensor.count(of: shape),
      case (let size, false) = count.multipliedReportingOverflow(by: width), size <= limit
    else { return nil }
    guard count > 0 else { return [] }
    var last = offset
    for (extent, stride) in zip(shape, strides) {
      let (reach, overflow) = (extent - 1).multipliedReportingOverflow(by: stride)
      guard stride >= 0, !overflow, case (let sum, false) = last.addingReportingOverflow(reach) else { return nil }
      last = sum
    }
    guard last < source.count / width else { return nil }
    if isContiguous { return Array(source.dropFirst(offset * width).prefix(size)) }

    var bytes: [UInt8] = []
    bytes.reserveCapacity(size)
    // Axes of extent 1 need no steps, and their strides can be arbitrarily large.
    let axes = zip(shape, strides).filter { $0.0 > 1 }.map { (extent: $0.0, stride: $0.1) }
    var index = [Int](repeating: 0, count: axes.count)
    var position = source.startIndex + offset * width
    while true {
      bytes.append(contentsOf: source[position..<position + width])
      var axis = axes.count - 1
      while axis >= 0 {
        index[axis] += 1
        position += axes[axis].stride * width
        if index[axis] < axes[axis].extent { break }
        position -= axes[axis].stride * width * axes[axis].extent
        index[axis] = 0
        axis -= 1
      }
      if axis < 0 { return bytes }
    }
  }

  private var isContiguous: Bool {
    var expected = 1
    for (extent, stride) in zip(shape, strides).reversed() where extent != 1 {
      if stride != expected { return false }
      expected *= extent
    }
    return true
  }
}
