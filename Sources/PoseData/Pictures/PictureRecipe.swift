import PoseCodecs
import PoseCore
import PoseImage
import PoseMedia

/// How a labelled picture becomes a detector's input and the boxes to learn.
public struct PictureRecipe: Sendable, Equatable {
  public var input: Size
  /// How pixels become the network's numbers.
  public var encoding = PixelEncoding()
  /// The brightness of what no picture covers.
  public var fill: UInt8 = 114
  package var augmentation = PictureAugmentation()
  /// The first epoch whose samples show one picture alone.
  package var plainEpoch = Int.max
  /// The most boxes of a sample; the largest are kept.
  package var boxes = 256
  /// Whether large JPEGs may be decoded at a part of their size, which is faster and smooths what would be skipped.
  public var decoding = Decoding.reduced
  /// The largest number of pixels of a picture that is decoded.
  public var pixelLimit = EncodedImage.defaultPixelLimit

  package init(input: Size) { self.input = input }

  /// The input's shape: channels, height, width.
  public var inputShape: [Int] { [3, input.height, input.width] }

  /// What batches hold of a sample's boxes: rows of numbers, as ``BoxRow`` says.
  public var port: TargetPort { TargetPort(name: "boxes", shape: [boxes, BoxRow.count]) }

  /// The variation of an epoch.
  func augmentation(in epoch: Int) -> PictureAugmentation { epoch < plainEpoch ? augmentation : augmentation.plain }
}
