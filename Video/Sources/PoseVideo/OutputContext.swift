import CFFmpeg
import Foundation

/// A file that FFmpeg writes.
final class OutputContext {
  let pointer: UnsafeMutablePointer<AVFormatContext>
  private let path: String
  private let isFragmented: Bool

  /// - Parameter isFragmented: whether each part of the file plays by itself, where the format has such parts.
  /// - Throws: ``VideoError`` where there is no such format, or the file cannot be opened.
  init(_ path: String, isFragmented: Bool = true) throws(VideoError) {
    _ = VideoError.preparation
    (self.path, self.isFragmented) = (path, isFragmented)
    var context: UnsafeMutablePointer<AVFormatContext>?
    let result = avformat_alloc_output_context2(&context, nil, nil, path)
    guard result >= 0, let context else { throw .unknownFormat(path: path) }
    pointer = context
    let opened = avio_open(&context.pointee.pb, "file:" + path, AVIO_FLAG_WRITE)
    guard opened >= 0 else { throw .cannotWrite(path: path, reason: VideoError.reason(opened)) }
    // What is complete is in the file, also where the program is killed.
    context.pointee.flags |= AVFMT_FLAG_FLUSH_PACKETS
  }

  deinit {
    avio_closep(&pointer.pointee.pb)
    avformat_free_context(pointer)
  }

  /// Whether files with such a name have the encoder's header in one place.
  static func usesGlobalHeader(_ path: String) throws(VideoError) -> Bool {
    _ = VideoError.preparation
    guard let format = av_guess_format(nil, path, nil) else { throw .unknownFormat(path: path) }
    return format.pointee.flags & AVFMT_GLOBALHEADER != 0
  }

  /// - Throws: ``VideoError`` where the format does not take a stream's codec.
  func begin() throws(VideoError) {
    var options: OpaquePointer?
    defer { av_dict_free(&options) }
    let name = String(cString: pointer.pointee.oformat.pointee.name)
    if ["mp4", "mov"].contains(name) {
      av_dict_set(&options, "movflags", isFragmented ? "empty_moov+default_base_moof" : "faststart", 0)
      // A second of video at most is lost where the program is killed.
      if isFragmented { av_dict_set(&options, "frag_duration", "1000000", 0) }
    }
    try check(avformat_write_header(pointer, &options))
  }

  /// - Parameter packet: its times are in its stream's time base. It is empty afterwards.
  func write(_ packet: UnsafeMutablePointer<AVPacket>) throws(VideoError) {
    try check(av_interleaved_write_frame(pointer, packet))
  }

  func end() throws(VideoError) {
    try check(av_write_trailer(pointer))
    try check(avio_closep(&pointer.pointee.pb))
  }

  func stream() -> UnsafeMutablePointer<AVStream> {
    guard let stream = avformat_new_stream(pointer, nil) else { fatalError("there is no memory for a stream") }
    return stream
  }

  private func check(_ result: Int32) throws(VideoError) {
    if result < 0 { throw .cannotWrite(path: path, reason: VideoError.reason(result)) }
  }
}

/// Puts what players need at the start of an MP4 file, so that they can begin before all of it is there.
enum FastStart {
  /// - Throws: ``VideoError`` where the file cannot be read or replaced.
  static func apply(to path: String) throws(VideoError) {
    guard [".mp4", ".mov", ".m4v"].contains(where: path.lowercased().hasSuffix) else { return }
    // A pipe cannot be read again.
    let attributes = try? FileManager.default.attributesOfItem(
      atPath: URL(filePath: path).resolvingSymlinksInPath().path)
    guard attributes?[.type] as? FileAttributeType == .typeRegular else { return }
    let part = path + ".part" + String(path.suffix(4))
    do throws(VideoError) {
      try copy(path, to: part)
    } catch {
      remove(part)
      throw error
    }
    guard rename(part, path) == 0 else {
      let reason = String(cString: strerror(errno))
      remove(part)
      throw .cannotWrite(path: path, reason: reason)
    }
  }

  private static func copy(_ path: String, to part: String) throws(VideoError) {
    let (input, output) = (try FormatContext(path), try OutputContext(part, isFragmented: false))
    for index in 0..<Int(input.pointer.pointee.nb_streams) {
      guard let stream = input.stream(index) else { continue }
      let copy = output.stream()
      avcodec_parameters_copy(copy.pointee.codecpar, stream.pointee.codecpar)
      copy.pointee.codecpar.pointee.codec_tag = 0
      copy.pointee.time_base = stream.pointee.time_base
      let rotation = ffmpeg_rotation(stream)
      if rotation != 0 { ffmpeg_set_rotation(copy, Double(rotation)) }
    }
    try output.begin()
    guard let packet = av_packet_alloc() else { fatalError("there is no memory for a packet") }
    defer {
      var freed: UnsafeMutablePointer<AVPacket>? = packet
      av_packet_free(&freed)
    }
    // Fragments do not say how long their last packet is shown: as long as the one before.
    var (lasts, durations): ([Int: Int64], [Int: Int64]) = ([:], [:])
    while true {
      let result = av_read_frame(input.pointer, packet)
      if result == ffmpeg_end() { break }
      guard result >= 0 else { throw .cannotRead(source: path, reason: VideoError.reason(result)) }
      let index = Int(packet.pointee.stream_index)
      if let from = input.stream(index), let to = output.pointer.pointee.streams[index] {
        if let last = lasts.updateValue(packet.pointee.dts, forKey: index) {
          durations[index] = packet.pointee.dts - last
        }
        if packet.pointee.duration == 0 {
          let base = from.pointee.time_base
          packet.pointee.duration = durations[index] ?? Int64(base.den) / Int64(25 * base.num)
        }
        av_packet_rescale_ts(packet, from.pointee.time_base, to.pointee.time_base)
      }
      try output.write(packet)
    }
    try output.end()
  }
}
