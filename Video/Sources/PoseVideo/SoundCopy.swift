import CFFmpeg

/// Copies the sound of a file packet by packet, as far as the pictures of another have come.
final class SoundCopy {
  private let input: FormatContext
  private let source: String
  private let stream: UnsafeMutablePointer<AVStream>
  private let packet: UnsafeMutablePointer<AVPacket>
  private let start: Double
  private var output: UnsafeMutablePointer<AVStream>?
  private var isHeld = false
  private var isAtEnd = false

  /// - Returns: nil where the file has no sound.
  /// - Throws: ``VideoError`` where the file cannot be opened.
  init?(of source: String, from start: Double) throws(VideoError) {
    input = try FormatContext(source)
    (self.source, self.start) = (source, start)
    let index = av_find_best_stream(input.pointer, AVMEDIA_TYPE_AUDIO, -1, -1, nil, 0)
    guard index >= 0, let stream = input.stream(Int(index)), let packet = av_packet_alloc() else { return nil }
    (self.stream, self.packet) = (stream, packet)
    if start > 0 { input.seek(to: start, Int(index), stream) }
  }

  deinit {
    var packet: UnsafeMutablePointer<AVPacket>? = packet
    av_packet_free(&packet)
  }

  /// FFmpeg's name of the sound's codec.
  var codec: String { String(cString: avcodec_get_name(stream.pointee.codecpar.pointee.codec_id)) }

  /// Whether files of a format can hold the sound.
  func fits(_ context: OutputContext) -> Bool {
    let (format, sound) = (context.pointer.pointee.oformat, stream.pointee.codecpar.pointee)
    // MP4 holds MP3 of the usual rates alone, which FFmpeg says too late.
    if let name = format?.pointee.name, String(cString: name) == "mp4", sound.codec_id == AV_CODEC_ID_MP3,
      sound.sample_rate < 16000
    {
      return false
    }
    return avformat_query_codec(format, sound.codec_id, FF_COMPLIANCE_NORMAL) == 1
  }

  func addStream(to context: OutputContext) {
    let copy = context.stream()
    avcodec_parameters_copy(copy.pointee.codecpar, stream.pointee.codecpar)
    copy.pointee.codecpar.pointee.codec_tag = 0
    copy.pointee.time_base = stream.pointee.time_base
    output = copy
  }

  /// Copies the packets that begin before a time of the new video.
  func copy(until time: Double, to context: OutputContext) throws(VideoError) {
    guard let output else { return }
    let base = Double(stream.pointee.time_base)
    while !isAtEnd {
      if !isHeld {
        let result = av_read_frame(input.pointer, packet)
        guard result >= 0 else {
          isAtEnd = true
          return
        }
        if packet.pointee.stream_index != stream.pointee.index || packet.pointee.pts == ffmpeg_no_time()
          || Double(packet.pointee.pts) * base < start
        {
          av_packet_unref(packet)
          continue
        }
        isHeld = true
      }
      guard Double(packet.pointee.pts) * base - start <= time else { return }
      let shift = Int64((start / base).rounded())
      packet.pointee.pts -= shift
      if packet.pointee.dts != ffmpeg_no_time() { packet.pointee.dts -= shift }
      av_packet_rescale_ts(packet, stream.pointee.time_base, output.pointee.time_base)
      packet.pointee.stream_index = output.pointee.index
      isHeld = false
      try context.write(packet)
    }
  }
}
