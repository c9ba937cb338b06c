/// The pixels of an annotation, as COCO's `segmentation` gives them.
public enum Segmentation: Sendable, Hashable {
  /// Outlines, in pixels: x and y in turn.
  case polygons([[Double]])
  /// The lengths of runs down the columns of a picture, one column after the other: of pixels that do not belong, of pixels
  /// that do, and so on.
  case runs([Int], width: Int, height: Int)

  /// The most runs, or numbers of all outlines, that one annotation may have.
  static let maximumCount = 1 << 20
  /// The most pixels of a picture with runs.
  static let maximumPixels = 1 << 28
}

#if canImport(CJSON)
  extension JSONReader {
    /// A segmentation; nil where the value is null or has no outline.
    func segmentation() throws(JSONError) -> Segmentation? {
      if try isNull() { return nil }
      return try isObject() ? runs() : outlines()
    }

    private func outlines() throws(JSONError) -> Segmentation? {
      var (polygons, count): ([[Double]], Int) = ([], 0)
      try array { (reader) throws(JSONError) in
        let numbers = try reader.doubles()
        guard numbers.count.isMultiple(of: 2) else { throw reader.error(.expected("an x and a y for each corner")) }
        count += numbers.count
        guard count <= Segmentation.maximumCount else {
          throw reader.error(.tooMany(limit: Segmentation.maximumCount))
        }
        // Two corners enclose nothing.
        if numbers.count >= 6 { polygons.append(Array(numbers)) }
      }
      return polygons.isEmpty ? nil : .polygons(polygons)
    }

    private func runs() throws(JSONError) -> Segmentation {
      var counts: [Int]?
      var size: [Int] = []
      try object { (reader, key) throws(JSONError) in
        switch key {
        case "counts": counts = try reader.isText() ? reader.compressedRuns() : reader.plainRuns()
        case "size": size = try reader.doubles().compactMap { Int(exactly: $0) }
        default: break
        }
      }
      guard size.count == 2, size.allSatisfy({ (1...65_536).contains($0) }),
        size[0] * size[1] <= Segmentation.maximumPixels
      else { throw error(.expected("a height and a width as the size of runs")) }
      guard let counts, counts.reduce(0, +) == size[0] * size[1] else {
        throw error(.expected("runs that are as long as the picture has pixels"))
      }
      return .runs(counts, width: size[1], height: size[0])
    }

    private func plainRuns() throws(JSONError) -> [Int] {
      var counts: [Int] = []
      try array { (reader) throws(JSONError) in
        try reader.append(reader.integer(), to: &counts)
      }
      return counts
    }

    /// COCO's text: five bits a character, the lowest first, and from the fourth run on the difference to the run before the
    /// last.
    private func compressedRuns() throws(JSONError) -> [Int] {
      var counts: [Int] = []
      var (value, shift) = (0, 0)
      for character in try string().utf8 {
        let bits = Int(character) - 48
        guard (0..<64).contains(bits), shift <= 30 else { throw error(.expected("runs as COCO writes them")) }
        value |= (bits & 31) << shift
        shift += 5
        if bits & 32 != 0 { continue }
        if bits & 16 != 0 { value |= -1 << shift }
        try append(counts.count > 2 ? value + counts[counts.count - 2] : value, to: &counts)
        (value, shift) = (0, 0)
      }
      guard shift == 0 else { throw error(.expected("runs as COCO writes them")) }
      return counts
    }

    private func append(_ run: Int, to runs: inout [Int]) throws(JSONError) {
      guard (0...Segmentation.maximumPixels).contains(run) else { throw error(.expected("a run's length")) }
      guard runs.count < Segmentation.maximumCount else { throw error(.tooMany(limit: Segmentation.maximumCount)) }
      runs.append(run)
    }
  }
#endif
