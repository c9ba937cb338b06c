import CFFmpeg
import PoseCore

/// The decoded frames of what FFmpeg opens: files, standard input, cameras and streams.
final class DecodedVideo: FrameSource {
  let information: VideoReader.Information
  private(set) var damagedFrames = 0

  private let format: FormatContext
  private let codec: CodecContext
  private let stream: Int32
  private let timeBase: AVRational
  private var isAtEnd = false

  /// - Throws: ``VideoError``.
  init(
    _ address: VideoAddress, source: String, _ options: VideoReader.Options, _ cancellation: Cancellation
  ) throws(VideoError) {
    format = try FormatContext(address, source: source, options, cancellation)
    let (index, decoder) = try format.pictures()
    guard let stream = format.stream(index) else { throw .noPictures(source: source) }
    (self.stream, timeBase) = (Int32(index), stream.pointee.time_base)
    let isLive = format.isLive(address)
    codec = try CodecContext(decoder, stream, source: source, options, isLive: isLive)
    let parameters = stream.pointee.codecpar.pointee
    let (width, height) = (Int(parameters.width), Int(parameters.height))
    guard width > 0, height > 0 else { throw .noPictures(source: source) }
    let rotation = Int(ffmpeg_rotation(stream))
    let ratio = av_guess_sample_aspect_ratio(format.pointer, stream, nil)
    information = VideoReader.Information(
      size: FrameConverter.upright(Size(height: height, width: width), ratio: ratio, rotation: rotation),
      rate: Self.rate(stream), duration: format.duration(stream), start: format.start(stream),
      codec: String(cString: avcodec_get_name(parameters.codec_id)), rotation: rotation, hasSound: format.hasSound,
      isLive: isLive)
    if !isLive, let start = options.range?.lowerBound { format.seek(to: start, index, stream) }
  }

  func next() throws(VideoError) -> SourceFrame? {
    while let frame = try codec.nextFrame(read) {
      damagedFrames += codec.takeDamaged()
      if ffmpeg_is_damaged(frame) != 0 {
        damagedFrames += 1
        continue
      }
      let stamp = frame.pointee.best_effort_timestamp
      // Of a live source without times the clock is better than FFmpeg's guess.
      let isKnown = stamp != ffmpeg_no_time() && (!information.isLive || format.hasTimes)
      // Divided last, so that two fifths of a second are 0.4.
      let time = isKnown ? Double(stamp) * Double(timeBase.num) / Double(timeBase.den) : nil
      let ratio = av_guess_sample_aspect_ratio(format.pointer, format.stream(Int(stream)), frame)
      return SourceFrame(picture: .decoded(frame), time: time, ratio: ratio)
    }
    damagedFrames += codec.takeDamaged()
    return nil
  }

  /// The next packet of the pictures; false at the end.
  private func read(_ packet: UnsafeMutablePointer<AVPacket>) throws(VideoError) -> Bool {
    while !isAtEnd {
      do {
        isAtEnd = try !format.read(packet)
      } catch {
        isAtEnd = true
        throw error
      }
      if !isAtEnd, packet.pointee.stream_index == stream { return true }
      av_packet_unref(packet)
    }
    return false
  }

  private static func rate(_ stream: UnsafeMutablePointer<AVStream>) -> Double? {
    for rate in [stream.pointee.avg_frame_rate, stream.pointee.r_frame_rate] where rate.num > 0 && rate.den > 0 {
      return Double(rate)
    }
    return nil
  }
}

extension Double {
  init(_ ratio: AVRational) { self = ratio.den == 0 ? 0 : Double(ratio.num) / Double(ratio.den) }
}
