#if canImport(CJSON)
  import PoseCore
  import PoseFormats

  /// Annotations and results from files in COCO's format, grouped by image and category.
  public struct COCOComparison: Sendable {
    private let annotations: COCOAnnotations
    private let results: COCOResults
    private var places: [Place] = []
    /// Whether a result's area is the area of its box. Otherwise it is the area of its keypoints' extent. As in the
    /// published tools, the first result decides for all: boxes are used if it has one.
    private let areasAreBoxes: Bool

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

    /// Groups the annotations and results.
    ///
    /// - Throws: ``MetricError`` if a result names an image or a category that the annotations do not have, or if an
    ///   image is listed twice.
    public init(_ annotations: COCOAnnotations, _ results: COCOResults) throws(MetricError) {
      self.annotations = annotations
      self.results = results
      areasAreBoxes = results.entries.first?.boundingBox != nil
      let categories = Set(annotations.annotations.map(\.categoryID)).sorted()
      var indices: [Key: Int] = [:]
      for category in categories {
        for (index, image) in annotations.images.enumerated() {
          let other = indices.updateValue(places.count, forKey: Key(image: image.id, category: category))
          guard other == nil else { throw .repeatedImage(id: image.id) }
          places.append(Place(image: index, category: category))
        }
      }
      for (index, annotation) in annotations.annotations.enumerated() {
        guard let place = indices[Key(image: annotation.imageID, category: annotation.categoryID)] else {
          throw .unknownImage(id: annotation.imageID, what: "annotation \(annotation.id)")
        }
        places[place].people.append(index)
      }
      for (index, result) in results.entries.enumerated() {
        if let place = indices[Key(image: result.imageID, category: result.categoryID)] {
          places[place].results.append(index)
        } else {
          try checkNobody(index, annotated: categories)
        }
      }
    }

    /// Throws if a result names an image or a category that the annotations do not have. A category in which nobody is
    /// annotated has no precision, so its results are accepted and ignored.
    private func checkNobody(_ index: Int, annotated categories: [Int]) throws(MetricError) {
      let (result, name) = (results.entries[index], "result \(index)")
      guard annotations.images.contains(where: { $0.id == result.imageID }) else {
        throw .unknownImage(id: result.imageID, what: name)
      }
      guard annotations.categories.contains(where: { $0.id == result.categoryID }) else {
        throw .unknownCategory(id: result.categoryID, what: name, known: categories)
      }
    }

    /// How many pairs of an image and a category there are.
    var count: Int { places.count }

    func image(_ index: Int) throws(MetricError) -> EvaluatedImage {
      let place = places[index]
      let image = annotations.images[place.image]
      var evaluated = EvaluatedImage(
        id: image.id, category: place.category, people: [], results: [], crowdIndex: image.crowdIndex)
      for index in place.people {
        let annotation = annotations.annotations[index]
        guard let box = annotation.boundingBox else { throw .noBox(what: "annotation \(annotation.id)") }
        evaluated.people.append(
          AnnotatedPose(
            keypoints: Array(annotations.keypoints[annotation.keypoints]), boundingBox: box, area: annotation.area,
            isCrowd: annotation.isCrowd, labelledKeypoints: annotation.keypointCount))
      }
      evaluated.results = place.results.map { index in
        let result = results.entries[index]
        return ScoredPose(
          keypoints: Array(results.keypoints[result.keypoints]), score: result.score,
          area: areasAreBoxes ? result.boundingBox?.area : nil)
      }
      return evaluated
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
