import PoseCore

extension Heatmaps {
  /// The maps of a mirrored picture as if of the picture itself: each map mirrored, paired joints exchanged.
  ///
  /// - Parameters:
  ///   - shifted: moves the maps one column to the right, the first column staying, which makes up for the standard
  ///     transforms' misalignment; not for UDP.
  ///   - mapsPerJoint: 3 for UDP's combined maps, whose offsets in x change their sign.
  public func flippedBack(_ pairs: [Skeleton.Pair], shifted: Bool, mapsPerJoint: Int = 1) -> Heatmaps {
    var sources = Array(0..<joints)
    for pair in pairs {
      for map in 0..<mapsPerJoint {
        let (a, b) = (pair.first * mapsPerJoint + map, pair.second * mapsPerJoint + map)
        guard sources.indices.contains(a), sources.indices.contains(b) else { continue }
        (sources[a], sources[b]) = (b, a)
      }
    }
    var result = self
    values.withUnsafeBufferPointer { values in
      result.values.withUnsafeMutableBufferPointer { result in
        for joint in 0..<joints {
          let sign: Float = mapsPerJoint == 3 && joint % 3 == 1 ? -1 : 1
          for y in 0..<height {
            let source = UnsafeBufferPointer(rebasing: values[(sources[joint] * height + y) * width..<values.count])
            let target = UnsafeMutableBufferPointer(rebasing: result[(joint * height + y) * width..<result.count])
            let shift = shifted ? 1 : 0
            target[0] = sign * source[width - 1]
            for x in shift..<width { target[x] = sign * source[width - 1 + shift - x] }
          }
        }
      }
    }
    return result
  }

  /// The mean of two maps of the same size, as the flip test takes it.
  public func averaged(with other: Heatmaps) -> Heatmaps {
    precondition(other.values.count == values.count, "heatmaps of two sizes have no mean")
    var result = self
    for index in values.indices { result.values[index] = (values[index] + other.values[index]) * 0.5 }
    return result
  }

  /// The sum with maps of the same size.
  func plus(_ other: Heatmaps) -> Heatmaps {
    precondition(other.values.count == values.count, "heatmaps of two sizes have no sum")
    var result = self
    for index in values.indices { result.values[index] += other.values[index] }
    return result
  }

  mutating func divide(by count: Float) {
    if count == 1 { return }
    for index in values.indices { values[index] /= count }
  }
}
