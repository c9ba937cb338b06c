import PoseImage

/// A picture of a video.
public struct VideoFrame: Sendable {
  /// The frame's place among those that the reader goes through, from 0; where every so many frames are taken, those between
  /// count too.
  public let index: Int
  /// When the frame is shown, in seconds, as the file has it; later than the frame before.
  public let time: Double
  /// The upright picture with square pixels.
  public let image: Image
  /// The file of a picture of a sequence; nil for what is no such sequence.
  public let file: String?
}
