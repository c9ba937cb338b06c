/// The samples of which a ``SampleLoader`` makes batches: crops of people, or pictures with labelled objects, labelled
/// people or labelled pixels. Each comes with the recipe by which a sample is made.
public struct SampleSource: Sendable {
  /// The number of samples of an epoch.
  public let count: Int
  /// The shape of one sample's input: channels, height, width.
  public let inputShape: [Int]
  /// The shapes of one sample's targets.
  public let targetShapes: [[Int]]
  /// How many weights a sample has, one for each joint; 0 for samples without.
  public let weightCount: Int
  /// The shape of one sample as a teacher sees it; nil where that is the input itself.
  public let teacherShape: [Int]?
  private let path: @Sendable (Int) -> String
  /// Makes what makes samples, for one thread.
  let maker: @Sendable (_ seed: UInt64) -> any SampleMaker

  /// The path of a sample's picture.
  public func picture(of sample: Int) -> String { path(sample) }

  /// People, of each a crop.
  public init(_ samples: [TrainingSample], recipe: SampleRecipe) {
    count = samples.count
    (inputShape, targetShapes, weightCount) = (recipe.inputShape, recipe.encoder.shapes, recipe.encoder.joints)
    teacherShape = recipe.teacherShape
    path = { samples[$0].picture }
    maker = { PersonSampleMaker(samples, SamplePipeline(recipe, seed: $0)) }
  }

  /// Whole pictures.
  public init(_ samples: [LabelledPicture], recipe: PictureRecipe) {
    count = samples.count
    (inputShape, targetShapes, weightCount) = (recipe.inputShape, [recipe.port.shape], 0)
    teacherShape = nil
    path = { samples[$0].path }
    maker = { PicturePipeline(samples, recipe, seed: $0) }
  }

  /// Pictures with labelled pixels.
  public init(_ samples: [MaskedPicture], recipe: MaskRecipe) {
    count = samples.count
    (inputShape, targetShapes, weightCount) = (recipe.inputShape, [recipe.port.shape], 0)
    teacherShape = nil
    path = { samples[$0].path }
    maker = { MaskPipeline(samples, recipe, seed: $0) }
  }

  /// Pictures with everybody in them.
  public init(_ samples: [PeoplePicture], recipe: SceneRecipe) {
    count = samples.count
    (inputShape, targetShapes, weightCount) = (recipe.inputShape, recipe.encoder.shapes, recipe.encoder.joints)
    teacherShape = nil
    path = { samples[$0].path }
    maker = { ScenePipeline(samples, recipe, seed: $0) }
  }
}

/// Makes samples, one after another. One thread at a time has it.
protocol SampleMaker: AnyObject {
  /// Writes a sample of any content before.
  ///
  /// - Throws: ``MediaError`` where its picture cannot be read.
  func make(_ index: Int, epoch: Int, into row: SampleRow) throws
}

private final class PersonSampleMaker: SampleMaker {
  private let samples: [TrainingSample]
  private let pipeline: SamplePipeline

  init(_ samples: [TrainingSample], _ pipeline: SamplePipeline) { (self.samples, self.pipeline) = (samples, pipeline) }

  func make(_ index: Int, epoch: Int, into row: SampleRow) throws {
    try pipeline.make(samples[index], index: index, epoch: epoch, into: row)
  }
}
