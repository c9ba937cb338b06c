#if canImport(CJSON)
  import PoseCore

  /// MPII's annotations in the JSON that the published code of HRNet reads:
  /// `[{"image": "a.jpg", "center": [x, y], "scale": s, "joints": [[x, y], ...], "joints_vis": [1, ...]}]`. Pixels are
  /// counted from 1. Test files have no joints.
  public struct MPIIAnnotations: Sendable {
    /// A person.
    public struct Person: Sendable, Hashable {
      /// The picture's file name.
      public var image: String
      /// In pixels, counted from 1, or (-1, -1) if it is unknown.
      public var center: Point
      /// The person's height in units of 200 pixels.
      public var scale: Double
      /// The joints' range in ``MPIIAnnotations/keypoints``. It is empty if there are none.
      public var keypoints = 0..<0
    }

    public private(set) var people: [Person] = []
    /// The joints of all people, one after the other: x and y in pixels counted from 1, and 1 if the joint is labeled
    /// or 0 if it is not.
    public private(set) var keypoints: [Double] = []
    /// The entries that could not be used.
    public private(set) var skipped = SkippedRecords()

    /// Reads a file.
    ///
    /// - Parameter bad: how entries that cannot be used are handled.
    /// - Throws: ``FormatError`` around a ``FileError`` or an ``AnnotationError``.
    public init(contentsOf path: String, bad: BadRecords = .refuse) throws(FormatError) {
      self = try FormatError.naming(path) { try MPIIAnnotations(.opening(path), bad: bad) }
    }

    /// Reads a file's bytes.
    ///
    /// - Throws: ``AnnotationError``.
    public init(json: [UInt8], bad: BadRecords = .refuse) throws(AnnotationError) {
      try self.init(JSONWindow(json), bad: bad)
    }

    private init(_ window: consuming JSONWindow, bad: BadRecords) throws(AnnotationError) {
      var records = JSONRecords(window, bad: bad)
      let found = try records.forEach(in: [JSONRecords.wholeFile]) { (_, reader) throws(JSONError) in
        try append(reader)
      }
      guard !found.isEmpty else { throw .noList(JSONRecords.wholeFile) }
      skipped = records.skipped
    }

    private mutating func append(_ reader: JSONReader) throws(JSONError) {
      var (image, center, scale): (String?, Point?, Double?)
      var (joints, labels): ([Point], [Double]) = ([], [])
      try reader.object { (reader, key) throws(JSONError) in
        switch key {
        case "image": image = try reader.string()
        case "center": center = try reader.point()
        case "scale": scale = try reader.double()
        case "joints": try reader.array { (reader) throws(JSONError) in joints.append(try reader.point()) }
        case "joints_vis": labels = Array(try reader.doubles())
        default: break
        }
      }
      guard labels.isEmpty || labels.count == joints.count else {
        throw reader.error(.expected("as many 'joints' as 'joints_vis'"))
      }
      var person = Person(
        image: try reader.required(image, "image"), center: try reader.required(center, "center"),
        scale: try reader.required(scale, "scale"))
      guard person.scale > 0, person.scale <= 1e6 else { throw reader.error(.expected("a scale above 0")) }
      let start = keypoints.count
      for (index, joint) in joints.enumerated() {
        keypoints += [joint.x, joint.y, labels.isEmpty || labels[index] > 0 ? 1 : 0]
      }
      person.keypoints = start..<keypoints.count
      people.append(person)
    }
  }
#endif
