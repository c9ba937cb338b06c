#if canImport(CJSON)
  import PoseCore
  import PoseFormats

  extension EvaluatedImage {
    /// What annotations and results in COCO's files say, image by image and category by category.
    ///
    /// As in the published tools the areas of results are those of their boxes where the first result has one, else those
    /// of their keypoints' extents.
    ///
    /// - Throws: ``MetricError`` where a result names an image or a category that the annotations have not, or a person has
    ///   no box.
    public static func images(
      _ annotations: COCOAnnotations, _ results: COCOResults
    ) throws(MetricError) -> [EvaluatedImage] {
      let categories = Set(annotations.annotations.map(\.categoryID)).sorted()
      var images: [EvaluatedImage] = []
      var places: [Place: Int] = [:]
      for category in categories {
        for image in annotations.images {
          let place = places.updateValue(images.count, forKey: Place(image: image.id, category: category))
          guard place == nil else { throw .repeatedImage(id: image.id) }
          images.append(
            EvaluatedImage(id: image.id, category: category, people: [], results: [], crowdIndex: image.crowdIndex))
        }
      }
      for annotation in annotations.annotations {
        guard let place = places[Place(image: annotation.imageID, category: annotation.categoryID)] else {
          throw .unknownImage(id: annotation.imageID, what: "annotation \(annotation.id)")
        }
        images[place].people.append(try AnnotatedPose(annotation, of: annotations))
      }
      let known = annotations.knownImages
      let hasBoxes = results.entries.first?.boundingBox != nil
      for (index, result) in results.entries.enumerated() {
        guard let place = places[Place(image: result.imageID, category: result.categoryID)] else {
          guard known.contains(result.imageID) else { throw .unknownImage(id: result.imageID, what: "result \(index)") }
          guard annotations.categories.contains(where: { $0.id == result.categoryID }) else {
            throw .unknownCategory(id: result.categoryID, what: "result \(index)", known: categories)
          }
          // Nobody of this category is annotated: it has no precision.
          continue
        }
        images[place].results.append(
          ScoredPose(
            keypoints: Array(results.keypoints[result.keypoints]), score: result.score,
            area: hasBoxes ? result.boundingBox?.area : nil))
      }
      return images
    }

    private struct Place: Hashable {
      var image: Int
      var category: Int
    }
  }

  extension AnnotatedPose {
    fileprivate init(_ annotation: COCOAnnotations.Annotation, of annotations: COCOAnnotations) throws(MetricError) {
      guard let box = annotation.boundingBox else { throw .noBox(what: "annotation \(annotation.id)") }
      self.init(
        keypoints: Array(annotations.keypoints[annotation.keypoints]), boundingBox: box, area: annotation.area,
        isCrowd: annotation.isCrowd, labelledKeypoints: annotation.keypointCount)
    }
  }

  extension PoseTrackFrame {
    /// What annotations of PoseTrack 2018 and results in COCO's form say, frame by frame.
    ///
    /// - Throws: ``MetricError`` where a result names an image that the annotations have not, or a person's head no box.
    public static func frames(
      _ annotations: COCOAnnotations, _ results: COCOResults
    ) throws(MetricError) -> [PoseTrackFrame] {
      var frames: [PoseTrackFrame] = []
      var places: [Int: Int] = [:]
      for image in annotations.images {
        guard places.updateValue(frames.count, forKey: image.id) == nil else { throw .repeatedImage(id: image.id) }
        frames.append(PoseTrackFrame(people: [], results: [], ignoredRegions: image.ignoredRegions))
      }
      for (index, annotation) in annotations.annotations.enumerated() {
        let name = "annotation \(annotation.id)"
        guard let place = places[annotation.imageID] else { throw .unknownImage(id: annotation.imageID, what: name) }
        guard let head = annotations.headBoxes[index] else { throw .noHeadBox(what: name) }
        frames[place].people.append(
          Person(keypoints: Array(annotations.keypoints[annotation.keypoints]), headBox: head))
      }
      for (index, result) in results.entries.enumerated() {
        guard let place = places[result.imageID] else {
          throw .unknownImage(id: result.imageID, what: "result \(index)")
        }
        frames[place].results.append(Array(results.keypoints[result.keypoints]))
      }
      return frames
    }
  }

  extension COCOAnnotations {
    fileprivate var knownImages: Set<Int> { Set(images.map(\.id)) }
  }
#endif
