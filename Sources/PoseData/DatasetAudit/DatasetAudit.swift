import PoseCore
import PoseFormats
import PoseImage

/// Checks a dataset's annotations for problems that would spoil a training or test run.
package struct DatasetAudit: Sendable {
  package let kind: DatasetKind
  /// How many pictures and people the annotations name.
  package internal(set) var pictureCount = 0
  package internal(set) var personCount = 0
  /// What the pictures' file names are below.
  private let folder: String
  /// The pictures' files, for ``check(pictures:)``.
  package internal(set) var pictures: [Dataset.Picture] = []
  private var found = IssueList()
  /// The numbers of the pictures that somebody is scored in.
  private var scoredPictures: Set<Int> = []
  /// The category of people: 1 unless the annotations say otherwise.
  private var personCategories: Set<Int> = [1]
  /// MPII's people, whose pictures' sizes only the files say.
  private var mpii: MPIIAnnotations?

  /// What was found, by kind.
  package var issues: [DatasetIssue] { found.list }
  /// Whether at least one issue would spoil a run.
  package var isError: Bool { issues.contains(where: \.isError) }

  /// Checks a file.
  ///
  /// - Parameter folder: what the pictures' file names are below.
  /// - Throws: ``FormatError`` where the file is none of this kind at all.
  package init(_ kind: DatasetKind, annotations path: String, pictures folder: String) throws(FormatError) {
    switch kind.form {
    case .coco:
      self.init(kind, try COCOAnnotations(contentsOf: path, bad: .skip, joints: kind.joints), pictures: folder)
    case .mpii: self.init(kind, try MPIIAnnotations(contentsOf: path, bad: .skip), pictures: folder)
    }
  }

  // MARK: COCO's form

  package init(_ kind: DatasetKind, _ file: COCOAnnotations, pictures folder: String) {
    self.kind = kind
    self.folder = folder
    pictureCount = file.images.count
    personCount = file.annotations.count
    check(kind.skeleton)
    check(file.skipped)
    check(file.categories)
    let images = check(file.images)

    var (ids, scored) = (Set<Int>(), 0)
    let categories = Set(file.categories.map(\.id))
    for annotation in file.annotations {
      if !ids.insert(annotation.id).inserted { found.append(.duplicateAnnotationID, "\(annotation.id)") }
      if !categories.isEmpty, !categories.contains(annotation.categoryID) {
        found.append(.noCategory, "annotation \(annotation.id): category \(annotation.categoryID)")
      }
      let keypoints = file.keypoints[annotation.keypoints]
      let isScored = check(annotation, keypoints, in: images[annotation.imageID])
      if isScored {
        scored += 1
        scoredPictures.insert(annotation.imageID)
      }
    }
    if kind.usesArea { checkAreas(of: file) }
    if scored == 0 { found.append(.noPeople, "\(personCount) annotations, none with a labelled joint and no crowd") }
  }

  private mutating func check(_ skipped: SkippedRecords) {
    found.append(.unusableEntry, count: skipped.count, skipped.first.map(\.description))
  }

  private mutating func check(_ categories: [COCOAnnotations.Category]) {
    let people = categories.filter { !$0.keypointNames.isEmpty }
    if !people.isEmpty { personCategories = Set(people.map(\.id)) }
    if !people.isEmpty, !people.contains(where: { $0.id == 1 }) {
      found.append(.otherCategory, people.map { "\($0.id) (\($0.name))" }.joined(separator: ", "))
    }
    for category in people where !kind.skeleton.fits(category.keypointNames) {
      found.append(
        .otherJoints, "category \(category.id) has \(category.keypointNames.joined(separator: ", "))")
    }
  }

  private mutating func check(_ images: [COCOAnnotations.Image]) -> [Int: COCOAnnotations.Image] {
    var known: [Int: COCOAnnotations.Image] = [:]
    for image in images {
      if let other = known[image.id] {
        found.append(other == image ? .repeatedImage : .duplicateImageID, "\(image.id)")
        continue
      }
      known[image.id] = image
      if image.width <= 0 || image.height <= 0 { found.append(.noImageSize, "image \(image.id)") }
      guard let name = image.fileName, !name.isEmpty else {
        found.append(.noFileName, "image \(image.id)")
        continue
      }
      pictures.append(
        Dataset.Picture(
          id: image.id, path: Dataset.path(name, in: folder), width: image.width, height: image.height))
    }
    return known
  }

  /// Checks a person, and says whether COCO's evaluation scores it.
  private mutating func check(
    _ annotation: COCOAnnotations.Annotation, _ keypoints: ArraySlice<Double>, in image: COCOAnnotations.Image?
  ) -> Bool {
    let name = "annotation \(annotation.id)"
    if image == nil { found.append(.unknownImage, "\(name): image \(annotation.imageID)") }
    guard !annotation.isCrowd else { return false }
    let labels = stride(from: keypoints.startIndex + 2, to: keypoints.endIndex, by: 3).map { keypoints[$0] }
    let labelled = labels.count { $0 > 0 }
    if !labels.isEmpty, labels.count != kind.skeleton.joints.count {
      found.append(.wrongKeypointCount, "\(name): \(labels.count) of \(kind.skeleton.joints.count)")
    }
    if let count = annotation.keypointCount, count != labelled {
      let isContradiction = (count == 0) != (labelled == 0)
      found.append(
        isContradiction ? .contradictoryLabelCount : .otherLabelCount, "\(name): says \(count), has \(labelled)")
    }
    if !labels.allSatisfy({ [0, 1, 2].contains($0) }) { found.append(.wrongVisibility, name) }
    guard labelled > 0 else { return false }

    if annotation.id == 0 { found.append(.annotationIDZero, name) }
    if kind.usesArea {
      switch annotation.area {
      case nil: found.append(.noArea, name)
      case let area? where area <= 0: found.append(.zeroArea, "\(name): \(area)")
      default: break
      }
    }
    check(annotation.boundingBox, of: name, in: image)
    if let image { check(keypoints, of: name, width: image.width, height: image.height) }
    return image != nil && annotation.keypointCount != 0
  }

  /// Areas that cannot be people's: the same for boxes of different sizes, or next to nothing of the box.
  private mutating func checkAreas(of file: COCOAnnotations) {
    var (areas, boxes): (Set<Double>, Set<Double>) = ([], [])
    var people = 0
    for annotation in file.annotations where !annotation.isCrowd {
      let isLabelled = file.keypoints[annotation.keypoints].contains { $0 > 0 }
      guard isLabelled, let area = annotation.area, area > 0, let box = annotation.boundingBox else { continue }
      people += 1
      areas.insert(area)
      boxes.insert(box.width * box.height)
      if area < box.width * box.height / 100 {
        found.append(
          .smallArea, "annotation \(annotation.id): area \(area) for a box of \(box.width * box.height) pixels")
      }
    }
    if people > 1, areas.count == 1, boxes.count > 1, let area = areas.first {
      found.append(.constantArea, "\(people) people of area \(area), whose boxes differ in size")
    }
  }

  private mutating func check(_ box: BoundingBox?, of name: String, in image: COCOAnnotations.Image?) {
    guard let box else { return found.append(.noBox, name) }
    let first = Double(kind.firstPixel)
    let moved = BoundingBox(x: box.x - first, y: box.y - first, width: box.width, height: box.height)
    let words = "\(name): [\(box.x), \(box.y), \(box.width), \(box.height)]"
    guard let image, image.width > 0, image.height > 0 else {
      if box.width <= 0 || box.height <= 0 { found.append(.emptyBox, words) }
      return
    }
    guard BoxRule.distance.cleaned(moved, width: image.width, height: image.height) != nil else {
      return found.append(.emptyBox, "\(words) in \(image.width) x \(image.height)")
    }
    // A pixel more is how some tools count.
    let isInside =
      moved.x >= -1 && moved.y >= -1 && moved.x + moved.width <= Double(image.width) + 1
      && moved.y + moved.height <= Double(image.height) + 1
    if !isInside { found.append(.boxOutside, "\(words) in \(image.width) x \(image.height)") }
  }

  /// Labelled joints must lie in the picture.
  private mutating func check(_ keypoints: ArraySlice<Double>, of name: String, width: Int, height: Int) {
    guard width > 0, height > 0 else { return }
    let first = Double(kind.firstPixel)
    for index in stride(from: keypoints.startIndex, to: keypoints.endIndex - 2, by: 3) where keypoints[index + 2] > 0 {
      let (x, y) = (keypoints[index] - first, keypoints[index + 1] - first)
      if x < 0 || y < 0 || x > Double(width) || y > Double(height) {
        let joint = (index - keypoints.startIndex) / 3
        let joints = kind.skeleton.joints
        let jointName = joints.indices.contains(joint) ? joints[joint].rawValue : "joint \(joint)"
        found.append(.keypointOutside, "\(name): \(jointName) at (\(x), \(y)) in \(width) x \(height)")
      }
    }
  }

  // MARK: MPII's form

  package init(_ kind: DatasetKind, _ file: MPIIAnnotations, pictures folder: String) {
    self.kind = kind
    self.folder = folder
    mpii = file
    personCount = file.people.count
    check(kind.skeleton)
    check(file.skipped)
    var names: Set<String> = []
    for (index, person) in file.people.enumerated() {
      if names.insert(person.image).inserted {
        pictures.append(
          Dataset.Picture(id: names.count - 1, path: Dataset.path(person.image, in: folder), width: 0, height: 0))
      }
      let count = person.keypoints.count / 3
      if count != 0, count != kind.skeleton.joints.count {
        found.append(.wrongKeypointCount, "person \(index): \(count) of \(kind.skeleton.joints.count)")
      }
    }
    pictureCount = pictures.count
    scoredPictures = Set(pictures.map(\.id))
    if file.people.isEmpty { found.append(.noPeople, "no person") }
  }

  // MARK: What belongs to annotations

  /// A skeleton's pairs and sigmas.
  private mutating func check(_ skeleton: Skeleton) {
    for problem in skeleton.pairProblems { found.append(.flipPairs, problem) }
    if skeleton.sigmas.count != skeleton.joints.count {
      found.append(.sigmas, "\(skeleton.sigmas.count) sigmas for \(skeleton.joints.count) joints")
    }
    for sigma in skeleton.sigmas where !(sigma > 0 && sigma < 1) { found.append(.sigmas, "a sigma of \(sigma)") }
  }

  /// A detector's boxes.
  package mutating func check(boxes results: COCOResults) {
    found.append(.unusableEntry, count: results.skipped.count, results.skipped.first.map { "detector's \($0)" })
    let results = (try? results.numbered(by: pictures, personCategories)) ?? results
    let images = Set(pictures.map(\.id))
    var usable = 0
    for (index, entry) in results.entries.enumerated() {
      if let name = results.fileNames[index] {
        found.append(.unknownBoxImage, "box \(index): image '\(name)'")
      } else if !images.contains(entry.imageID) {
        found.append(.unknownBoxImage, "box \(index): image \(entry.imageID)")
      } else if let box = entry.boundingBox, box.width > 0, box.height > 0 {
        if personCategories.contains(entry.categoryID) { usable += 1 }
      } else {
        found.append(.emptyBox, "detector's box \(index)")
      }
    }
    if usable == 0 {
      let people = personCategories.sorted().map(String.init).joined(separator: ", ")
      found.append(.noDetectedBoxes, "\(results.entries.count) entries, none a box of category \(people)")
    }
  }

  /// What opening the pictures' files gave.
  package mutating func check(pictures outcomes: [PictureOutcome]) {
    for (picture, outcome) in zip(pictures, outcomes) {
      switch outcome {
      case .missing where !scoredPictures.contains(picture.id): found.append(.unneededPicture, picture.path)
      case .unreadable where !scoredPictures.contains(picture.id): found.append(.unneededPicture, picture.path)
      case .missing: found.append(.missingPicture, picture.path)
      case .unreadable(let reason): found.append(.unreadablePicture, "\(picture.path): \(reason)")
      case .size(let width, let height):
        if picture.width > 0, picture.height > 0, (width, height) != (picture.width, picture.height) {
          found.append(
            .wrongPictureSize, "\(picture.path) is \(width) x \(height), not \(picture.width) x \(picture.height)")
        }
      }
    }
    guard let mpii else { return }
    let sizes = Dictionary(zip(pictures.map(\.path), outcomes), uniquingKeysWith: { first, _ in first })
    for (index, person) in mpii.people.enumerated() {
      if case .size(let width, let height)? = sizes[Dataset.path(person.image, in: folder)] {
        check(mpii.keypoints[person.keypoints], of: "person \(index)", width: width, height: height)
      }
    }
  }
}

/// What came of opening a picture.
package enum PictureOutcome: Sendable, Hashable {
  case size(width: Int, height: Int)
  case missing
  case unreadable(String)
}
