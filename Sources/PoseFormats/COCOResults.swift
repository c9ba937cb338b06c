#if canImport(CJSON)
  import PoseCore

  /// A result file in COCO's format: `[{"image_id": 1, "category_id": 1, "keypoints": [...], "score": 0.9}]` for poses,
  /// with `bbox` instead of `keypoints` for a detector's boxes. The contents are stored compactly, in two arrays.
  public struct COCOResults: Sendable {
    /// A predicted pose or box.
    public struct Entry: Sendable, Hashable {
      public var imageID: Int
      /// The category, which is 1, COCO's person, if the file does not state it.
      public var categoryID = 1
      /// The score, which is 1 if the file does not state it.
      public var score = 1.0
      /// In pixels, as written.
      public var boundingBox: BoundingBox?
      /// An id of the person that stays the same over time (PoseTrack).
      public var trackID: Int?
      /// The joints' range in ``COCOResults/keypoints``: x, y and score of each. It is empty if there are none.
      public var keypoints = 0..<0
    }

    public private(set) var entries: [Entry] = []
    /// The joints of all entries, one after the other: x and y in pixels as written, and the score.
    public private(set) var keypoints: [Double] = []
    /// The entries that could not be used.
    public private(set) var skipped = SkippedRecords()

    /// Creates an empty collection of results.
    public init() {}

    /// Adds a pose or a box.
    ///
    /// - Parameters:
    ///   - boundingBox: in pixels.
    ///   - keypoints: x and y in pixels, and the score, of each joint; empty for a box.
    public mutating func append(
      imageID: Int, categoryID: Int = 1, score: Double, boundingBox: BoundingBox? = nil, trackID: Int? = nil,
      keypoints: [Double] = []
    ) {
      let start = self.keypoints.count
      self.keypoints += keypoints
      entries.append(
        Entry(
          imageID: imageID, categoryID: categoryID, score: score, boundingBox: boundingBox, trackID: trackID,
          keypoints: start..<self.keypoints.count))
    }

    /// Reads a file.
    ///
    /// - Parameter bad: how entries that cannot be used are handled.
    /// - Throws: ``FormatError`` around a ``FileError`` or an ``AnnotationError``.
    public init(contentsOf path: String, bad: BadRecords = .refuse) throws(FormatError) {
      self = try FormatError.naming(path) { try COCOResults(.opening(path), bad: bad) }
    }

    /// Reads a file's bytes.
    ///
    /// - Throws: ``AnnotationError``.
    public init(json: [UInt8], bad: BadRecords = .refuse) throws(AnnotationError) {
      try self.init(JSONWindow(json), bad: bad)
    }

    private init(_ window: consuming JSONWindow, bad: BadRecords) throws(AnnotationError) {
      var records = JSONRecords(window, bad: bad)
      // Some tools write results as an object with a list `annotations`, which is accepted, too.
      let (parts, found) = try records.concurrentMap(in: [JSONRecords.wholeFile, "annotations"]) { batch in
        Result { () throws(AnnotationError) in try COCOResults(batch, bad: bad) }
      }
      guard !found.isEmpty else { throw .noList(JSONRecords.wholeFile) }
      entries.reserveCapacity(parts.reduce(0) { $0 + $1.entries.count })
      keypoints.reserveCapacity(parts.reduce(0) { $0 + $1.keypoints.count })
      for part in parts { append(part) }
    }

    private init(_ batch: consuming JSONBatch, bad: BadRecords) throws(AnnotationError) {
      skipped = try batch.read(bad: bad) { (reader) throws(JSONError) in try append(reader) }
    }

    /// Adds the results of another file.
    public mutating func append(_ part: COCOResults) {
      let start = keypoints.count
      keypoints += part.keypoints
      for var entry in part.entries {
        if !entry.keypoints.isEmpty {
          entry.keypoints = entry.keypoints.lowerBound + start..<entry.keypoints.upperBound + start
        }
        entries.append(entry)
      }
      skipped.append(contentsOf: part.skipped)
    }

    private mutating func append(_ reader: JSONReader) throws(JSONError) {
      let kept = keypoints.count
      do throws(JSONError) {
        var imageID: Int?
        var entry = Entry(imageID: 0)
        try reader.object { (reader, key) throws(JSONError) in
          switch key {
          case "image_id": imageID = try reader.integer()
          case "category_id": entry.categoryID = try reader.integer()
          case "score": entry.score = try reader.double()
          case "bbox": entry.boundingBox = try reader.box()
          case "track_id":
            entry.trackID = try reader.optional { (reader) throws(JSONError) in try reader.integer() }
          case "keypoints": entry.keypoints = try reader.appendKeypoints(to: &keypoints)
          default: break
          }
        }
        entry.imageID = try reader.required(imageID, "image_id")
        entries.append(entry)
      } catch {
        keypoints.removeSubrange(kept...)
        throw error
      }
    }
  }
#endif
