import PoseCore
import PoseImage
import PoseMedia

/// The pictures of a folder or of a pattern, as the frames of a video.
final class PictureSequence: FrameSource {
  let information: VideoReader.Information
  private(set) var damagedFrames = 0

  private let files: [String]
  private let rate: Double
  private let pixelLimit: Int
  private var place: Int

  /// - Throws: ``VideoError`` where the first picture cannot be read.
  init(_ files: [String], source: String, _ options: VideoReader.Options) throws(VideoError) {
    guard let first = files.first else { throw .noPictureFiles(source: source) }
    (self.files, pixelLimit) = (files, options.pixelLimit)
    rate = options.rate ?? 25
    // What lies before the range is not decoded.
    place = Int(min(Double(files.count), ((options.range?.lowerBound ?? 0) * rate).rounded(.up)))
    let size: Size
    do throws(MediaError) {
      let header = try EncodedImage(contentsOf: first, pixelLimit: options.pixelLimit)
      size = Size(height: header.height, width: header.width)
    } catch {
      throw .wrongPicture("\(error)")
    }
    information = VideoReader.Information(
      size: size, rate: rate, duration: Double(files.count) / rate, start: 0, codec: "pictures", rotation: 0,
      hasSound: false,
      isLive: false)
  }

  /// The next picture; those that cannot be read are left out and counted.
  func next() -> SourceFrame? {
    while place < files.count {
      defer { place += 1 }
      if let image = try? Image(contentsOf: files[place], pixelLimit: pixelLimit) {
        return SourceFrame(picture: .image(image), time: Double(place) / rate, file: files[place])
      }
      damagedFrames += 1
    }
    return nil
  }
}
