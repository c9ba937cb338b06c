import PoseCodecs
import PoseConfiguration
import PoseCore
import PoseGraph
import PoseImage
import PoseMedia

/// How a picture with everybody in it becomes a network's input and its targets.
public struct SceneRecipe: Sendable, Equatable {
  public var skeleton: Skeleton
  /// Writes the targets, and knows the input's size.
  public var encoder: TargetEncoder
  public var warp = Warp.standard
  /// How pictures, or mosaics of them, are scaled, turned and moved.
  package var affine = AffineDescription.whole
  /// Mosaics, mixed pictures, mirrors and colors; the scale is that of mixed pictures.
  package var augmentation = PictureAugmentation()
  /// The first epoch whose samples show one whole picture, perhaps mirrored and of other colors.
  public var plainEpoch = Int.max
  /// How pixels become the network's numbers.
  public var encoding = PixelEncoding()
  /// The brightness of what no picture covers.
  public var fill: UInt8 = 0
  /// Whether large JPEGs may be decoded at a part of their size; pictures then differ a little.
  public var decoding = Decoding.exact
  /// The largest number of pixels of a picture that is decoded.
  public var pixelLimit = EncodedImage.defaultPixelLimit

  package init(skeleton: Skeleton, encoder: TargetEncoder) { (self.skeleton, self.encoder) = (skeleton, encoder) }

  public var input: Size { encoder.input }

  /// The input's shape: channels, height, width.
  public var inputShape: [Int] { [3, input.height, input.width] }

  /// The variation of an epoch.
  func variation(in epoch: Int) -> (augmentation: PictureAugmentation, affine: AffineDescription) {
    epoch < plainEpoch ? (augmentation, affine) : (augmentation.plain, .whole)
  }
}

extension SceneRecipe {
  /// The recipe by which training makes the samples of a network that looks for everybody at once.
  ///
  /// - Parameter graph: the configuration's network, whose outputs learn the targets.
  /// - Throws: ``TrainingDataError`` where nothing is known to learn, `TargetError` where a setting is out of range.
  public init(_ configuration: ModelConfiguration, graph: Graph) throws {
    let train = configuration.train ?? TrainingDescription()
    guard let target = configuration.codec.target, target.takesEverybody else {
      throw TrainingDataError.configuration(
        name: configuration.name,
        reason: "its codec \(configuration.codec.name) has no target of everybody to train with")
    }
    guard train.augmentation == AugmentationDescription() else {
      throw TrainingDataError.configuration(
        name: configuration.name,
        reason: "train.augmentation is for networks that see one person at a time. Set train.pictures")
    }
    let (input, skeleton) = (configuration.model.input, try configuration.skeleton())
    let description = train.pictures ?? PictureDescription()
    func size(of shape: [Int]) -> Size { Size(height: shape[2], width: shape[3]) }
    let outputs = graph.outputs.map { (name: $0.name, shape: graph.shape(of: $0.value)) }.filter { $0.shape.count == 4 }
    let maps = outputs.first { !$0.name.hasPrefix("fine_") }.map { size(of: $0.shape) }
    let grid = TargetGrid(
      joints: skeleton.joints.count, input: input,
      maps: maps ?? Size(height: input.height / 4, width: input.width / 4),
      fineMaps: outputs.first { $0.name.hasPrefix("fine_") }.map { size(of: $0.shape) }, people: description.boxes)
    self.init(skeleton: skeleton, encoder: try TargetEncoder(target, for: grid))
    warp = configuration.image.warp
    encoding = configuration.image.encoding
    // The published code that looks at short sides leaves the rest black.
    fill = configuration.image.geometry == .shortSide ? 0 : UInt8(clamping: configuration.image.fill)
    plainEpoch = max(train.epochs - description.plainEpochs, 0)
    affine = description.affine ?? .whole
    augmentation = PictureAugmentation(description)
  }
}
