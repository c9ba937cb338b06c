import PoseConfiguration
import PoseCore

extension DatasetDescription {
  /// The dataset's kind.
  ///
  /// - Parameter mapsJoints: whether it may have other joints than the network, of which those with the same names are used.
  public func kind(for skeleton: Skeleton, mapsJoints: Bool = false) throws(TrainingDataError) -> DatasetKind {
    do {
      return try DatasetKind(named: kind, for: skeleton, mapsJoints: mapsJoints)
    } catch {
      throw .dataset(annotations, reason: error.description)
    }
  }

  /// The people of the pictures that ``pictureSplit`` keeps, with these joints.
  ///
  /// - Parameter everybody: whether crowds and people without a labelled joint are among them, with their pixels.
  public func dataset(_ kind: DatasetKind, joints: Skeleton, everybody: Bool = false) throws -> Dataset {
    let whole = try Dataset(
      kind, annotations: annotations, pictures: images,
      options: DatasetOptions(
        includesCrowds: everybody, includesUnlabelled: everybody || unlabelled, includesSegmentations: everybody))
    let dataset = try pictureSplit.map(whole.keeping) ?? whole
    return kind.skeleton == joints
      ? dataset : try dataset.mapped(to: joints, by: JointMapping(from: kind.skeleton, to: joints))
  }

  /// Which of the pictures are meant; nil for all.
  public var pictureSplit: PictureSplit? {
    get throws(TrainingDataError) {
      guard let part else { return nil }
      guard let split = PictureSplit(part) else {
        throw .dataset(annotations, reason: "there is no part '\(part)' of it: write 2/5, or not 2/5 for the others")
      }
      return split
    }
  }
}

extension ModelConfiguration {
  /// The datasets to learn from: those that the configuration names, or the published experiment's.
  ///
  /// - Throws: ``TrainingDataError`` where there are none.
  func trainingDatasets() throws(TrainingDataError) -> [DatasetDescription] {
    let named = train?.data.train ?? []
    return named.isEmpty ? [try publishedData().train] : named.map { $0.below(data?.root) }
  }

  /// The dataset that shows how well a network learns; nil where datasets are named and this is not.
  ///
  /// - Throws: ``TrainingDataError`` where there is none.
  public func validationDataset() throws(TrainingDataError) -> DatasetDescription? {
    guard let train else { return nil }
    if let named = train.data.validation { return named.below(data?.root) }
    return train.data.train.isEmpty && inputPose == nil ? try publishedData().validation : nil
  }

  /// Where the published code looks for the datasets of its experiments: below `data`, or below the data's root.
  private func publishedData() throws(TrainingDataError) -> (train: DatasetDescription, validation: DatasetDescription)
  {
    let root = data?.root ?? "data"
    func coco(_ part: String) -> DatasetDescription {
      DatasetDescription(
        kind: "coco", annotations: "\(root)/coco/annotations/person_keypoints_\(part)2017.json",
        images: "\(root)/coco/\(part)2017")
    }
    func wholeBody(_ part: String) -> DatasetDescription {
      DatasetDescription(
        kind: "wholebody", annotations: "\(root)/coco/annotations/coco_wholebody_\(part)_v1.0.json",
        images: "\(root)/coco/\(part)2017")
    }
    func mpii(_ part: String) -> DatasetDescription {
      DatasetDescription(
        kind: "mpii", annotations: "\(root)/mpii/annotations/mpii_\(part).json", images: "\(root)/mpii/images")
    }
    func objects(_ part: String) -> DatasetDescription {
      DatasetDescription(
        annotations: "\(root)/coco/annotations/instances_\(part)2017.json", images: "\(root)/coco/\(part)2017")
    }
    if segmentsPictures, model.classes == SegmentationClasses.cityscapes.classes {
      func city(_ part: String) -> DatasetDescription {
        DatasetDescription(
          kind: DatasetDescription.masks, annotations: "\(root)/cityscapes/gtFine/\(part)",
          images: "\(root)/cityscapes/leftImg8bit/\(part)")
      }
      return (city("train"), city("val"))
    }
    if model.classes.contains("person") { return (objects("train"), objects("val")) }
    switch model.skeleton?.name {
    case "coco17": return (coco("train"), coco("val"))
    case "crowdpose14":
      func crowd(_ part: String) -> DatasetDescription {
        DatasetDescription(
          kind: "crowdpose", annotations: "\(root)/crowdpose/annotations/mmpose_crowdpose_\(part).json",
          images: "\(root)/crowdpose/images")
      }
      return (crowd("trainval"), crowd("test"))
    case "wholebody133": return (wholeBody("train"), wholeBody("val"))
    case "mpii16":
      var validation = mpii("val")
      validation.truth = "\(root)/mpii/annotations/mpii_gt_val.mat"
      return (mpii("train"), validation)
    default:
      throw .configuration(
        name: name,
        reason: "no dataset is named. Add --set train.data.train.0.annotations=FILE "
          + "--set train.data.train.0.images=FOLDER")
    }
  }
}
