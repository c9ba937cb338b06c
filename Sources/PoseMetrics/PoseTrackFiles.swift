#if canImport(CJSON)
  import PoseFormats

  extension PoseTrackFrame {
    /// Groups PoseTrack 2018 annotations and results in COCO's format by frame. Images whose files are in one folder are
    /// those of a video, in the order of the annotations.
    ///
    /// - Throws: ``MetricError`` if a result names an image that the annotations do not list, if an image is listed
    ///   twice, or if a person has no head box.
    public static func frames(
      _ annotations: COCOAnnotations, _ results: COCOResults
    ) throws(MetricError) -> [PoseTrackFrame] {
      let results = try results.numbered(in: annotations)
      var frames: [PoseTrackFrame] = []
      var places: [Int: Int] = [:]
      for image in annotations.images {
        guard places.updateValue(frames.count, forKey: image.id) == nil else { throw .repeatedImage(id: image.id) }
        frames.append(
          PoseTrackFrame(people: [], results: [], ignoredRegions: image.ignoredRegions, video: image.folder))
      }
      for (index, annotation) in annotations.annotations.enumerated() {
        let name = "annotation \(annotation.id)"
        guard let place = places[annotation.imageID] else { throw .unknownImage(id: annotation.imageID, what: name) }
        guard let head = annotations.headBoxes[index] else { throw .noHeadBox(what: name) }
        frames[place].people.append(
          Person(
            keypoints: Array(annotations.keypoints[annotation.keypoints]), headBox: head,
            track: annotation.trackID))
      }
      for (index, result) in results.entries.enumerated() {
        guard let place = places[result.imageID] else {
          throw .unknownImage(id: result.imageID, what: "result \(index)")
        }
        frames[place].results.append(Array(results.keypoints[result.keypoints]))
        frames[place].tracks.append(result.trackID)
      }
      return frames
    }
  }

  extension COCOAnnotations.Image {
    /// The path of the file's folder, which stands for a video; empty where there is none.
    var folder: String { fileName.flatMap { name in name.lastIndex(of: "/").map { String(name[..<$0]) } } ?? "" }
  }
#endif
