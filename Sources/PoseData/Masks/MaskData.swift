import PoseCodecs
import PoseConfiguration
import PoseCore
import PoseFormats

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What a network that segments pictures learns from: pictures with labelled pixels, and the recipe by which each becomes an
/// input.
public struct MaskData: Sendable {
  public let samples: [MaskedPicture]
  public var recipe: MaskRecipe
  /// Whether the middles of the outermost places of scores lie on those of the labels, and not their edges.
  public let alignsCorners: Bool
  /// The entries of the datasets that could not be used.
  public let problems: DatasetProblems

  /// Reads the datasets that a configuration names, or Cityscapes in its usual place.
  ///
  /// - Throws: ``TrainingDataError`` where they do not go with the network, ``MaskError`` where masks are missing,
  ///   `FormatError` where annotations cannot be read.
  public init(_ configuration: ModelConfiguration) throws {
    recipe = try MaskRecipe(configuration)
    alignsCorners = (configuration.codec.decoder as? SegmentationDecoder)?.alignCorners ?? false
    var (pictures, problems): ([MaskedPicture], DatasetProblems) = ([], DatasetProblems())
    for description in try configuration.trainingDatasets() {
      let dataset = try description.maskedPictures(classes: configuration.model.classes)
      problems.append(dataset.problems)
      pictures += repeatElement(dataset.pictures, count: description.repeats).joined()
    }
    (samples, self.problems) = (pictures, problems)
  }
}

extension DatasetDescription {
  /// The kind of masks: `annotations` is the folder of the masks, `images` that of the pictures.
  static let masks = "masks"

  /// A dataset of labelled pixels: a folder of masks, or a file of outlines in COCO's form.
  package init(ofMasks annotations: String, images: String) {
    var isFolder = false
    let exists = FileManager.default.fileExists(atPath: annotations, isDirectory: &isFolder)
    self.init(kind: exists && isFolder ? Self.masks : nil, annotations: annotations, images: images)
  }

  /// The pictures whose pixels are labelled: by masks in a folder, or by the outlines of annotations in COCO's form, whose
  /// categories are the classes of the same names and everything else the first class.
  ///
  /// - Throws: ``TrainingDataError`` where there is nothing to learn, ``MaskError``, `FormatError`.
  public func maskedPictures(
    classes: [String]
  ) throws -> (pictures: [MaskedPicture], problems: DatasetProblems) {
    if kind == Self.masks {
      guard part == nil else {
        throw TrainingDataError.dataset(
          annotations, reason: "is a folder of masks, which has no parts: leave the part out")
      }
      let masks = try MaskFolder(annotations, endings: MaskFolder.maskEndings)
      let pictures = try MaskFolder(images, endings: MaskFolder.pictureEndings).paired(with: masks).map {
        MaskedPicture(
          path: $0.first.path,
          labels: .file($0.second.path, hasCityscapesNumbers: $0.second.hasCityscapesNumbers))
      }
      return (pictures, DatasetProblems())
    }
    guard kind == nil else {
      throw TrainingDataError.dataset(
        annotations,
        reason: "is of the kind '\(kind ?? "")', but pixels have the kind masks, or none for outlines of COCO's")
    }
    let file = try COCOAnnotations(contentsOf: annotations, bad: .skip, joints: .none, segmentations: true)
    let names = Array(classes.dropFirst())
    let categories: ObjectCategories
    do throws(ObjectCategoryError) {
      categories = try ObjectCategories(file, classes: names)
    } catch {
      throw TrainingDataError.dataset(annotations, reason: error.description)
    }
    let pictures = try file.maskedPictures(categories, below: images, part: pictureSplit, keepsEmpty: empty)
    guard !pictures.isEmpty else {
      throw TrainingDataError.dataset(
        annotations, reason: "has no pictures with outlines of \(names.joined(separator: ", "))")
    }
    var problems = DatasetProblems()
    problems.append(file.skipped)
    return (pictures, problems)
  }
}

extension COCOAnnotations {
  /// - Parameter keepsEmpty: whether pictures without an object are among them.
  fileprivate func maskedPictures(
    _ categories: ObjectCategories, below folder: String, part: PictureSplit?, keepsEmpty: Bool
  ) -> [MaskedPicture] {
    var objects: [Int: [MaskedPicture.Object]] = [:]
    for annotation in annotations {
      guard let label = categories.labels[annotation.categoryID] else { continue }
      let counts = !annotation.isCrowd && !annotation.isIgnored
      objects[annotation.imageID, default: []].append(
        MaskedPicture.Object(
          label: counts ? UInt8(clamping: label + 1) : nil,
          box: annotation.boundingBox ?? BoundingBox(x: 0, y: 0, width: 0, height: 0),
          segmentation: annotation.segmentation))
    }
    var seen: Set<Int> = []
    return images.compactMap { image in
      guard part?.contains(picture: image.id) ?? true, seen.insert(image.id).inserted, let name = image.fileName,
        image.width > 0, image.height > 0
      else { return nil }
      let own = objects[image.id] ?? []
      guard keepsEmpty || own.contains(where: { $0.label != nil }) else { return nil }
      return MaskedPicture(
        path: Dataset.path(name, in: folder),
        labels: .objects(own, size: Size(height: image.height, width: image.width)))
    }
  }
}
