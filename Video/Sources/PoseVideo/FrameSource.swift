import CFFmpeg
import PoseCore
import PoseImage

/// Where the frames of a video come from.
protocol FrameSource: AnyObject {
  var information: VideoReader.Information { get }
  /// How many frames could not be decoded so far.
  var damagedFrames: Int { get }
  /// How many frames were left out so far because newer ones had come.
  var droppedFrames: Int { get }
  /// How often the source was opened again.
  var reconnections: Int { get }

  /// The next frame, which is valid until the next call; nil at the end.
  func next() throws(VideoError) -> SourceFrame?
}

extension FrameSource {
  var droppedFrames: Int { 0 }
  var reconnections: Int { 0 }
}

/// A frame as it is stored.
struct SourceFrame {
  enum Picture {
    /// Pixels in any form of FFmpeg, as they are stored, which may lie on their side.
    case decoded(UnsafeMutablePointer<AVFrame>)
    /// An upright picture.
    case image(Image)
  }

  let picture: Picture
  /// When it is shown, in seconds; nil where the source does not say.
  var time: Double?
  /// The width of a pixel by its height, 0 where nobody knows.
  var ratio = AVRational(num: 0, den: 1)
  /// How many frames before it were left out because it had come.
  var dropped = 0
  /// The file of a picture of a sequence.
  var file: String?

  var size: Size {
    switch picture {
    case .decoded(let frame): Size(height: Int(frame.pointee.height), width: Int(frame.pointee.width))
    case .image(let image): Size(height: image.height, width: image.width)
    }
  }
}
