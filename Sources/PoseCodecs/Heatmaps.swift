import PoseCore

/// One map a joint: `joints x height x width` floats in C order, a peak where the joint is.
public struct Heatmaps: Sendable, Hashable {
  public let joints: Int
  public let height: Int
  public let width: Int
  public var values: [Float]

  /// - Throws: ``HeatmapError`` where the sizes are not positive or do not match the count of `values`.
  public init(joints: Int, height: Int, width: Int, values: [Float]) throws(HeatmapError) {
    let (area, overflow) = height.multipliedReportingOverflow(by: width)
    let (count, countOverflow) = area.multipliedReportingOverflow(by: joints)
    guard joints > 0, height > 0, width > 0, !overflow, !countOverflow, count == values.count else {
      throw HeatmapError(joints: joints, height: height, width: width, count: values.count)
    }
    self.joints = joints
    self.height = height
    self.width = width
    self.values = values
  }

  init(unchecked values: [Float], joints: Int, height: Int, width: Int) {
    (self.joints, self.height, self.width, self.values) = (joints, height, width, values)
  }

  /// The maps of an output that was checked to be `maps x height x width`.
  ///
  /// - Parameter range: the maps that are read. Defaults to all.
  init(_ tensor: OutputTensor, maps range: Range<Int>? = nil) {
    let (count, height, width) = (tensor.shape[0], tensor.shape[1], tensor.shape[2])
    let range = range ?? 0..<count
    let values =
      range == 0..<count
      ? tensor.values : Array(tensor.values[range.lowerBound * height * width..<range.upperBound * height * width])
    self.init(unchecked: values, joints: range.count, height: height, width: width)
  }

  /// The value of a joint's map.
  public subscript(joint: Int, y: Int, x: Int) -> Float {
    get { values[(joint * height + y) * width + x] }
    set { values[(joint * height + y) * width + x] = newValue }
  }

  /// The floats of one map.
  func range(of joint: Int) -> Range<Int> { joint * height * width..<(joint + 1) * height * width }

  /// Where each map is highest and how high; at (-1, -1) where it is nowhere above zero.
  func peaks() -> [Peak] {
    (0..<joints).map { joint in
      let best = maximum(of: joint)
      guard best > 0 else { return Peak(x: -1, y: -1, value: best) }
      let start = range(of: joint).lowerBound
      let position = values.withUnsafeBufferPointer { values in
        var index = start
        while values[index] != best { index += 1 }
        return index - start
      }
      return Peak(x: Float(position % width), y: Float(position / width), value: best)
    }
  }

  /// The highest value of a map, of those that are numbers.
  func maximum(of joint: Int) -> Float {
    let range = range(of: joint)
    return values.withUnsafeBufferPointer { values in
      let highest = UnsafeBufferPointer(rebasing: values[range]).highest { $0 }
      return highest > -.infinity ? highest : values[range.lowerBound]
    }
  }
}

extension Heatmaps {
  /// The maps at another size, each value between the four nearest (PyTorch's `interpolate`).
  ///
  /// - Parameter alignsCorners: whether the middles of the corners' pixels lie on each other, and not the corners.
  func resized(height: Int, width: Int, alignsCorners: Bool = false) -> Heatmaps {
    if height == self.height, width == self.width { return self }
    func positions(_ extent: Int, _ source: Int) -> [(first: Int, next: Int, share: Float)] {
      let scale =
        alignsCorners ? Float(source - 1) / Float(max(extent - 1, 1)) : Float(source) / Float(extent)
      return (0..<extent).map { index in
        let position = alignsCorners ? Float(index) * scale : max((Float(index) + 0.5) * scale - 0.5, 0)
        let first = min(Int(position), source - 1)
        return (first, min(first + 1, source - 1), position - Float(first))
      }
    }
    let columns = positions(width, self.width)
    let rows = positions(height, self.height)
    var result = [Float](repeating: 0, count: joints * height * width)
    values.withUnsafeBufferPointer { values in
      result.withUnsafeMutableBufferPointer { result in
        for joint in 0..<joints {
          for (y, row) in rows.enumerated() {
            let above = (joint * self.height + row.first) * self.width
            let below = (joint * self.height + row.next) * self.width
            let start = (joint * height + y) * width
            for (x, column) in columns.enumerated() {
              let top = values[above + column.first] * (1 - column.share) + values[above + column.next] * column.share
              let bottom =
                values[below + column.first] * (1 - column.share) + values[below + column.next] * column.share
              result[start + x] = top * (1 - row.share) + bottom * row.share
            }
          }
        }
      }
    }
    return Heatmaps(unchecked: result, joints: joints, height: height, width: width)
  }
}

extension UnsafeBufferPointer<Float> {
  /// The largest distance from zero, of those that are numbers.
  var largestMagnitude: Float { Swift.max(highest { $0 }, highest { -$0 }, 0) }

  /// The highest of the transformed values that are numbers, minus infinity where none is.
  @inline(__always)
  fileprivate func highest(_ transform: (SIMD16<Float>) -> SIMD16<Float>) -> Float {
    var lanes = SIMD16<Float>(repeating: -.infinity)
    var index = 0
    let bytes = UnsafeRawBufferPointer(self)
    while index + 16 <= count {
      let next = transform(bytes.loadUnaligned(fromByteOffset: index * 4, as: SIMD16<Float>.self))
      lanes.replace(with: next, where: next .> lanes)
      index += 16
    }
    while index < count {
      let next = transform(SIMD16(repeating: self[index]))
      lanes.replace(with: next, where: next .> lanes)
      index += 1
    }
    return lanes.max()
  }
}

/// A position on a heatmap's grid, in heatmap pixels.
public struct Peak: Sendable, Hashable {
  public var x: Float
  public var y: Float
  /// The map's value there.
  public var value: Float
}

/// Floats that are no heatmaps of the given size.
public struct HeatmapError: UserError, Hashable {
  public let joints: Int
  public let height: Int
  public let width: Int
  public let count: Int

  public var description: String {
    "\(count) floats are no \(joints) heatmaps of \(height) x \(width): sizes must be positive and their product the count"
  }
}
