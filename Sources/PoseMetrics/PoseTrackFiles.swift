#if canImport(CJSON)
  import PoseFormats

  extension PoseTrackFrame {
    /// What annotations of PoseTrack 2018 and results in COCO's form say, frame by frame.
    ///
    /// - Throws: ``MetricError`` where a result names an image that the annotations have not, or a person's head no box.
    public static func frames(
      _ annotations: COCOAnnotations, _ results: COCOResults
    ) throws(MetricError) -> [PoseTrackFrame] {
      let results = try results.numbered(in: annotations)
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
#endif
