#if canImport(CJSON)
  import PoseCore

  /// A ground truth file in COCO's format (`{"images": [...], "annotations": [...], "categories": [...]}`), which COCO,
  /// CrowdPose, OCHuman, AI Challenger, JHMDB and PoseTrack 2018 share. The contents are stored compactly, in a few
  /// arrays.
  ///
  /// Fields that are not named here are skipped.
  public struct COCOAnnotations: Sendable {
    /// A picture.
    public struct Image: Sendable, Hashable {
      public var id: Int
      package var fileName: String?
      /// In pixels, or 0 if the file does not state it.
      public var width = 0
      public var height = 0
      /// How crowded the picture is, from 0 to 1 (CrowdPose).
      package var crowdIndex: Double?
      /// Whether people are annotated in it (PoseTrack).
      package var isLabeled = true
      /// Polygons in which nobody is annotated, in pixels (PoseTrack).
      package var ignoredRegions: [[Point]] = []
    }

    /// A person or another object.
    public struct Annotation: Sendable, Hashable {
      public var id: Int
      package var imageID: Int
      /// The category, which is 1, COCO's person, if the file does not state it.
      package var categoryID = 1
      /// In pixels, as written.
      package var boundingBox: BoundingBox?
      /// In square pixels, as written. COCO gives the area of the segmentation.
      public var area: Double?
      /// The number of labeled joints, as written.
      package var keypointCount: Int?
      package var isCrowd = false
      package var isIgnored = false
      /// An id of the person that stays the same over time (PoseTrack).
      package var trackID: Int?
      /// The pixels of a crowd, and of a person without a labeled joint; nil unless they were asked for.
      package var segmentation: Segmentation?
      /// The joints' range in ``COCOAnnotations/keypoints``: x, y and visibility (0 not labeled, 1 hidden, 2 visible)
      /// of each. It is empty if there are none.
      public var keypoints = 0..<0
    }

    /// A kind of object and its joints.
    public struct Category: Sendable, Hashable {
      public var id: Int
      public var name = ""
      /// The joints' names, in the order of the keypoints.
      package var keypointNames: [String] = []
      /// Pairs of joints that are connected in drawings, counted from 1 as written.
      public var skeleton: [Skeleton.Pair] = []
    }

    public private(set) var images: [Image] = []
    public private(set) var annotations: [Annotation] = []
    public private(set) var categories: [Category] = []
    /// The joints of all annotations, one after the other: x and y in pixels as written, and the visibility.
    public private(set) var keypoints: [Double] = []
    /// Head boxes by the index of the annotation (PoseTrack).
    package private(set) var headBoxes: [Int: BoundingBox] = [:]
    /// The entries that could not be used.
    public private(set) var skipped = SkippedRecords()

    /// The joints of a person that are read.
    public enum Joints: Sendable, Hashable {
      /// None: who needs boxes alone passes over them, whatever they are.
      case none
      /// Those of `keypoints`.
      case body
      /// Those of the body, the feet, the face, the left and the right hand, in the order of COCO-WholeBody (Jin et al.,
      /// ECCV 2020): `keypoints`, `foot_kpts`, `face_kpts`, `lefthand_kpts` and `righthand_kpts`.
      case wholeBody
    }

    /// Reads a file.
    ///
    /// - Parameters:
    ///   - bad: what happens to entries that cannot be used.
    ///   - needsAnnotations: whether a file that lists images alone, as those of COCO's test sets do, is refused.
    ///   - joints: which joints are read.
    ///   - segmentations: whether the pixels of annotations without joints are read, too.
    /// - Throws: ``FormatError`` around a ``FileError`` or an ``AnnotationError``.
    public init(
      contentsOf path: String, bad: BadRecords = .refuse, needsAnnotations: Bool = true, joints: Joints = .body,
      segmentations: Bool = false
    ) throws(FormatError) {
      self = try FormatError.naming(path) {
        try COCOAnnotations(.opening(path), bad: bad, needsAnnotations, joints, segmentations)
      }
    }

    /// Reads a file's bytes.
    ///
    /// - Throws: ``AnnotationError``.
    public init(
      json: [UInt8], bad: BadRecords = .refuse, joints: Joints = .body, segmentations: Bool = false
    ) throws(AnnotationError) {
      try self.init(JSONWindow(json), bad: bad, true, joints, segmentations)
    }

    /// A copy with only some of the pictures and their annotations.
    ///
    /// - Parameter isKept: called with each picture's id.
    public func keeping(_ isKept: (Int) -> Bool) -> COCOAnnotations {
      var kept = self
      kept.images = images.filter { isKept($0.id) }
      kept.annotations = []
      kept.headBoxes = [:]
      for (index, annotation) in annotations.enumerated() where isKept(annotation.imageID) {
        kept.headBoxes[kept.annotations.count] = headBoxes[index]
        kept.annotations.append(annotation)
      }
      return kept
    }

    private init(
      _ window: consuming JSONWindow, bad: BadRecords, _ needsAnnotations: Bool, _ joints: Joints,
      _ segmentations: Bool
    ) throws(AnnotationError) {
      // Memory that stays untouched costs nothing, growing would.
      if joints != .none { keypoints.reserveCapacity(min(window.expectedCount / 8, 64 << 20)) }
      var records = JSONRecords(window, bad: bad)
      let found = try records.forEach(in: ["images", "annotations", "categories"]) { (list, reader) throws(JSONError) in
        switch list {
        case "images": images.append(try Image(reader))
        case "annotations": try appendAnnotation(reader, joints, segmentations)
        default: categories.append(try Category(reader))
        }
      }
      if !found.contains("annotations") {
        guard found.contains("images") else { throw .noList("annotations") }
        guard !needsAnnotations else { throw .imagesAlone }
      }
      skipped = records.skipped
    }

    private mutating func appendAnnotation(
      _ reader: JSONReader, _ joints: Joints, _ segmentations: Bool
    ) throws(JSONError) {
      let kept = keypoints.count
      do throws(JSONError) {
        var (id, imageID): (Int?, Int?)
        var annotation = Annotation(id: 0, imageID: 0)
        var headBox: BoundingBox?
        var (feet, face, leftHand, rightHand): ([Double], [Double], [Double], [Double]) = ([], [], [], [])
        try reader.object { (reader, key) throws(JSONError) in
          switch key {
          case "id": id = try reader.integer()
          case "image_id": imageID = try reader.integer()
          case "category_id": annotation.categoryID = try reader.integer()
          case "bbox": annotation.boundingBox = try reader.box()
          case "area": annotation.area = try reader.optional { (reader) throws(JSONError) in try reader.double() }
          case "num_keypoints" where joints != .none:
            annotation.keypointCount = try reader.optional { (reader) throws(JSONError) in try reader.integer() }
          case "iscrowd": annotation.isCrowd = try reader.bool()
          case "ignore": annotation.isIgnored = try reader.bool()
          case "track_id":
            annotation.trackID = try reader.optional { (reader) throws(JSONError) in try reader.integer() }
          case "keypoints" where joints != .none:
            annotation.keypoints = try reader.appendKeypoints(to: &keypoints)
          case "foot_kpts" where joints == .wholeBody: _ = try reader.appendKeypoints(to: &feet)
          case "face_kpts" where joints == .wholeBody: _ = try reader.appendKeypoints(to: &face)
          case "lefthand_kpts" where joints == .wholeBody: _ = try reader.appendKeypoints(to: &leftHand)
          case "righthand_kpts" where joints == .wholeBody: _ = try reader.appendKeypoints(to: &rightHand)
          case "segmentation" where segmentations: annotation.segmentation = try reader.segmentation()
          case "bbox_head": headBox = try reader.box()
          default: break
          }
        }
        if joints == .wholeBody {
          // The body's joints, if there are any, are the last in the list.
          let start = annotation.keypoints.isEmpty ? keypoints.count : annotation.keypoints.lowerBound
          for part in [feet, face, leftHand, rightHand] { keypoints += part }
          annotation.keypoints = start..<keypoints.count
        }
        if !annotation.isCrowd, annotation.keypointCount != 0,
          keypoints[annotation.keypoints].contains(where: { $0 > 0 })
        {
          annotation.segmentation = nil
        }
        annotation.id = try reader.required(id, "id")
        annotation.imageID = try reader.required(imageID, "image_id")
        if let headBox { headBoxes[annotations.count] = headBox }
        annotations.append(annotation)
      } catch {
        keypoints.removeSubrange(kept...)
        throw error
      }
    }
  }

  extension COCOAnnotations.Image {
    fileprivate init(_ reader: JSONReader) throws(JSONError) {
      var id: Int?
      var image = Self(id: 0)
      var (regionsX, regionsY): ([[Double]], [[Double]]) = ([], [])
      try reader.object { (reader, key) throws(JSONError) in
        switch key {
        case "id": id = try reader.integer()
        case "file_name": image.fileName = try reader.optional { (reader) throws(JSONError) in try reader.string() }
        case "width": image.width = try reader.integer()
        case "height": image.height = try reader.integer()
        case "crowdIndex": image.crowdIndex = try reader.double()
        case "is_labeled": image.isLabeled = try reader.bool()
        case "ignore_regions_x": regionsX = try reader.polygons()
        case "ignore_regions_y": regionsY = try reader.polygons()
        default: break
        }
      }
      image.id = try reader.required(id, "id")
      guard regionsX.map(\.count) == regionsY.map(\.count) else {
        throw reader.error(.expected("as many ignore_regions_x as ignore_regions_y"))
      }
      image.ignoredRegions = zip(regionsX, regionsY).map { zip($0, $1).map { Point(x: $0, y: $1) } }
      self = image
    }
  }

  extension COCOAnnotations.Category {
    fileprivate init(_ reader: JSONReader) throws(JSONError) {
      var id: Int?
      var category = Self(id: 0)
      try reader.object { (reader, key) throws(JSONError) in
        switch key {
        case "id": id = try reader.integer()
        case "name": category.name = try reader.string()
        case "keypoints":
          try reader.array { (reader) throws(JSONError) in category.keypointNames.append(try reader.string()) }
        case "skeleton":
          try reader.array { (reader) throws(JSONError) in category.skeleton.append(try reader.pair()) }
        default: break
        }
      }
      category.id = try reader.required(id, "id")
      self = category
    }
  }
#endif
