#if canImport(CJSON)
  import PoseCore
  import PoseFormats

  /// Annotations and results of COCO's files, put together image by image and category by category as pycocotools does:
  /// annotations of images and categories that are not listed take no part, nor do results of such categories, and of
  /// annotations with the same number the last stands for all.
  public struct COCOComparison: Sendable {
    private let annotations: COCOAnnotations
    private let results: COCOResults
    private var places: [Place] = []
    private var people = GatheredEntries()
    private var found = GatheredEntries()
    /// Whether a result's area is the area of its box. Otherwise it is the area of its keypoints' extent. As in the
    /// published tools, the first result decides for all: boxes are used if it has one.
    private let areasAreBoxes: Bool
    /// What takes no part, or counts in a way that nobody would expect: a sentence each.
    public private(set) var notes: [String] = []

    /// An image and a category that an annotation or a result belongs to.
    private struct Place: Hashable {
      /// The index of the image's last entry.
      var image: Int
      var category: Int
    }

    /// - Parameter categories: the numbers of the categories that are compared; nil for all that the annotations list.
    /// - Throws: ``MetricError`` where a result names an image that the annotations have not.
    public init(
      _ annotations: COCOAnnotations, _ results: COCOResults, categories: Set<Int>? = nil
    ) throws(MetricError) {
      self.annotations = annotations
      self.results = try results.numbered(in: annotations)
      areasAreBoxes = results.entries.first?.boundingBox != nil
      let images = imageIndices()
      let people = annotatedPlaces(images, of: categories)
      let found = try resultPlaces(images, of: categories)
      places = Set(people.map(\.place) + found.map(\.place)).sorted {
        ($0.category, $0.image) < ($1.category, $1.image)
      }
      let indices = Dictionary(uniqueKeysWithValues: zip(places, places.indices))
      self.people = GatheredEntries(people.map { (indices[$0.place] ?? 0, $0.entry) }, places: places.count)
      self.found = GatheredEntries(found.map { (indices[$0.place] ?? 0, $0.entry) }, places: places.count)
    }

    /// The numbers of all categories. A file that lists none has those of its annotations.
    private var categories: Set<Int> {
      Set(
        annotations.categories.isEmpty
          ? annotations.annotations.map(\.categoryID) : annotations.categories.map(\.id))
    }

    /// The last entry of each image, by its number.
    private mutating func imageIndices() -> [Int: Int] {
      var (indices, different): ([Int: Int], [Int]) = ([:], [])
      for (index, image) in annotations.images.enumerated() {
        if let other = indices.updateValue(index, forKey: image.id), annotations.images[other] != image {
          different.append(image.id)
        }
      }
      if let id = different.first {
        notes.append("images of different entries share a number (the first is \(id)): the last entry counts")
      }
      return indices
    }

    private mutating func annotatedPlaces(
      _ images: [Int: Int], of chosen: Set<Int>?
    ) -> [(place: Place, entry: Int)] {
      let listed = categories
      let categories = chosen ?? listed
      var (strangers, unlisted, ids): (Int, [Int: Int], Set<Int>) = (0, [:], [])
      var lasts: [Int: Int] = [:]
      for (index, annotation) in annotations.annotations.enumerated() {
        if images[annotation.imageID] == nil { strangers += 1 }
        if !listed.contains(annotation.categoryID) { unlisted[annotation.categoryID, default: 0] += 1 }
        if lasts.updateValue(index, forKey: annotation.id) != nil { ids.insert(annotation.id) }
      }
      var order = Array(annotations.annotations.indices)
      if !ids.isEmpty {
        // The published tools go through the images by number and look each annotation up by its own.
        order = order.filter {
          images[annotations.annotations[$0].imageID] != nil
            && categories.contains(annotations.annotations[$0].categoryID)
        }
        .sorted { (annotations.annotations[$0].imageID, $0) < (annotations.annotations[$1].imageID, $1) }
        .map { lasts[annotations.annotations[$0].id] ?? $0 }
      }
      if strangers > 0 {
        notes.append("left out, as in pycocotools: \(strangers.counted("annotation")) of images that are not listed")
      }
      for (category, count) in unlisted.sorted(by: { $0.key < $1.key }) {
        notes.append(
          "left out, as in pycocotools: \(count.counted("annotation")) of category \(category), which is not listed")
      }
      if lasts[0] != nil {
        notes.append(
          "annotation 0 counts as missed, as in pycocotools, which takes the id 0 for nobody: number annotations from 1"
        )
      }
      if let id = ids.min() {
        notes.append(
          """
          \(ids.count.counted("annotation id")) used more than once (the first is \(id)): as in pycocotools, the last \
          annotation stands for all of the same id
          """)
      }
      return order.compactMap { index in
        let annotation = annotations.annotations[index]
        guard let image = images[annotation.imageID], categories.contains(annotation.categoryID) else { return nil }
        return (Place(image: image, category: annotation.categoryID), index)
      }
    }

    private mutating func resultPlaces(
      _ images: [Int: Int], of chosen: Set<Int>?
    ) throws(MetricError) -> [(place: Place, entry: Int)] {
      let listed = categories
      var unlisted: [Int: Int] = [:]
      var places: [(place: Place, entry: Int)] = []
      places.reserveCapacity(results.entries.count)
      for (index, result) in results.entries.enumerated() {
        guard let image = images[result.imageID] else {
          throw .unknownImage(id: result.imageID, what: "result \(index)")
        }
        if !listed.contains(result.categoryID) {
          unlisted[result.categoryID, default: 0] += 1
        } else if chosen?.contains(result.categoryID) ?? true {
          places.append((Place(image: image, category: result.categoryID), index))
        }
      }
      let names = listed.sorted().map(String.init).joined(separator: ", ")
      for (category, count) in unlisted.sorted(by: { $0.key < $1.key }) {
        notes.append(
          """
          left out, as in pycocotools: \(count.counted("result")) of category \(category), where the annotations have \
          \(names)
          """)
      }
      return places
    }

    /// How many pairs of an image and a category there are that an annotation or a result belongs to.
    var count: Int { places.count }

    func image(_ index: Int) throws(MetricError) -> EvaluatedImage {
      let (place, found) = (places[index], found[index])
      let image = annotations.images[place.image]
      return EvaluatedImage(
        id: image.id, category: place.category, people: try people(at: index, areCompared: !found.isEmpty),
        results: found.map { entry in
          let result = results.entries[entry]
          return ScoredPose(
            keypoints: Array(results.keypoints[result.keypoints]), score: result.score,
            area: areasAreBoxes ? result.boundingBox?.area : nil)
        },
        crowdIndex: image.crowdIndex)
    }

    private func people(at index: Int, areCompared: Bool) throws(MetricError) -> [AnnotatedPose] {
      var people: [AnnotatedPose] = []
      for entry in self.people[index] {
        let annotation = annotations.annotations[entry]
        // Where nothing was found, an area alone says how large somebody is; objects without joints count for nothing.
        let needsBox = areCompared || annotation.area == nil && !annotation.keypoints.isEmpty
        if annotation.boundingBox == nil, needsBox {
          throw .noBox(what: "annotation \(annotation.id)")
        }
        people.append(
          AnnotatedPose(
            id: annotation.id, keypoints: Array(annotations.keypoints[annotation.keypoints]),
            boundingBox: annotation.boundingBox ?? BoundingBox(x: 0, y: 0, width: 0, height: 0),
            area: annotation.area, isCrowd: annotation.isCrowd, labelledKeypoints: annotation.keypointCount))
      }
      return people
    }

    func boxes(_ index: Int) throws(MetricError) -> EvaluatedBoxes {
      let place = places[index]
      var boxes = EvaluatedBoxes(
        id: annotations.images[place.image].id, category: place.category, objects: [], results: [])
      for entry in people[index] {
        let annotation = annotations.annotations[entry]
        let name = "annotation \(annotation.id) (image \(boxes.id), category \(place.category))"
        guard let box = annotation.boundingBox else { throw .noBox(what: name) }
        // A crowd counts in no size range.
        if annotation.area == nil, !annotation.isCrowd { throw .noArea(what: name) }
        boxes.objects.append(
          AnnotatedBox(id: annotation.id, box, area: annotation.area, isCrowd: annotation.isCrowd))
      }
      for entry in found[index] {
        let result = results.entries[entry]
        guard let box = result.boundingBox else { throw .noBox(what: "result \(entry) (image \(boxes.id))") }
        boxes.results.append(ScoredBox(box, score: result.score))
      }
      return boxes
    }

    /// Refuses annotations of which results of some categories could not be compared with people, whatever the results.
    ///
    /// - Parameter categories: of the results to come.
    /// - Throws: ``MetricError``.
    package func checkAnnotations(rules: KeypointRules, categories: Set<Int>) throws(MetricError) {
      for (index, place) in places.enumerated() {
        let areCompared = categories.contains(place.category)
        let people = try people(at: index, areCompared: areCompared)
        let image = EvaluatedImage(
          id: annotations.images[place.image].id, category: place.category, people: [], results: [])
        try rules.check(people, of: image, areCompared: areCompared)
      }
    }
  }

  /// The indices of a list's entries, gathered by the places that the entries belong to.
  private struct GatheredEntries: Sendable {
    /// Where the entries of each place begin, and the end.
    private var starts = [0]
    private var entries: [Int] = []

    init() {}

    /// - Parameter pairs: entries with the indices of their places. Those of the same place keep their order.
    init(_ pairs: [(place: Int, entry: Int)], places: Int) {
      starts = [Int](repeating: 0, count: places + 1)
      for pair in pairs { starts[pair.place + 1] += 1 }
      for place in 0..<places { starts[place + 1] += starts[place] }
      var ends = starts
      entries = [Int](repeating: 0, count: pairs.count)
      for pair in pairs {
        entries[ends[pair.place]] = pair.entry
        ends[pair.place] += 1
      }
    }

    subscript(place: Int) -> ArraySlice<Int> { entries[starts[place]..<starts[place + 1]] }
  }

  extension Int {
    /// `1 result`, `2 results`
    fileprivate func counted(_ noun: String) -> String { "\(self) \(noun)\(self == 1 ? "" : "s")" }
  }

  extension COCOResults {
    /// With the numbers of the images that entries name by their files.
    func numbered(in annotations: COCOAnnotations) throws(MetricError) -> COCOResults {
      let people = annotations.categories.filter { !$0.keypointNames.isEmpty }.map(\.id)
      let person = people.count == 1 ? people[0] : 1
      let results: COCOResults
      do throws(DetectionError) {
        results = try numbered(by: annotations.images.map { ($0.id, $0.fileName ?? "") }, person: person)
      } catch {
        throw .unknownFile(name: "", reason: "\(error)")
      }
      if let name = results.fileNames.min(by: { $0.key < $1.key })?.value {
        throw .unknownFile(name: name, reason: nil)
      }
      return results
    }
  }

  extension COCOKeypointAP {
    /// Computes the metric from an annotation file and a result file.
    ///
    /// - Throws: ``MetricError``.
    public init(_ files: COCOComparison, rules: KeypointRules = .coco) throws(MetricError) {
      self.init(try COCOMatches(files, rules: rules))
    }
  }

  extension CrowdPoseAP {
    /// Computes the metric from an annotation file and a result file.
    ///
    /// - Throws: ``MetricError``.
    public init(
      _ files: COCOComparison, rules: KeypointRules = .crowdPose, bounds: (medium: Double, hard: Double) = (0.2, 0.8)
    ) throws(MetricError) {
      try self.init(try COCOMatches(files, rules: rules), bounds)
    }
  }

  extension COCOMatches {
    /// Compares the people of an annotation file and a result file.
    init(_ files: COCOComparison, rules: KeypointRules) throws(MetricError) {
      try self.init(count: files.count, rules: rules, people: files.image)
    }
  }
#endif
