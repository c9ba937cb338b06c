import PoseCore
import PoseFormats

extension Dataset {
  /// A dataset of annotations in COCO's form, by the rules of MMPose's top-down datasets: of each picture the people
  /// that have a labelled joint and a box that lies in it.
  public init(
    _ kind: DatasetKind, _ file: COCOAnnotations, pictures folder: String, options: DatasetOptions = DatasetOptions()
  ) throws(DatasetProblem) {
    self.init(name: kind.name, skeleton: kind.skeleton, boxRule: options.boxRule)
    problems.append(file.skipped)
    let indices = try appendPictures(of: file, folder, options)
    // A file may hold other objects, too; people are what has joints.
    let categories = Set(file.categories.filter { !$0.keypointNames.isEmpty }.map(\.id))
    if !categories.isEmpty { self.categories = categories }

    var found: [(picture: Int, annotation: Int, box: BoundingBox)] = []
    var seen: Set<Int> = []
    for (index, annotation) in file.annotations.enumerated() {
      guard categories.isEmpty || categories.contains(annotation.categoryID) else {
        excluded.otherCategories += 1
        excluded.otherCategoryIDs.insert(annotation.categoryID)
        continue
      }
      guard options.includesCrowds || !annotation.isCrowd else {
        excluded.crowds += 1
        continue
      }
      do throws(DatasetProblem) {
        guard seen.insert(annotation.id).inserted else { throw .duplicateAnnotation(id: annotation.id) }
        guard let picture = indices[annotation.imageID] else {
          throw .unknownPicture(id: annotation.imageID, annotation: annotation.id)
        }
        let count = annotation.keypoints.count / 3
        guard count == 0 || count == skeleton.joints.count else {
          throw .keypointCount(annotation: annotation.id, count, expected: skeleton.joints.count)
        }
        guard options.includesUnlabelled || file.isLabelled(annotation) else {
          excluded.unlabelled += 1
          continue
        }
        found.append((picture, index, try box(of: annotation, in: pictures[picture], kind)))
      } catch {
        try problems.append(error, options.bad)
      }
    }
    // By picture, as the published code goes through them.
    for (picture, index, box) in found.sorted(by: { ($0.picture, $0.annotation) < ($1.picture, $1.annotation) }) {
      let annotation = file.annotations[index]
      let start = keypoints.count
      appendKeypoints(file.keypoints[annotation.keypoints], Double(kind.firstPixel))
      people.append(
        Person(
          picture: picture, annotationID: annotation.id, place: .box(box), source: .groundTruth,
          area: annotation.area, isCrowd: annotation.isCrowd,
          segmentation: annotation.segmentation, trackID: annotation.trackID,
          categoryID: annotation.categoryID,
          keypoints: start..<keypoints.count))
    }
  }

  /// The index of every picture by its number.
  private mutating func appendPictures(
    of file: COCOAnnotations, _ folder: String, _ options: DatasetOptions
  ) throws(DatasetProblem) -> [Int: Int] {
    var indices: [Int: Int] = [:]
    var seen: [Int: COCOAnnotations.Image] = [:]
    for image in file.images {
      // The same entry again changes nothing.
      if let other = seen.updateValue(image, forKey: image.id), other == image { continue }
      do throws(DatasetProblem) {
        guard indices[image.id] == nil else { throw .duplicatePicture(id: image.id) }
        guard let name = image.fileName, !name.isEmpty else { throw .noFileName(picture: image.id) }
        guard image.width > 0, image.height > 0 else { throw .noSize(picture: image.id) }
        indices[image.id] = pictures.count
        pictures.append(
          Picture(
            id: image.id, path: Self.path(name, in: folder), width: image.width, height: image.height,
            crowdIndex: image.crowdIndex))
      } catch {
        try problems.append(error, options.bad)
      }
    }
    return indices
  }

  private func box(
    of annotation: COCOAnnotations.Annotation, in picture: Picture, _ kind: DatasetKind
  ) throws(DatasetProblem) -> BoundingBox {
    guard var box = annotation.boundingBox else { throw .noBox(annotation: annotation.id) }
    guard annotation.area ?? 1 > 0 else { throw .noArea(annotation: annotation.id) }
    box.x -= Double(kind.firstPixel)
    box.y -= Double(kind.firstPixel)
    guard let cleaned = boxRule.cleaned(box, width: picture.width, height: picture.height) else {
      throw .emptyBox(annotation: annotation.id, box)
    }
    return cleaned
  }

  /// Appends joints given as x, y and visibility.
  mutating func appendKeypoints(_ numbers: ArraySlice<Double>, _ firstPixel: Double) {
    for index in stride(from: numbers.startIndex, to: numbers.endIndex - 2, by: 3) {
      let visibility: LabelledKeypoint.Visibility =
        numbers[index + 2] <= 0 ? .unlabelled : numbers[index + 2] < 2 ? .hidden : .visible
      keypoints.append(
        // The published code keeps annotated joints in float32.
        LabelledKeypoint(
          x: Double(Float(numbers[index] - firstPixel)), y: Double(Float(numbers[index + 1] - firstPixel)),
          visibility: visibility))
    }
  }
}

extension COCOAnnotations {
  /// Whether a joint is labelled, as the published code asks.
  fileprivate func isLabelled(_ annotation: Annotation) -> Bool {
    keypoints[annotation.keypoints].contains { $0 > 0 } && annotation.keypointCount != 0
  }
}
