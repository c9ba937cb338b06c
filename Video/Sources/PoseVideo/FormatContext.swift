import CFFmpeg
import Foundation

/// An open source of FFmpeg.
final class FormatContext {
  let pointer: UnsafeMutablePointer<AVFormatContext>

  private let source: String
  private let interrupt: Interrupt
  private let patience: Double?
  private let pipe: UnsafeMutablePointer<AVIOContext>?

  /// How long a source elsewhere may be silent, in seconds.
  private static let patience = 10.0

  /// Opens a file of this machine.
  ///
  /// - Throws: ``VideoError`` where it cannot be opened.
  convenience init(_ path: String) throws(VideoError) {
    try self.init(.file(path), source: path, .init(), Cancellation())
  }

  /// - Parameters:
  ///   - source: the address as the user gave it.
  ///   - options: what a camera is asked for.
  /// - Throws: ``VideoError`` where the source cannot be opened.
  init(
    _ address: VideoAddress, source: String, _ options: VideoReader.Options, _ cancellation: Cancellation
  ) throws(VideoError) {
    _ = VideoError.preparation
    self.source = source
    interrupt = Interrupt(cancellation)
    patience = address.isElsewhere ? Self.patience : nil
    guard let context = avformat_alloc_context() else { fatalError("there is no memory for a source") }
    context.pointee.interrupt_callback = AVIOInterruptCB(
      callback: { opaque in
        opaque.map { Unmanaged<Interrupt>.fromOpaque($0).takeUnretainedValue().isOver } == true ? 1 : 0
      }, opaque: Unmanaged.passUnretained(interrupt).toOpaque())
    var settings = address.settings(options)
    defer { av_dict_free(&settings) }
    pipe = address == .standardInput ? ffmpeg_open_pipe(context, STDIN_FILENO) : nil
    context.pointee.pb = pipe
    var opened: UnsafeMutablePointer<AVFormatContext>? = context
    interrupt.allow(seconds: patience)
    let result = avformat_open_input(&opened, address.url, address.device, &settings)
    guard result >= 0, let opened else {
      // FFmpeg has freed the context.
      ffmpeg_close_pipe(pipe)
      throw .cannotOpen(source: source, reason: interrupt.isLate ? Self.silence : VideoError.reason(result))
    }
    pointer = opened
    // A stream may be joined long before the picture that can be decoded alone.
    interrupt.allow(seconds: patience.map { 3 * $0 })
    let found = avformat_find_stream_info(opened, nil)
    guard found >= 0 else { throw .cannotOpen(source: source, reason: reason(found)) }
  }

  deinit {
    var context: UnsafeMutablePointer<AVFormatContext>? = pointer
    avformat_close_input(&context)
    ffmpeg_close_pipe(pipe)
  }

  private static let silence = "nothing came for \(Int(patience)) seconds"

  private func reason(_ result: Int32) -> String { interrupt.isLate ? Self.silence : VideoError.reason(result) }

  /// Reads the next packet.
  ///
  /// - Returns: false at the end, and once the reader is cancelled.
  /// - Throws: ``VideoError`` where the source breaks off.
  func read(_ packet: UnsafeMutablePointer<AVPacket>) throws(VideoError) -> Bool {
    while true {
      interrupt.allow(seconds: patience)
      let result = av_read_frame(pointer, packet)
      if result >= 0 { return true }
      if result == ffmpeg_invalid_data() || result == ffmpeg_again() { continue }
      if result == ffmpeg_end() || result == ffmpeg_interrupted() && !interrupt.isLate { return false }
      throw .cannotRead(source: source, reason: reason(result))
    }
  }

  /// Whether the times of frames are more than a guess.
  var hasTimes: Bool {
    let format = pointer.pointee.iformat.pointee
    return format.flags & AVFMT_NOTIMESTAMPS == 0 && String(cString: format.name) != "mpjpeg"
  }

  /// Whether what comes from an address is sent as it happens, without an end that is known.
  func isLive(_ address: VideoAddress) -> Bool {
    switch address {
    case .camera: return true
    case .url(let url):
      if !url.lowercased().hasPrefix("http") { return true }
      guard pointer.pointee.duration == ffmpeg_no_time() else { return false }
      let isPlaylist = String(cString: pointer.pointee.iformat.pointee.name).hasPrefix("hls")
      return isPlaylist || avio_size(pointer.pointee.pb) <= 0
    default: return false
    }
  }

  /// The stream of pictures that FFmpeg would show, and its decoder. A cover of a piece of music is none.
  func pictures() throws(VideoError) -> (Int, UnsafePointer<AVCodec>) {
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

extension VideoAddress {
  /// Whether reading it waits for somebody else.
  fileprivate var isElsewhere: Bool {
    switch self {
    case .camera, .url: true
    default: false
    }
  }

  /// As FFmpeg has it. A path is a path, whatever characters it has.
  fileprivate var url: String {
    switch self {
    case .file(let path): path.hasPrefix("file:") ? path : "file:" + path
    case .camera(let name), .url(let name): name
    case .standardInput, .pictures: ""
    }
  }

  /// What reads the cameras of this system; nil for what is no camera.
  fileprivate var device: UnsafePointer<AVInputFormat>? {
    guard case .camera = self else { return nil }
    avdevice_register_all()
    return av_find_input_format(Self.cameraFormat)
  }

  fileprivate func settings(_ options: VideoReader.Options) -> OpaquePointer? {
    var settings: OpaquePointer?
    av_dict_set(&settings, "max_streams", "100", 0)
    switch self {
    case .camera:
      if let size = options.cameraSize { av_dict_set(&settings, "video_size", "\(size.width)x\(size.height)", 0) }
      if let rate = options.rate { av_dict_set(&settings, "framerate", "\(rate)", 0) }
    case .url:
      // Nor may a playlist elsewhere lead to the files of this machine.
      let protocols = "http,https,httpproxy,tls,tcp,udp,udplite,rtp,srtp,rtsp,rtmp,rtmps,rtmpt,rtmpts,srt,crypto,data"
      av_dict_set(&settings, "protocol_whitelist", protocols, 0)
      av_dict_set(&settings, "rtsp_flags", "prefer_tcp", 0)
      av_dict_set(&settings, "analyzeduration", "20000000", 0)
    default:
      // A playlist on this machine must not make it connect.
      av_dict_set(&settings, "protocol_whitelist", "file,pipe,crypto,data", 0)
    }
    return settings
  }
}
