import CFFmpeg
import PoseCore

/// An open decoder of FFmpeg.
final class CodecContext {
  private let pointer: UnsafeMutablePointer<AVCodecContext>
  private let packet: UnsafeMutablePointer<AVPacket>
  private let frame: UnsafeMutablePointer<AVFrame>
  private let source: String
  private var isDraining = false
  private var damaged = 0

  /// - Parameter isLive: whether frames are wanted at once rather than many a second.
  /// - Throws: ``VideoError`` where the decoder does not take the stream.
  init(
    _ decoder: UnsafePointer<AVCodec>, _ stream: UnsafeMutablePointer<AVStream>, source: String,
    _ options: VideoReader.Options, isLive: Bool
  ) throws(VideoError) {
    self.source = source
    guard let context = avcodec_alloc_context3(decoder), let packet = av_packet_alloc(), let frame = av_frame_alloc()
    else { fatalError("there is no memory for a decoder") }
    (pointer, self.packet, self.frame) = (context, packet, frame)
    avcodec_parameters_to_context(context, stream.pointee.codecpar)
    context.pointee.thread_count = Int32(clamping: options.threads)
    if isLive {
      // Several frames at once would each wait for those after it.
      context.pointee.thread_type = FF_THREAD_SLICE
      context.pointee.flags |= AV_CODEC_FLAG_LOW_DELAY
    }
    context.pointee.max_pixels = Int64(options.pixelLimit)
    context.pointee.pkt_timebase = stream.pointee.time_base
    let result = avcodec_open2(context, decoder, nil)
    guard result >= 0 else {
      let parameters = stream.pointee.codecpar.pointee
      let size = Size(height: Int(parameters.height), width: Int(parameters.width))
      if size.width * size.height > options.pixelLimit {
        throw .tooLarge(source: source, size: size, limit: options.pixelLimit)
      }
      throw .cannotOpen(source: source, reason: VideoError.reason(result))
    }
  }

  deinit {
    var (context, packet, frame) = (
      Optional(pointer), Optional(packet), Optional(frame)
    )
    avcodec_free_context(&context)
    av_packet_free(&packet)
    av_frame_free(&frame)
  }

  /// How many packets gave no frame since the last call.
  func takeDamaged() -> Int {
    defer { damaged = 0 }
    return damaged
  }

  /// The next frame, which is valid until the next call; nil at the end.
  ///
  /// - Parameter read: fills a packet; false at the end.
  func nextFrame(
    _ read: (UnsafeMutablePointer<AVPacket>) throws(VideoError) -> Bool
  ) throws(VideoError) -> UnsafeMutablePointer<AVFrame>? {
    while true {
      let received = avcodec_receive_frame(pointer, frame)
      if received == 0 { return frame }
      if received == ffmpeg_end() { return nil }
      // What a decoder makes of damaged pictures shows at either end of it.
      if received != ffmpeg_again() {
        damaged += 1
        if isDraining { return nil }
        continue
      }
      if isDraining { return nil }
      if try read(packet) {
        let sent = avcodec_send_packet(pointer, packet)
        av_packet_unref(packet)
        if sent < 0, sent != ffmpeg_again() { damaged += 1 }
      } else {
        isDraining = true
        avcodec_send_packet(pointer, nil)
      }
    }
  }
}
