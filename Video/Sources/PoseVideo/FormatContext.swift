import CFFmpeg

/// An open source of FFmpeg.
final class FormatContext {
  let pointer: UnsafeMutablePointer<AVFormatContext>

  /// - Throws: ``VideoError`` where the source cannot be opened.
  init(_ source: String) throws(VideoError) {
    _ = VideoError.silence
    let address = source == "-" ? "pipe:0" : source
    let isRemote = source.firstRange(of: "://") != nil && !source.hasPrefix("file:")
    var options: OpaquePointer?
    defer { av_dict_free(&options) }
    // A playlist on this machine must not make it connect.
    if !isRemote { av_dict_set(&options, "protocol_whitelist", "file,pipe,crypto,data", 0) }
    av_dict_set(&options, "max_streams", "100", 0)
    var opened: UnsafeMutablePointer<AVFormatContext>?
    // A path is a path, whatever characters it has.
    let url = isRemote || source == "-" || source.hasPrefix("file:") ? address : "file:" + address
    var result = avformat_open_input(&opened, url, nil, &options)
    guard result >= 0, let opened else { throw .cannotOpen(source: source, reason: VideoError.reason(result)) }
    pointer = opened
    result = avformat_find_stream_info(opened, nil)
    guard result >= 0 else { throw .cannotOpen(source: source, reason: VideoError.reason(result)) }
  }

  deinit {
    var context: UnsafeMutablePointer<AVFormatContext>? = pointer
    avformat_close_input(&context)
  }

  /// The stream of pictures that FFmpeg would show, and its decoder. A cover of a piece of music is none.
  func pictures(_ source: String) throws(VideoError) -> (Int, UnsafePointer<AVCodec>) {
    var decoder: UnsafePointer<AVCodec>?
    let index = av_find_best_stream(pointer, AVMEDIA_TYPE_VIDEO, -1, -1, &decoder, 0)
    guard index >= 0, let stream = stream(Int(index)), stream.pointee.disposition & AV_DISPOSITION_ATTACHED_PIC == 0
    else {
      let codecs = streams.filter { $0.pointee.codecpar.pointee.codec_type == AVMEDIA_TYPE_VIDEO }
        .map { String(cString: avcodec_get_name($0.pointee.codecpar.pointee.codec_id)) }
      guard let codec = codecs.first, index < 0 else { throw .noPictures(source: source) }
      throw .unknownCodec(source: source, codec: codec)
    }
    guard let decoder else {
      throw .unknownCodec(
        source: source, codec: String(cString: avcodec_get_name(stream.pointee.codecpar.pointee.codec_id)))
    }
    return (Int(index), decoder)
  }

  func stream(_ index: Int) -> UnsafeMutablePointer<AVStream>? {
    index < Int(pointer.pointee.nb_streams) ? pointer.pointee.streams[index] : nil
  }

  var hasSound: Bool { streams.contains { $0.pointee.codecpar.pointee.codec_type == AVMEDIA_TYPE_AUDIO } }

  /// In seconds; nil where the source does not say.
  func duration(_ stream: UnsafeMutablePointer<AVStream>) -> Double? {
    if stream.pointee.duration != ffmpeg_no_time(), stream.pointee.duration > 0 {
      return Double(stream.pointee.duration) * Double(stream.pointee.time_base)
    }
    let whole = pointer.pointee.duration
    return whole != ffmpeg_no_time() && whole > 0 ? Double(whole) / Double(AV_TIME_BASE) : nil
  }

  /// When the first frame is shown, in seconds; 0 where the source does not say.
  func start(_ stream: UnsafeMutablePointer<AVStream>) -> Double {
    let stamp = stream.pointee.start_time
    return stamp == ffmpeg_no_time() ? 0 : Double(stamp) * Double(stream.pointee.time_base)
  }

  /// Goes to the last key frame before a time, where the source can; else reading begins at the start.
  func seek(to time: Double, _ index: Int, _ stream: UnsafeMutablePointer<AVStream>) {
    let base = Double(stream.pointee.time_base)
    guard base > 0, let stamp = Int64(exactly: (time / base).rounded(.down)) else { return }
    av_seek_frame(pointer, Int32(index), stamp, AVSEEK_FLAG_BACKWARD)
  }

  private var streams: [UnsafeMutablePointer<AVStream>] {
    (0..<Int(pointer.pointee.nb_streams)).compactMap { stream($0) }
  }
}
