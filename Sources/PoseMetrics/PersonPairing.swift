#if canImport(CJSON)
  import PoseFormats

  /// Which result is of which annotated person, where each person has one.
  struct PersonPairing {
    /// For each person the index of its result.
    private(set) var partners: [Int] = []

    /// - Parameter people: those of the annotations that take part, in the order of the file.
    init(
      _ people: [COCOAnnotations.Annotation], _ annotations: COCOAnnotations, _ results: COCOResults
    ) throws(MetricError) {
      let isUnique = Set(people.map(\.id)).count == people.count
      if isUnique, results.entries.contains(where: { $0.annotationID != nil }) {
        try pairByAnnotation(people, results)
      } else {
        try pairInOrder(people, results)
        try checkOrder(people, annotations, results)
      }
    }

    private mutating func pairByAnnotation(
      _ people: [COCOAnnotations.Annotation], _ results: COCOResults
    ) throws(MetricError) {
      let known = Set(people.map(\.id))
      var found: [Int: [Int]] = [:]
      for (index, result) in results.entries.enumerated() {
        guard let id = result.annotationID, known.contains(id) else {
          throw .noAnnotation(what: "result \(index)", id: result.annotationID)
        }
        found[id, default: []].append(index)
      }
      for person in people {
        let own = found[person.id] ?? []
        guard own.count == 1 else { throw .unpairedAnnotation(id: person.id, count: own.count) }
        partners.append(own[0])
      }
    }

    private mutating func pairInOrder(
      _ people: [COCOAnnotations.Annotation], _ results: COCOResults
    ) throws(MetricError) {
      var found = Dictionary(grouping: results.entries.indices) { results.entries[$0].imageID }.mapValues { $0[...] }
      for person in people {
        guard let result = found[person.imageID]?.popFirst() else { throw .unpaired(image: person.imageID) }
        partners.append(result)
      }
      if let image = found.filter({ !$0.value.isEmpty }).keys.min() { throw .unpaired(image: image) }
    }

    /// Refuses an order in which more than a quarter of the people in images of several would fit better if two of them
    /// changed places: a network mistakes people for each other much less often.
    private func checkOrder(
      _ people: [COCOAnnotations.Annotation], _ annotations: COCOAnnotations, _ results: COCOResults
    ) throws(MetricError) {
      func distance(_ person: Int, _ partner: Int) -> Double {
        let truth = annotations.keypoints[people[person].keypoints]
        let found = results.keypoints[results.entries[partners[partner]].keypoints]
        guard truth.count == found.count else { return 0 }
        var (sum, count) = (0.0, 0)
        for joint in stride(from: 0, to: truth.count, by: 3) where truth[truth.startIndex + joint + 2] > 0 {
          let (from, to) = (truth.startIndex + joint, found.startIndex + joint)
          let (dx, dy) = (truth[from] - found[to], truth[from + 1] - found[to + 1])
          sum += (dx * dx + dy * dy).squareRoot()
          count += 1
        }
        return count == 0 ? 0 : sum / Double(count)
      }
      var (all, wrong, first): (Int, Int, Int?) = (0, 0, nil)
      let images = Dictionary(grouping: people.indices) { people[$0].imageID }
      for (image, group) in images.sorted(by: { $0.key < $1.key }) where (2...500).contains(group.count) {
        all += group.count
        let misplaced = group.count { person in
          let own = distance(person, person)
          return group.contains { other in
            other != person
              && distance(person, other) + distance(other, person) < own + distance(other, other)
          }
        }
        wrong += misplaced
        if misplaced > 0, first == nil { first = image }
      }
      if let first, 4 * wrong > all { throw .otherOrder(image: first, count: wrong, of: all) }
    }
  }
#endif
