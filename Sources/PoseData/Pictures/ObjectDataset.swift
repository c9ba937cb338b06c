import PoseCore
import PoseFormats

/// The objects of a detector's classes in the pictures of an annotation file in COCO's form.
///
/// Boxes of crowds (`iscrowd`), and those that the file says to ignore (`ignore`), become areas of which nothing is known.
/// Objects of other categories are part of the background.
public struct ObjectDataset: Sendable {
  /// In the order of the file, those without an object among them.
  public private(set) var pictures: [LabelledPicture] = []
  /// What could not be used.
  public private(set) var problems = DatasetProblems()
  /// The number of objects of other categories.
  package private(set) var otherObjects = 0

  /// - Parameters:
  ///   - folder: the folder that the pictures' file names are below.
  ///   - part: the pictures that are meant; nil for all.
  /// - Throws: ``DatasetProblem`` where `bad` refuses one.
  package init(
    _ file: COCOAnnotations, _ categories: ObjectCategories, pictures folder: String, part: PictureSplit? = nil,
    bad: BadRecords = .skip
  ) throws(DatasetProblem) {
    problems.append(file.skipped)
    var indices: [Int: Int] = [:]
    var sizes: [(width: Double, height: Double)] = []
    var others: Set<Int> = []
    for image in file.images {
      guard part?.contains(picture: image.id) ?? true else {
        others.insert(image.id)
        continue
      }
      do throws(DatasetProblem) {
        guard indices[image.id] == nil else { throw .duplicatePicture(id: image.id) }
        guard let name = image.fileName, !name.isEmpty else { throw .noFileName(picture: image.id) }
        guard image.width > 0, image.height > 0 else { throw .noSize(picture: image.id) }
        indices[image.id] = pictures.count
        pictures.append(LabelledPicture(id: image.id, path: Dataset.path(name, in: folder), boxes: []))
        sizes.append((Double(image.width), Double(image.height)))
      } catch {
        try problems.append(error, bad)
      }
    }
    for annotation in file.annotations where !others.contains(annotation.imageID) {
      guard let label = categories.labels[annotation.categoryID] else {
        otherObjects += 1
        continue
      }
      do throws(DatasetProblem) {
        guard let picture = indices[annotation.imageID] else {
          throw .unknownPicture(id: annotation.imageID, annotation: annotation.id)
        }
        guard let box = annotation.boundingBox else { throw .noBox(annotation: annotation.id) }
        guard let inside = box.within(width: sizes[picture].width, height: sizes[picture].height) else {
          throw .emptyBox(annotation: annotation.id, box)
        }
        pictures[picture].boxes.append(
          LabelledBox(inside, label: annotation.isCrowd || annotation.isIgnored ? nil : label))
      } catch {
        try problems.append(error, bad)
      }
    }
  }
}

extension BoundingBox {
  /// What of the box lies in a picture of that size; nil where it is less than a pixel wide or high, which MMDetection leaves
  /// out.
  fileprivate func within(width: Double, height: Double) -> BoundingBox? {
    guard x.isFinite, y.isFinite, self.width >= 1, self.height >= 1 else { return nil }
    let (left, top) = (max(x, 0), max(y, 0))
    let (right, bottom) = (min(x + self.width, width), min(y + self.height, height))
    return right > left && bottom > top
      ? BoundingBox(x: left, y: top, width: right - left, height: bottom - top) : nil
  }
}
