import CFFmpeg
import PoseCore
import PoseImage

/// Makes packets of pictures.
final class Encoder {
  private let context: UnsafeMutablePointer<AVCodecContext>
  private let frame: UnsafeMutablePointer<AVFrame>
  private let packet: UnsafeMutablePointer<AVPacket>
  private let scaler: OpaquePointer
  private let size: Size
  private let path: String
  private var stream: UnsafeMutablePointer<AVStream>?
  private let timeBase: AVRational

  /// - Throws: ``VideoError`` where there is no such encoder, or it does not take the size.
  init(_ size: Size, _ options: VideoWriter.Options, path: String, usesGlobalHeader: Bool) throws(VideoError) {
    (self.size, self.path) = (size, path)
    // Microseconds; older codecs count no finer than this.
    timeBase = AVRational(num: 1, den: options.encoder.hasPrefix("libx26") ? 1_000_000 : 60_000)
    guard let codec = avcodec_find_encoder_by_name(options.encoder) else {
      throw .unknownEncoder(name: options.encoder)
    }
    let even = Size(height: (size.height + 1) / 2 * 2, width: (size.width + 1) / 2 * 2)
    guard let context = avcodec_alloc_context3(codec), let frame = av_frame_alloc(), let packet = av_packet_alloc(),
      let scaler = sws_getContext(
        Int32(size.width), Int32(size.height), AV_PIX_FMT_RGB24, Int32(size.width), Int32(size.height),
        AV_PIX_FMT_YUV420P, SWS_BILINEAR | SWS_ACCURATE_RND, nil, nil, nil)
    else { fatalError("there is no memory for an encoder") }
    (self.context, self.frame, self.packet, self.scaler) = (context, frame, packet, scaler)
    let isLarge = size.height >= 720
    sws_setColorspaceDetails(
      scaler, sws_getCoefficients(SWS_CS_DEFAULT), 1, sws_getCoefficients(isLarge ? SWS_CS_ITU709 : SWS_CS_ITU601), 0,
      0,
      1 << 16, 1 << 16)
    (context.pointee.width, context.pointee.height) = (Int32(even.width), Int32(even.height))
    context.pointee.pix_fmt = AV_PIX_FMT_YUV420P
    context.pointee.colorspace = isLarge ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M
    context.pointee.color_primaries = isLarge ? AVCOL_PRI_BT709 : AVCOL_PRI_SMPTE170M
    context.pointee.color_trc = isLarge ? AVCOL_TRC_BT709 : AVCOL_TRC_SMPTE170M
    context.pointee.color_range = AVCOL_RANGE_MPEG
    context.pointee.time_base = timeBase
    context.pointee.framerate = av_d2q(options.rate ?? 25, 100_000)
    // Each picture is coded by those before it alone, so that times are what they are and a file may end anywhere.
    context.pointee.max_b_frames = 0
    if usesGlobalHeader { context.pointee.flags |= AV_CODEC_FLAG_GLOBAL_HEADER }
    var settings: OpaquePointer?
    defer { av_dict_free(&settings) }
    if options.encoder.hasPrefix("libx26") {
      av_dict_set(&settings, "preset", "veryfast", 0)
      av_dict_set(&settings, "crf", "\(options.quality)", 0)
      context.pointee.gop_size = Int32(max(1, 2 * (options.rate ?? 25)))
    }
    let result = avcodec_open2(context, codec, &settings)
    guard result >= 0 else {
      throw .cannotWrite(path: path, reason: "\(options.encoder): \(VideoError.reason(result))")
    }
    frame.pointee.format = AV_PIX_FMT_YUV420P.rawValue
    (frame.pointee.width, frame.pointee.height) = (Int32(even.width), Int32(even.height))
    guard av_frame_get_buffer(frame, 0) >= 0 else { fatalError("there is no memory for a frame") }
  }

  deinit {
    sws_freeContext(scaler)
    var (context, frame, packet) = (Optional(context), Optional(frame), Optional(packet))
    avcodec_free_context(&context)
    av_frame_free(&frame)
    av_packet_free(&packet)
  }

  /// - Parameter rotation: by how many degrees players are to turn the pictures clockwise.
  func addStream(to output: OutputContext, rotation: Int) {
    let stream = output.stream()
    avcodec_parameters_from_context(stream.pointee.codecpar, context)
    stream.pointee.time_base = timeBase
    stream.pointee.avg_frame_rate = context.pointee.framerate
    if rotation != 0 { ffmpeg_set_rotation(stream, Double(rotation)) }
    self.stream = stream
  }

  /// Encodes a picture, or what is still held for nil.
  func encode(
    _ image: Image?, at time: Double, _ write: (UnsafeMutablePointer<AVPacket>) throws(VideoError) -> Void
  ) throws(VideoError) {
    if let image { fill(image, at: time) }
    try check(avcodec_send_frame(context, image == nil ? nil : frame))
    while true {
      let result = avcodec_receive_packet(context, packet)
      if result == ffmpeg_again() || result == ffmpeg_end() { return }
      try check(result)
      if packet.pointee.duration == 0 {
        packet.pointee.duration = Int64(Double(timeBase.den) / Double(context.pointee.framerate))
      }
      if let stream {
        packet.pointee.stream_index = stream.pointee.index
        av_packet_rescale_ts(packet, timeBase, stream.pointee.time_base)
      }
      try write(packet)
    }
  }

  private func fill(_ image: Image, at time: Double) {
    // The encoder may still read the frame's memory.
    guard av_frame_make_writable(frame) >= 0 else { fatalError("there is no memory for a frame") }
    image.pixels.withUnsafeBufferPointer { pixels in
      var rows: [UnsafePointer<UInt8>?] = [pixels.baseAddress, nil, nil, nil]
      var strides = [Int32(3 * size.width), 0, 0, 0]
      withUnsafeBytes(of: &frame.pointee.data) { data in
        withUnsafeBytes(of: &frame.pointee.linesize) { lines in
          _ = sws_scale(
            scaler, &rows, &strides, 0, Int32(size.height),
            data.bindMemory(to: UnsafeMutablePointer<UInt8>?.self).baseAddress,
            lines.bindMemory(to: Int32.self).baseAddress)
        }
      }
    }
    fillEdges()
    frame.pointee.pts = Int64((time * Double(timeBase.den)).rounded())
    frame.pointee.pict_type = AV_PICTURE_TYPE_NONE
  }

  /// Repeats the last column and row of odd sizes.
  private func fillEdges() {
    guard let luma = frame.pointee.data.0 else { return }
    let stride = Int(frame.pointee.linesize.0)
    if size.width % 2 == 1 {
      for row in 0..<size.height { luma[row * stride + size.width] = luma[row * stride + size.width - 1] }
    }
    if size.height % 2 == 1 {
      (luma + size.height * stride).update(from: luma + (size.height - 1) * stride, count: (size.width + 1) / 2 * 2)
    }
  }

  private func check(_ result: Int32) throws(VideoError) {
    if result < 0 { throw .cannotWrite(path: path, reason: VideoError.reason(result)) }
  }
}
