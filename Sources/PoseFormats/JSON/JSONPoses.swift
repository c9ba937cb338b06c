#if canImport(CJSON)
  import PoseCore

  /// The values that COCO's files are made of.
  extension JSONReader {
    /// The largest coordinate: what is far beyond any image would overflow later.
    static let maximumCoordinate = 1e9

    /// x, y, width and height; nil for null and for an empty list.
    func box() throws(JSONError) -> BoundingBox? {
      if try isNull() { return nil }
      let numbers = try doubles()
      if numbers.isEmpty { return nil }
      guard numbers.count == 4, numbers.allSatisfy({ abs($0) <= Self.maximumCoordinate }) else {
        throw error(.expected("x, y, width and height in pixels"))
      }
      return BoundingBox(x: numbers[0], y: numbers[1], width: numbers[2], height: numbers[3])
    }

    /// Triples of numbers, one for each joint, and where they went; nothing for null.
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

    /// x and y.
    func point() throws(JSONError) -> Point {
      let numbers = try doubles()
      guard numbers.count == 2, numbers.allSatisfy({ abs($0) <= Self.maximumCoordinate }) else {
        throw error(.expected("x and y in pixels"))
      }
      return Point(x: numbers[0], y: numbers[1])
    }

    /// Two joints' numbers.
    func pair() throws(JSONError) -> Skeleton.Pair {
      let numbers = try doubles()
      guard numbers.count == 2, let first = Int(exactly: numbers[0]), let second = Int(exactly: numbers[1]) else {
        throw error(.expected("a pair of joint numbers"))
      }
      return Skeleton.Pair(first, second)
    }

    /// Nil for null.
    func optional<Value>(
      _ body: (JSONReader) throws(JSONError) -> Value
    ) throws(JSONError) -> Value? {
      try isNull() ? nil : try body(self)
    }

    /// A field's value, which must have been there.
    func required<Value>(_ value: Value?, _ field: String) throws(JSONError) -> Value {
      guard let value else { throw error(.missing(field)) }
      return value
    }
  }
#endif
