#if canImport(CJSON)
  import PoseCore

  /// A result file in COCO's form: `[{"image_id": 1, "category_id": 1, "keypoints": [...], "score": 0.9}]` for poses,
  /// with `bbox` instead of `keypoints` for a detector's boxes. Compact: what is read lies in two arrays.
  public struct COCOResults: Sendable {
    /// A pose or a box that was found.
    public struct Entry: Sendable, Hashable {
      public var imageID: Int
      /// 1, COCO's person, where the file does not say.
      public var categoryID = 1
      /// 1 where the file does not say.
      public var score = 1.0
      /// In pixels, as written.
      public var boundingBox: BoundingBox?
      /// The person over time (PoseTrack).
      public var trackID: Int?
      /// Where in ``COCOResults/keypoints`` the joints are: x, y and score of each. Empty where there are none.
      public var keypoints = 0..<0
    }

    public private(set) var entries: [Entry] = []
    /// The joints of all entries, one after the other: x and y in pixels as written, and the score.
    public private(set) var keypoints: [Double] = []
    /// What could not be used.
    public private(set) var skipped = SkippedRecords()

    /// Reads a file.
    ///
    /// - Parameter bad: what happens to entries that cannot be used.
    /// - Throws: ``FormatError`` around a ``FileError`` or an ``AnnotationError``.
    public init(contentsOf path: String, bad: BadRecords = .refuse) throws(FormatError) {
      self = try FormatError.naming(path) { try COCOResults(.opening(path), bad: bad) }
    }

    /// Reads a file's bytes.
    public init(json: [UInt8], bad: BadRecords = .refuse) throws(AnnotationError) {
      try self.init(JSONWindow(json), bad: bad)
    }

    private init(_ window: consuming JSONWindow, bad: BadRecords) throws(AnnotationError) {
      // Memory that stays untouched costs nothing, growing would.
      keypoints.reserveCapacity(min(window.expectedCount / 8, 64 << 20))
      var records = try JSONRecords(window, bad: bad)
      // Annotations serve as results, too: some tools write them in an object.
      let found = try records.forEach(in: [JSONRecords.wholeFile, "annotations"]) { (_, reader) throws(JSONError) in
        try append(reader)
      }
      guard !found.isEmpty else { throw .noList(JSONRecords.wholeFile) }
      skipped = records.skipped
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
