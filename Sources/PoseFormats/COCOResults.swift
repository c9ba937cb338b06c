#if canImport(CJSON)
  import PoseCore

  /// A result file in COCO's form: `[{"image_id": 1, "category_id": 1, "keypoints": [...], "score": 0.9}]` for poses,
  /// with `bbox` instead of `keypoints` for a detector's boxes. Compact: what is read lies in two arrays.
  ///
  /// What `pose predict` writes is read, too. Its poses name their pictures' files, as boxes with `file_name` instead of
  /// `image_id` do: ``numbered(by:person:)`` finds the numbers.
  public struct COCOResults: Sendable {
    /// A predicted pose or box.
    public struct Entry: Sendable, Hashable {
      package var imageID: Int
      /// The category, which is 1, COCO's person, if the file does not state it.
      package var categoryID = 1
      /// The score, which is 1 if the file does not state it.
      public var score = 1.0
      /// In pixels, as written.
      package var boundingBox: BoundingBox?
      /// An id of the person that stays the same over time (PoseTrack).
      package var trackID: Int?
      /// The annotation whose person this is, where the file says so.
      package var annotationID: Int?
      /// Where in ``COCOResults/keypoints`` the joints are: x, y and score of each. Empty where there are none.
      public var keypoints = 0..<0
    }

    public private(set) var entries: [Entry] = []
    /// The joints of all entries, one after the other: x and y in pixels as written, and the score.
    public private(set) var keypoints: [Double] = []
    /// The file names of those entries that have one instead of the number of an image.
    package private(set) var fileNames: [Int: String] = [:]
    /// The file names of those entries whose image the file lists by number and name, as PoseTrack's do.
    private var listedNames: [Int: String] = [:]
    /// The names of the images that the file lists, by number.
    private var imageNames: [Int: String] = [:]
    /// What could not be used.
    public private(set) var skipped = SkippedRecords()
    /// Whether the file is one of `pose predict`.
    private var isPrediction = false

    /// What a file is read for.
    public enum Use: Sendable, Hashable {
      /// Boxes, which annotations have, too, or PoseTrack's poses, which its tools write as annotations, with the score of
      /// each joint in `scores` beside its visibility in `keypoints`.
      case boxes
      /// Poses. Annotations are refused.
      case poses
      /// Poses that count by their scores, which must be there.
      case rankedPoses
      /// Boxes that count by their scores. Both must be there. Annotations are refused, and joints are not read.
      case rankedBoxes

      var takesAnnotations: Bool { self == .boxes }
      var needsScore: Bool { self == .rankedPoses || self == .rankedBoxes }
      var needsBox: Bool { self == .rankedBoxes }
    }

    /// Creates an empty collection of results.
    public init() {}

    /// Adds a pose or a box.
    ///
    /// - Parameters:
    ///   - boundingBox: in pixels.
    ///   - keypoints: x and y in pixels, and the score, of each joint; empty for a box.
    public mutating func append(
      imageID: Int, categoryID: Int = 1, score: Double, boundingBox: BoundingBox? = nil, trackID: Int? = nil,
      annotationID: Int? = nil, keypoints: [Double] = []
    ) {
      let start = self.keypoints.count
      self.keypoints += keypoints
      entries.append(
        Entry(
          imageID: imageID, categoryID: categoryID, score: score, boundingBox: boundingBox, trackID: trackID,
          annotationID: annotationID, keypoints: start..<self.keypoints.count))
    }

    /// Reads a file.
    ///
    /// - Parameters:
    ///   - bad: what happens to entries that cannot be used.
    ///   - use: what they are for.
    /// - Throws: ``FormatError`` around a ``FileError`` or an ``AnnotationError``.
    public init(contentsOf path: String, bad: BadRecords = .refuse, for use: Use = .boxes) throws(FormatError) {
      self = try FormatError.naming(path) { try COCOResults(.opening(path), bad: bad, use) }
    }

    /// Reads a file's bytes.
    public init(json: [UInt8], bad: BadRecords = .refuse, for use: Use = .boxes) throws(AnnotationError) {
      try self.init(JSONWindow(json), bad: bad, use)
    }

    private init(_ window: consuming JSONWindow, bad: BadRecords, _ use: Use) throws(AnnotationError) {
      var records = JSONRecords(window, bad: bad)
      var (parts, found) = try records.concurrentMap(in: [JSONRecords.wholeFile, "annotations", "images"]) { batch in
        Result { () throws(AnnotationError) in try COCOResults(batch, bad: bad, use) }
      }
      guard !found.isEmpty else { throw .noList(JSONRecords.wholeFile) }
      if found.contains("annotations") {
        guard use.takesAnnotations else { throw .annotationsAsResults }
      } else if !parts.isEmpty, found.contains("images"), !parts.contains(where: \.isPrediction) {
        throw .picturesAlone
      }
      entries.reserveCapacity(parts.reduce(0) { $0 + $1.entries.count })
      keypoints.reserveCapacity(parts.reduce(0) { $0 + $1.keypoints.count })
      // Each part's memory is free as soon as it is copied.
      var rest = Array(parts.reversed())
      parts = []
      while let part = rest.popLast() { append(part) }
      // Numbers are of this file alone; names may be those of others, too.
      if !imageNames.isEmpty {
        for (index, entry) in entries.enumerated() { listedNames[index] = imageNames[entry.imageID] }
        imageNames = [:]
      }
    }

    private init(_ batch: consuming JSONBatch, bad: BadRecords, _ use: Use) throws(AnnotationError) {
      skipped = try batch.read(bad: bad) { (list, reader) throws(JSONError) in
        switch list {
        case "images": try appendPicture(reader, use)
        // Refused as a whole, whatever its entries are like.
        case "annotations" where !use.takesAnnotations: break
        default: try append(reader, use)
        }
      }
    }

    /// Adds the results of another file.
    public mutating func append(_ part: COCOResults) {
      let (start, first) = (keypoints.count, entries.count)
      keypoints += part.keypoints
      for (index, name) in part.fileNames { fileNames[first + index] = name }
      for (index, name) in part.listedNames { listedNames[first + index] = name }
      imageNames.merge(part.imageNames) { $1 }
      isPrediction = isPrediction || part.isPrediction
      for var entry in part.entries {
        if !entry.keypoints.isEmpty {
          entry.keypoints = entry.keypoints.lowerBound + start..<entry.keypoints.upperBound + start
        }
        entries.append(entry)
      }
      skipped.append(contentsOf: part.skipped)
    }

    private mutating func append(_ reader: JSONReader, _ use: Use) throws(JSONError) {
      let kept = keypoints.count
      do throws(JSONError) {
        var (imageID, fileName, hasScore): (Int?, String?, Bool) = (nil, nil, false)
        var entry = Entry(imageID: 0)
        var scores: [Double] = []
        try reader.object { (reader, key) throws(JSONError) in
          switch key {
          case "image_id": imageID = try reader.integer()
          case "category_id": entry.categoryID = try reader.integer()
          case "file_name": fileName = try reader.optional { (reader) throws(JSONError) in try reader.string() }
          case "score":
            entry.score = try reader.double()
            hasScore = true
          case "bbox": entry.boundingBox = try reader.box()
          case "track_id":
            entry.trackID = try reader.optional { (reader) throws(JSONError) in try reader.integer() }
          case "annotation_id":
            entry.annotationID = try reader.optional { (reader) throws(JSONError) in try reader.integer() }
          case "keypoints" where !use.needsBox: entry.keypoints = try reader.appendKeypoints(to: &keypoints)
          case "scores" where use.takesAnnotations:
            scores = try reader.optional { (reader) throws(JSONError) in Array(try reader.doubles()) } ?? []
          default: break
          }
        }
        score(entry.keypoints, scores)
        if use.needsScore, !hasScore { throw reader.error(.missing("score")) }
        if use.needsBox { entry.boundingBox = try reader.required(entry.boundingBox, "bbox") }
        if let fileName, imageID == nil {
          fileNames[entries.count] = fileName
        } else {
          entry.imageID = try reader.required(imageID, "image_id")
        }
        entries.append(entry)
      } catch {
        keypoints.removeSubrange(kept...)
        throw error
      }
    }

    /// Gives joints the scores that are listed beside them. Those at (0, 0) without visibility were not found.
    private mutating func score(_ range: Range<Int>, _ scores: [Double]) {
      guard scores.count * 3 == range.count else { return }
      for (joint, score) in zip(stride(from: range.lowerBound, to: range.upperBound, by: 3), scores)
      where keypoints[joint..<joint + 3].contains(where: { $0 != 0 }) {
        keypoints[joint + 2] = score
      }
    }

    /// A picture of `pose predict`, with the poses found in it, or one of those that PoseTrack's results list.
    private mutating func appendPicture(_ reader: JSONReader, _ use: Use) throws(JSONError) {
      let (kept, first) = (keypoints.count, entries.count)
      do throws(JSONError) {
        var (file, id, name): (String?, Int?, String?) = (nil, nil, nil)
        try reader.object { (reader, key) throws(JSONError) in
          switch key {
          case "file": file = try reader.string()
          case "id" where use.takesAnnotations: id = try reader.integer()
          case "file_name" where use.takesAnnotations:
            name = try reader.optional { (reader) throws(JSONError) in try reader.string() }
          case "poses":
            isPrediction = true
            try reader.array { (reader) throws(JSONError) in try appendPose(reader, use) }
          default: break
          }
        }
        for index in first..<entries.count { fileNames[index] = try reader.required(file, "file") }
        if let id, let name { imageNames[id] = name }
      } catch {
        keypoints.removeSubrange(kept...)
        entries.removeSubrange(first...)
        throw error
      }
    }

    private mutating func appendPose(_ reader: JSONReader, _ use: Use) throws(JSONError) {
      var entry = Entry(imageID: 0)
      var hasScore = false
      let start = keypoints.count
      try reader.object { (reader, key) throws(JSONError) in
        switch key {
        case "score":
          entry.score = try reader.double()
          hasScore = true
        case "bbox": entry.boundingBox = try reader.box()
        case "keypoints" where !use.needsBox:
          try reader.array { (reader) throws(JSONError) in try appendJoint(reader) }
        default: break
        }
      }
      if use.needsScore, !hasScore { throw reader.error(.missing("score")) }
      if use.needsBox { entry.boundingBox = try reader.required(entry.boundingBox, "bbox") }
      entry.keypoints = start..<keypoints.count
      entries.append(entry)
    }

    private mutating func appendJoint(_ reader: JSONReader) throws(JSONError) {
      var (x, y, score): (Double?, Double?, Double) = (nil, nil, 0)
      try reader.object { (reader, key) throws(JSONError) in
        switch key {
        case "x": x = try reader.double()
        case "y": y = try reader.double()
        case "score": score = try reader.double()
        default: break
        }
      }
      keypoints += [try reader.required(x, "x"), try reader.required(y, "y"), score]
    }

    // MARK: File names

    /// The results with the numbers of the images whose file names they have. Names of other images stay in
    /// ``fileNames``. Entries whose image their file lists by number and name keep the number unless the name is that of one
    /// image.
    ///
    /// - Parameters:
    ///   - images: the numbers and paths of the images.
    ///   - person: the category of people, which poses of `pose predict` are of.
    /// - Throws: ``DetectionError`` where a name is that of several images.
    package func numbered(
      by images: @autoclosure () -> [(id: Int, path: String)], person: Int = 1
    ) throws(DetectionError) -> COCOResults {
      guard !fileNames.isEmpty || !listedNames.isEmpty else { return self }
      let images = images()
      let names = PictureNames(images.map(\.path))
      var numbered = self
      for (index, name) in listedNames {
        if case .picture(let picture) = names.picture(named: name) {
          numbered.entries[index].imageID = images[picture].id
        }
      }
      for (index, name) in fileNames {
        switch names.picture(named: name) {
        case .nothing: break
        case .picture(let picture):
          numbered.entries[index].imageID = images[picture].id
          numbered.fileNames[index] = nil
        case .ambiguous(let first, let second) where images[first].id == images[second].id:
          numbered.entries[index].imageID = images[first].id
          numbered.fileNames[index] = nil
        case .ambiguous(let first, let second):
          throw .ambiguous(name: "'\(name)'", first: images[first].path, second: images[second].path)
        }
        if isPrediction { numbered.entries[index].categoryID = person }
      }
      return numbered
    }
  }
#endif
