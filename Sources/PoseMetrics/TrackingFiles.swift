#if canImport(CJSON)
  import PoseCore
  import PoseFormats

  extension TrackingFrame {
    /// The videos of annotations and results in COCO's format with a `track_id` for each person: pictures whose files are in
    /// one folder are a video's, in the order of their numbers.
    ///
    /// Crowds and people without a labeled joint take no part.
    ///
    /// - Parameter rules: how similar people are.
    /// - Throws: ``MetricError``, also where somebody has no `track_id` or nobody takes part.
    public static func videos(
      _ annotations: COCOAnnotations, _ results: COCOResults, rules: KeypointRules = .coco
    ) throws(MetricError) -> [[TrackingFrame]] {
      let results = try results.numbered(in: annotations)
      let people = Dictionary(grouping: annotations.annotations, by: \.imageID)
      let found = Dictionary(grouping: results.entries.indices) { results.entries[$0].imageID }
      let images = Set(annotations.images.map(\.id))
      if let stranger = results.entries.firstIndex(where: { !images.contains($0.imageID) }) {
        throw .unknownImage(id: results.entries[stranger].imageID, what: "result \(stranger)")
      }
      var videos: [String: [TrackingFrame]] = [:]
      for image in annotations.images.sorted(by: { $0.id < $1.id }) {
        let own = (people[image.id] ?? []).map { AnnotatedPose.tracked($0, in: annotations) }
        let (tracks, poses) = try results.tracked(found[image.id] ?? [])
        let frame = EvaluatedImage(id: image.id, people: own.map(\.pose), results: poses)
        try rules.check(frame)
        let counted = own.filter { !rules.ignores($0.pose) }
        for person in counted where person.track == nil { throw .noTrack(what: "annotation \(person.pose.id ?? 0)") }
        videos[image.folder, default: []].append(
          TrackingFrame(
            people: counted.compactMap(\.track), tracks: tracks,
            similarities: counted.map { rules.similarities(of: poses, to: $0.pose) }))
      }
      guard videos.values.contains(where: { $0.contains { !$0.people.isEmpty } }) else { throw .nobody }
      return videos.sorted { $0.key < $1.key }.map(\.value)
    }
  }

  extension AnnotatedPose {
    /// An annotation with the person's number.
    fileprivate static func tracked(
      _ annotation: COCOAnnotations.Annotation, in annotations: COCOAnnotations
    ) -> (pose: AnnotatedPose, track: Int?) {
      let pose = AnnotatedPose(
        id: annotation.id, keypoints: Array(annotations.keypoints[annotation.keypoints]),
        boundingBox: annotation.boundingBox ?? BoundingBox(x: 0, y: 0, width: 0, height: 0), area: annotation.area,
        isCrowd: annotation.isCrowd, labelledKeypoints: annotation.keypointCount)
      return (pose, annotation.trackID)
    }
  }

  extension COCOResults {
    /// The numbers and poses of some entries.
    fileprivate func tracked(_ indices: [Int]) throws(MetricError) -> ([Int], [ScoredPose]) {
      var (tracks, poses): ([Int], [ScoredPose]) = ([], [])
      for index in indices {
        guard let track = entries[index].trackID else { throw .noTrack(what: "result \(index)") }
        tracks.append(track)
        poses.append(ScoredPose(keypoints: Array(keypoints[entries[index].keypoints]), score: entries[index].score))
      }
      return (tracks, poses)
    }
  }
#endif
