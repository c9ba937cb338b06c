import PoseCodecs
import PoseCore
import PoseFormats

extension Dataset {
  /// The same pictures with a detector's boxes as their people, in the order of the results. Nothing is known of the
  /// joints. A box outside its picture stays, because the published code counts what is found in it as wrong.
  ///
  /// - Parameters:
  ///   - source: who says so; results name it.
  ///   - minimumScore: boxes that score below are left out.
  ///   - overlap: a box that overlaps a better one of its picture by more than this share is left out; nil keeps all.
  ///   - bad: what happens to boxes that cannot be used.
  package func replacingPeople(
    withBoxes results: COCOResults, source: BoxSource, minimumScore: Double = 0, overlap: Double? = nil,
    bad: BadRecords = .skip
  ) throws(DatasetProblem) -> Dataset {
    var dataset = Dataset(name: name, skeleton: skeleton, boxRule: boxRule)
    dataset.pictures = pictures
    dataset.categories = categories
    dataset.problems.append(results.skipped)
    let results = try results.numbered(by: pictures, categories)
    let indices = Dictionary(
      pictures.enumerated().map { ($0.element.id, $0.offset) }, uniquingKeysWith: { first, _ in first })
    for (index, entry) in results.entries.enumerated() {
      // Detectors find other things than people, too.
      guard categories.contains(entry.categoryID) else {
        dataset.excluded.otherCategories += 1
        dataset.excluded.otherCategoryIDs.insert(entry.categoryID)
        continue
      }
      guard entry.score >= minimumScore else {
        dataset.excluded.lowScores += 1
        continue
      }
      do throws(DatasetProblem) {
        guard let box = entry.boundingBox else { throw .boxWithoutSize(index, nil) }
        guard box.width > 0, box.height > 0 else { throw .boxWithoutSize(index, box) }
        if let name = results.fileNames[index] { throw .unknownFile(name: name) }
        guard let picture = indices[entry.imageID] else { throw .unknownPicture(id: entry.imageID, annotation: nil) }
        dataset.people.append(
          Person(
            picture: picture, place: .box(box), source: source, score: entry.score, categoryID: entry.categoryID))
      } catch {
        try dataset.problems.append(error, bad)
      }
    }
    if let overlap { dataset.suppress(overlap) }
    return dataset
  }

  /// A copy without people, and without the pictures of these numbers.
  package func emptied(without numbers: Set<Int>) -> Dataset {
    var dataset = Dataset(name: name, skeleton: skeleton, boxRule: boxRule)
    dataset.pictures = pictures.filter { !numbers.contains($0.id) }
    dataset.categories = categories
    return dataset
  }

  /// Leaves out who overlaps somebody better of the same picture by more than this share.
  mutating func suppress(_ overlap: Double) {
    let kept = Dictionary(grouping: people.indices) { people[$0].picture }.values.flatMap { indices in
      let boxes = indices.map { people[$0].boundingBox ?? BoundingBox(x: 0, y: 0, width: 0, height: 0) }
      return boxNMS(boxes, scores: indices.map { people[$0].score }, threshold: overlap).map { indices[$0] }
    }
    people = kept.sorted().map { people[$0] }
  }
}

extension COCOResults {
  /// With the numbers of the pictures that entries name by their files.
  func numbered(by pictures: [Dataset.Picture], _ categories: Set<Int>) throws(DatasetProblem) -> COCOResults {
    let person = categories.contains(1) ? 1 : categories.min() ?? 1
    do throws(DetectionError) {
      return try numbered(by: pictures.map { ($0.id, $0.path) }, person: person)
    } catch {
      throw .ambiguous(reason: "\(error)")
    }
  }
}
