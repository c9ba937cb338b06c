import PoseConfiguration
import PoseCore
import PoseFormats

/// What a detector learns from: pictures with boxes, and the recipe by which each becomes an input.
public struct PictureData: Sendable {
  public let samples: [LabelledPicture]
  public var recipe: PictureRecipe
  /// The entries of the datasets that could not be used.
  public let problems: DatasetProblems

  /// Reads the datasets that a configuration names, or those of the published experiment in their usual place.
  ///
  /// - Throws: ``TrainingDataError`` where they do not go with the detector, `FormatError` where they cannot be read.
  public init(_ configuration: ModelConfiguration) throws {
    recipe = try PictureRecipe(configuration)
    let descriptions = try configuration.trainingDatasets()
    var (pictures, problems): ([LabelledPicture], DatasetProblems) = ([], DatasetProblems())
    var reason: String?
    for description in descriptions {
      let dataset = try description.objects(of: configuration.model.classes)
      problems.append(dataset.problems)
      // As published, pictures without an object are left out unless they are asked for.
      let own = dataset.pictures.filter { $0.hasObjects || description.empty }
      pictures += repeatElement(own, count: description.repeats).joined()
      if !own.contains(where: \.hasObjects) {
        reason = reason ?? dataset.reasonForNoObject(configuration.model.classes)
      }
    }
    (samples, self.problems) = (pictures, problems)
    guard samples.contains(where: \.hasObjects) else {
      throw TrainingDataError.dataset(
        descriptions[0].annotations, reason: "has nothing to learn from: \(reason ?? "it has no pictures")")
    }
  }
}

extension PictureRecipe {
  /// The recipe by which training makes the samples of a detector's configuration.
  ///
  /// - Throws: ``TrainingDataError`` where the configuration is of no detector that sees whole pictures at their own aspect.
  public init(_ configuration: ModelConfiguration) throws(TrainingDataError) {
    let train = configuration.train ?? TrainingDescription()
    guard configuration.image.geometry == .letterbox else {
      throw .configuration(
        name: configuration.name,
        reason: "its pictures are not seen at their own aspect, which training a detector needs: "
          + "--set image.geometry=letterbox")
    }
    guard train.augmentation == AugmentationDescription() else {
      throw .configuration(
        name: configuration.name,
        reason: "train.augmentation is for networks that see one person at a time. Set train.pictures")
    }
    let description = train.pictures ?? PictureDescription()
    guard description.affine == nil else {
      throw .configuration(
        name: configuration.name,
        reason: "train.pictures.affine is for networks that find joints. Leave it out, and set train.pictures.resize")
    }
    self.init(input: configuration.model.input)
    encoding = configuration.image.encoding
    fill = UInt8(clamping: configuration.image.fill)
    boxes = description.boxes
    plainEpoch = max(train.epochs - description.plainEpochs, 0)
    augmentation = PictureAugmentation(description)
  }
}

extension PictureAugmentation {
  init(_ description: PictureDescription) {
    self.init()
    (mosaicProbability, mixupProbability) = (description.mosaic, description.mixup)
    scale = description.resize[0]...description.resize[1]
    flipProbability = description.flip
    colors = ColorShift(hue: description.hue, saturation: description.saturation, value: description.value)
  }
}

extension DatasetDescription {
  /// The objects of the pictures that ``pictureSplit`` keeps.
  ///
  /// - Parameter classes: by the names of the file's categories.
  public func objects(of classes: [String]) throws -> ObjectDataset {
    let (file, categories) = try boxAnnotations(of: classes)
    return try ObjectDataset(file, categories, pictures: images, part: pictureSplit)
  }

  /// The annotation file, and which of its categories a detector's classes are.
  ///
  /// - Throws: ``TrainingDataError`` where it is of another kind or has no category of a class, `FormatError` where it cannot
  ///   be read.
  package func boxAnnotations(
    of classes: [String]
  ) throws -> (file: COCOAnnotations, categories: ObjectCategories) {
    try checkHasBoxes()
    let file = try COCOAnnotations(contentsOf: annotations, bad: .skip, joints: .none)
    do throws(ObjectCategoryError) {
      return (file, try ObjectCategories(file, classes: classes))
    } catch {
      throw TrainingDataError.dataset(annotations, reason: error.description)
    }
  }

  /// Refuses the kinds that are of people's joints.
  private func checkHasBoxes() throws(TrainingDataError) {
    guard kind == nil || kind == Self.boxes else {
      throw .dataset(
        annotations,
        reason: "is of the kind '\(kind ?? "")', but a detector learns from boxes in COCO's form: leave the kind out")
    }
  }

  /// The kind of annotations that detectors learn from.
  package static let boxes = "boxes"
}

extension LabelledPicture {
  fileprivate var hasObjects: Bool { boxes.contains { $0.label != nil } }
}

extension ObjectDataset {
  /// Why there is nothing to learn from.
  fileprivate func reasonForNoObject(_ classes: [String]) -> String {
    if pictures.isEmpty { return problems.count > 0 ? problems.summary : "it lists no pictures" }
    var reasons: [String] = problems.count > 0 ? [problems.summary] : []
    if otherObjects > 0 { reasons.append("objects of other categories (\(otherObjects))") }
    let crowds = pictures.reduce(0) { $0 + $1.boxes.count }
    if crowds > 0 { reasons.append("boxes that are crowds or to be ignored (\(crowds))") }
    let names = classes.prefix(5).joined(separator: ", ")
    return reasons.isEmpty
      ? "its pictures (\(pictures.count)) have no boxes of \(names)"
      : "its pictures (\(pictures.count)) have no usable boxes of \(names); left out: "
        + reasons.joined(separator: ", ")
  }
}
