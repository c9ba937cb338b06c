import PoseCodecs
import PoseCore
import PoseFormats

extension Dataset {
  /// The same pictures with the people of a result file, their poses and scores, for a network to refine; and which of
  /// the file's entries each is.
  ///
  /// As `input_pose_load` of PoseFix (Moon, Chang and Lee, CVPR 2019): people who score nothing are left out, and boxes
  /// are a fifth larger than poses. Joints that do not score above zero count as not found, unless none does.
  ///
  /// - Parameter bad: what happens to entries that cannot be used.
  public func replacingPeople(
    withPoses results: COCOResults, source: BoxSource, bad: BadRecords = .skip
  ) throws(DatasetProblem) -> (people: Dataset, entries: [Int]) {
    var dataset = Dataset(name: name, skeleton: skeleton, boxRule: boxRule)
    dataset.pictures = pictures
    dataset.categories = categories
    dataset.problems.append(results.skipped)
    let results = try results.numbered(by: pictures, categories)
    var entries: [Int] = []
    let indices = Dictionary(
      pictures.enumerated().map { ($0.element.id, $0.offset) }, uniquingKeysWith: { first, _ in first })
    for (index, entry) in results.entries.enumerated() {
      guard categories.contains(entry.categoryID) else {
        dataset.excluded.otherCategories += 1
        dataset.excluded.otherCategoryIDs.insert(entry.categoryID)
        continue
      }
      guard entry.score > 0 else {
        dataset.excluded.lowScores += 1
        continue
      }
      do throws(DatasetProblem) {
        let joints = results.joints(of: entry)
        guard joints.count == skeleton.joints.count else {
          throw .resultKeypoints(result: index, joints.count, expected: skeleton.joints.count)
        }
        if let name = results.fileNames[index] { throw .unknownFile(name: name) }
        guard let picture = indices[entry.imageID] else { throw .unknownPicture(id: entry.imageID, annotation: nil) }
        guard let box = InputPose.box(around: joints) else { throw .noPose(result: index) }
        let start = dataset.keypoints.count
        dataset.keypoints += joints.map {
          LabelledKeypoint(
            x: Double(Float($0.position.x)), y: Double(Float($0.position.y)),
            visibility: $0.isLabelled ? .visible : .unlabelled)
        }
        dataset.people.append(
          Person(
            picture: picture, place: .box(box), source: source, score: entry.score, trackID: entry.trackID,
            categoryID: entry.categoryID,
            keypoints: start..<dataset.keypoints.count))
        entries.append(index)
      } catch {
        try dataset.problems.append(error, bad)
      }
    }
    return (dataset, entries)
  }
}

extension COCOResults {
  /// An entry's joints; found are those that score above zero, or all where none does.
  fileprivate func joints(of entry: Entry) -> [LabelledKeypoint] {
    let numbers = keypoints[entry.keypoints]
    let starts = stride(from: numbers.startIndex, to: numbers.endIndex - 2, by: 3)
    let hasScores = starts.contains { numbers[$0 + 2] > 0 }
    return starts.map {
      LabelledKeypoint(x: numbers[$0], y: numbers[$0 + 1], isLabelled: !hasScores || numbers[$0 + 2] > 0)
    }
  }
}
