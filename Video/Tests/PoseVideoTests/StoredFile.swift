import CFFmpeg
import Foundation
import PoseCore
import Testing

@testable import PoseVideo

/// A small video of numbered pictures that `Scripts/make-video-goldens` made, with ffprobe's words about it.
struct StoredFile: CustomTestStringConvertible {
  struct Probe: Decodable {
    /// As stored, before the turn.
    var width, height: Int
    var pixelAspect: [Int]
    /// Clockwise, in degrees.
    var rotation: Int
    var timeScale: Int
    /// Of all frames, in parts of a second; nil where ffprobe knows none.
    var times: [Int?]
  }

  let name: String
  let probe: Probe

  private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Files")

  /// All of them.
  static let all: [StoredFile] = {
    guard let data = try? Data(contentsOf: folder.appending(path: "ffprobe.json")),
      let probes = try? JSONDecoder().decode([String: Probe].self, from: data)
    else { return [] }
    return probes.map { StoredFile(name: $0.key, probe: $0.value) }.sorted { $0.name < $1.name }
  }()

  var path: String { Self.folder.appending(path: name).path }
  var testDescription: String { name }

  /// Of the upright pictures with square pixels.
  var size: Size {
    let (across, down) = (Double(probe.pixelAspect[0]), Double(probe.pixelAspect[1]))
    let width = Int((Double(probe.width) * max(1, across / down)).rounded())
    let height = Int((Double(probe.height) * max(1, down / across)).rounded())
    return probe.rotation % 180 == 0 ? Size(height: height, width: width) : Size(height: width, width: height)
  }

  /// In seconds; nil where ffprobe knows none.
  var times: [Double?] { probe.times.map { $0.map { Double($0) / Double(probe.timeScale) } } }
}

/// The packets of a file's sound: times and bytes.
func soundPackets(of path: String) throws -> [(time: Double, bytes: [UInt8])] {
  let input = try FormatContext(path)
  let index = av_find_best_stream(input.pointer, AVMEDIA_TYPE_AUDIO, -1, -1, nil, 0)
  let stream = try #require(input.stream(Int(index)))
  var packet = av_packet_alloc()
  defer { av_packet_free(&packet) }
  var packets: [(time: Double, bytes: [UInt8])] = []
  while let packet, av_read_frame(input.pointer, packet) >= 0 {
    if packet.pointee.stream_index == index {
      let bytes = Array(UnsafeBufferPointer(start: packet.pointee.data, count: Int(packet.pointee.size)))
      packets.append((Double(packet.pointee.pts) * Double(stream.pointee.time_base), bytes))
    }
    av_packet_unref(packet)
  }
  return packets
}
