#if canImport(CJSON)
  import PoseCore

  /// The values that occur in COCO's files.
  extension JSONReader {
    /// The largest coordinate that is accepted. Coordinates far beyond any image would overflow later.
    static let maximumCoordinate = 1e9

    /// A box from x, y, width and height, or nil for null and for an empty list.
    func box() throws(JSONError) -> BoundingBox? {
      if try isNull() { return nil }
      let numbers = try doubles()
      if numbers.isEmpty { return nil }
      guard numbers.count == 4, numbers.allSatisfy({ abs($0) <= Self.maximumCoordinate }) else {
        throw error(.expected("x, y, width and height in pixels"))
      }
      return BoundingBox(x: numbers[0], y: numbers[1], width: numbers[2], height: numbers[3])
    }

    /// Appends three numbers for each joint and returns their range, which is empty for null.
    func appendKeypoints(to keypoints: inout [Double]) throws(JSONError) -> Range<Int> {
      if try isNull() { return 0..<0 }
      let numbers = try doubles()
      guard numbers.count % 3 == 0, numbers.allSatisfy({ abs($0) <= Self.maximumCoordinate }) else {
        throw error(.expected("three numbers in pixels for each joint"))
      }
      let start = keypoints.count
      keypoints.append(contentsOf: numbers)
      return start..<keypoints.count
    }

    /// The coordinates of each polygon along one axis. The result is empty for null.
    func polygons() throws(JSONError) -> [[Double]] {
      if try isNull() { return [] }
      var polygons: [[Double]] = []
      try array { (reader) throws(JSONError) in
        let numbers = try reader.doubles()
        guard polygons.count < Self.maximumCount else { throw reader.error(.tooMany(limit: Self.maximumCount)) }
        guard numbers.allSatisfy({ abs($0) <= Self.maximumCoordinate }) else {
          throw reader.error(.expected("coordinates in pixels"))
        }
        polygons.append(Array(numbers))
      }
      return polygons
    }

    /// x and y.
    func point() throws(JSONError) -> Point {
      let numbers = try doubles()
      guard numbers.count == 2, numbers.allSatisfy({ abs($0) <= Self.maximumCoordinate }) else {
        throw error(.expected("x and y in pixels"))
      }
      return Point(x: numbers[0], y: numbers[1])
    }

    /// A pair of joint numbers.
    func pair() throws(JSONError) -> Skeleton.Pair {
      let numbers = try doubles()
      guard numbers.count == 2, let first = Int(exactly: numbers[0]), let second = Int(exactly: numbers[1]) else {
        throw error(.expected("a pair of joint numbers"))
      }
      return Skeleton.Pair(first, second)
    }

    /// The result of `body`, or nil for null.
    func optional<Value>(
      _ body: (JSONReader) throws(JSONError) -> Value
    ) throws(JSONError) -> Value? {
      try isNull() ? nil : try body(self)
    }

    /// The value of a field, or an error if the field was missing.
    func required<Value>(_ value: Value?, _ field: String) throws(JSONError) -> Value {
      guard let value else { throw error(.missing(field)) }
      return value
    }
  }
#endif
