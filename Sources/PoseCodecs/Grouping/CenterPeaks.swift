import PoseCore

/// People's centers: the places of a heatmap that nothing around them exceeds.
struct CenterPeaks {
  /// The side of the window in which a place has to be the highest.
  var window: Int
  /// The most places, the highest ones.
  var limit: Int
  /// What a place's height must exceed.
  var threshold: Float

  /// - Parameter map: `height x width` heights.
  /// - Returns: the places, counted row by row, the highest first.
  func callAsFunction(_ map: ArraySlice<Float>, _ size: Size) -> [(place: Int, height: Float)] {
    let reach = window / 2
    var found: [(place: Int, height: Float)] = []
    for (place, height) in map.enumerated() where height > threshold {
      let (row, column) = (place / size.width, place % size.width)
      let isHighest = (max(row - reach, 0)...min(row + reach, size.height - 1)).allSatisfy { y in
        let start = map.startIndex + y * size.width
        return map[start + max(column - reach, 0)...start + min(column + reach, size.width - 1)]
          .allSatisfy { !($0 > height) }
      }
      if isHighest { found.append((place, height)) }
    }
    return Array(found.sorted { ($0.height, $1.place) > ($1.height, $0.place) }.prefix(limit))
  }

  /// The window that DEKR and CID take for a map of a size.
  static func window(for size: Size) -> Int {
    let mean = Double(size.height + size.width) / 2
    return mean > 300 ? 7 : mean > 200 ? 5 : 3
  }
}
