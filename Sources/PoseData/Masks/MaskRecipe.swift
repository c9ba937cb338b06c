import PoseCodecs
import PoseConfiguration
import PoseCore
import PoseImage
import PoseMedia

/// How a picture with labelled pixels becomes a network's input and the labels to learn.
public struct MaskRecipe: Sendable, Equatable {
  public var input: Size
  public var classes: [String]
  /// How pixels become the network's numbers.
  public var encoding = PixelEncoding()
  /// The brightness of what no picture covers.
  public var fill: UInt8 = 114
  /// The factor on the size at which a picture would fill the input.
  package var scale = 1.0...1.0
  /// How often a picture is mirrored.
  package var flipProbability = 0.0
  /// Whether brightness, contrast, saturation and hue are changed.
  package var distorts = false
  /// The most that one class may have of the part that is seen; 1 for any.
  package var largestShare = 1.0
  public var decoding = Decoding.exact
  /// The largest number of pixels of a picture that is decoded.
  public var pixelLimit = EncodedImage.defaultPixelLimit

  package init(input: Size, classes: [String]) { (self.input, self.classes) = (input, classes) }

  /// The recipe by which training makes the samples of a configuration.
  ///
  /// - Throws: ``TrainingDataError`` where the configuration's sections do not go with a network that segments pictures.
  public init(_ configuration: ModelConfiguration) throws(TrainingDataError) {
    func refuse(_ reason: String) -> TrainingDataError { .configuration(name: configuration.name, reason: reason) }
    let train = configuration.train ?? TrainingDescription()
    guard configuration.image.geometry == .letterbox else {
      throw refuse(
        "its pictures are not seen at their own aspect, which training needs: --set image.geometry=letterbox")
    }
    guard train.augmentation == AugmentationDescription(), train.pictures == nil else {
      throw refuse(
        "train.augmentation and train.pictures are for networks that find people or objects. Set train.masks")
    }
    let description = train.masks ?? MaskDescription()
    self.init(input: configuration.model.input, classes: configuration.model.classes)
    encoding = configuration.image.encoding
    fill = UInt8(clamping: configuration.image.fill)
    scale = description.resize[0]...description.resize[1]
    (flipProbability, distorts, largestShare) = (description.flip, description.distorts, description.largestShare)
  }

  /// The input's shape: channels, height, width.
  public var inputShape: [Int] { [3, input.height, input.width] }

  /// What batches hold of a sample's labels, each a whole number, 255 for pixels that do not count.
  public var port: TargetPort { TargetPort(name: "labels", shape: [input.height, input.width]) }
}
