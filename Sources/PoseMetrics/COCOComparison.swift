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
    /// Whether a result's area is the area of its box. Otherwise it is the area of its keypoints' extent. As in the
    /// published tools, the first result decides for all: boxes are used if it has one.
    private let areasAreBoxes: Bool
    /// What takes no part, or counts in a way that nobody would expect: a sentence each.
    public private(set) var notes: [String] = []

    /// An image and a category, with the indices of the people and results that belong to them.
    private struct Place: Sendable {
      var image: Int
      var category: Int
      var people: [Int] = []
      var results: [Int] = []
    }

    private struct Key: Hashable {
      var image: Int
      var category: Int
    }

    /// - Throws: ``MetricError`` where a result names an image that the annotations have not.
    public init(_ annotations: COCOAnnotations, _ results: COCOResults) throws(MetricError) {
      self.annotations = annotations
      self.results = try results.numbered(in: annotations)
      areasAreBoxes = results.entries.first?.boundingBox != nil
      let images = imageIndices()
      let listed = Set(annotations.categories.map(\.id))
      // A file that lists no categories has those of its annotations.
      let categories = (listed.isEmpty ? Set(annotations.annotations.map(\.categoryID)) : listed).sorted()
      var indices: [Key: Int] = [:]
      for category in categories {
        for image in images.values.sorted() {
          indices[Key(image: annotations.images[image].id, category: category)] = places.count
          places.append(Place(image: image, category: category))
        }
      }
      place(indices, images: images, categories: Set(categories))
      try placeResults(indices, images: images)
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

    private mutating func place(_ indices: [Key: Int], images: [Int: Int], categories: Set<Int>) {
      var (strangers, unlisted, ids): (Int, [Int: Int], Set<Int>) = (0, [:], [])
      var lasts: [Int: Int] = [:]
      for (index, annotation) in annotations.annotations.enumerated() {
        if images[annotation.imageID] == nil { strangers += 1 }
        if !categories.contains(annotation.categoryID) { unlisted[annotation.categoryID, default: 0] += 1 }
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
      for index in order {
        let annotation = annotations.annotations[index]
        if let place = indices[Key(image: annotation.imageID, category: annotation.categoryID)] {
          places[place].people.append(index)
        }
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
    }

    private mutating func placeResults(_ indices: [Key: Int], images: [Int: Int]) throws(MetricError) {
      var unlisted: [Int: Int] = [:]
      for (index, result) in results.entries.enumerated() {
        if let place = indices[Key(image: result.imageID, category: result.categoryID)] {
          places[place].results.append(index)
        } else if images[result.imageID] == nil {
          throw .unknownImage(id: result.imageID, what: "result \(index)")
        } else {
          unlisted[result.categoryID, default: 0] += 1
        }
      }
      let listed = Set(places.map(\.category)).sorted().map(String.init).joined(separator: ", ")
      for (category, count) in unlisted.sorted(by: { $0.key < $1.key }) {
        notes.append(
          """
          left out, as in pycocotools: \(count.counted("result")) of category \(category), where the annotations have \
          \(listed)
          """)
      }
    }

    /// How many pairs of an image and a category there are.
    var count: Int { places.count }

    func image(_ index: Int) throws(MetricError) -> EvaluatedImage {
      let place = places[index]
      let image = annotations.images[place.image]
      var evaluated = EvaluatedImage(
        id: image.id, category: place.category, people: try people(of: place, areCompared: !place.results.isEmpty),
        results: [], crowdIndex: image.crowdIndex)
      evaluated.results = place.results.map { index in
        let result = results.entries[index]
        return ScoredPose(
          keypoints: Array(results.keypoints[result.keypoints]), score: result.score,
          area: areasAreBoxes ? result.boundingBox?.area : nil)
      }
      return evaluated
    }

    private func people(of place: Place, areCompared: Bool) throws(MetricError) -> [AnnotatedPose] {
      var people: [AnnotatedPose] = []
      for index in place.people {
        let annotation = annotations.annotations[index]
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

    /// Refuses annotations of which results of some categories could not be compared with people, whatever the results.
    ///
    /// - Parameter categories: of the results to come.
    /// - Throws: ``MetricError``.
    package func checkAnnotations(rules: KeypointRules, categories: Set<Int>) throws(MetricError) {
      for place in places where !place.people.isEmpty {
        let areCompared = categories.contains(place.category)
        let people = try people(of: place, areCompared: areCompared)
        let image = EvaluatedImage(
          id: annotations.images[place.image].id, category: place.category, people: [], results: [])
        try rules.check(people, of: image, areCompared: areCompared)
      }
    }
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
      self.init(try KeypointMatches(count: files.count, rules: rules, image: files.image))
    }
  }

  extension CrowdPoseAP {
    /// Computes the metric from an annotation file and a result file.
    ///
    /// - Throws: ``MetricError``.
    public init(
      _ files: COCOComparison, rules: KeypointRules = .crowdPose, bounds: (medium: Double, hard: Double) = (0.2, 0.8)
    ) throws(MetricError) {
      try self.init(try KeypointMatches(count: files.count, rules: rules, image: files.image), bounds)
    }
  }
#endif
