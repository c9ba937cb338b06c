import Foundation
import PoseFormats
import PoseGraph
import Synchronization
import Testing

/// Values that the published code computed.
///
/// They are read from the shared data where this machine has it, and otherwise from `Tests/Goldens`, which is part of
/// the repository and holds samples of the same files, written by `Scripts/make-goldens`.
package enum GoldenFile {
  /// Where a file of the shared data or its sample lies, given by its path in the shared data.
  package static func url(_ path: String) throws -> URL {
    if let folder = SharedData.folder { return folder.appending(path: path) }
    let inside = path.split(separator: "/").drop { $0 == "golden" || $0 == "data" }.joined(separator: "/")
    let file = samples.appending(path: inside)
    guard !FileManager.default.fileExists(atPath: file.path) else { return file }
    return try Expanded.url(inside, from: file.appendingPathExtension("gz"))
  }

  package static func data(_ path: String) throws -> Data { try Data(contentsOf: url(path)) }

  package static func archive(_ path: String) throws -> NumpyArchive { try NumpyArchive(contentsOf: url(path).path) }

  /// Values that are in `Tests/Goldens` alone, beside the samples.
  package static func ownArchive(_ name: String) throws -> NumpyArchive {
    try NumpyArchive(contentsOf: samples.appending(path: name).path)
  }

  /// A file that is in `Tests/Goldens` alone, compressed.
  package static func ownData(_ name: String) throws -> Data {
    try Data(contentsOf: Expanded.url(name, from: samples.appending(path: name + ".gz")))
  }

  private static let samples = SharedData.checkout.appending(path: "Tests/Goldens")

  /// The compressed samples, each expanded once.
  private enum Expanded {
    private static let folder = Mutex<ScratchFolder?>(nil)

    static func url(_ path: String, from compressed: URL) throws -> URL {
      try folder.withLock { folder in
        let place = try folder ?? ScratchFolder("goldens")
        folder = place
        let url = place.url.appending(path: path)
        if FileManager.default.fileExists(atPath: url.path) { return url }
        let bytes = try Array(Data(contentsOf: compressed))
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(#require(gunzip(bytes), "\(compressed.path) is damaged")).write(to: url)
        return url
      }
    }

    /// Expands a gzip file (RFC 1952) without a name or other extras in its header.
    private static func gunzip(_ bytes: [UInt8]) -> [UInt8]? {
      guard bytes.count > 18, bytes.starts(with: [0x1f, 0x8b, 8, 0]) else { return nil }
      let size = bytes.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
      return inflate(bytes[10..<bytes.count - 8], to: size)
    }
  }
}

extension NumpyArchive {
  /// An array, or every so-manieth value of one that is stored as `KEY@strideN`.
  package struct Sample {
    package var values: [Float]
    package var stride: Int

    /// The values of a whole array that lie where these do.
    package func places<Element>(in whole: [Element]) -> [Element] {
      stride == 1 ? whole : Swift.stride(from: 0, to: whole.count, by: stride).map { whole[$0] }
    }
  }

  package func sample(_ key: String) throws -> Sample {
    if names.contains(key) { return Sample(values: try tensor(key).floats, stride: 1) }
    let prefix = key + "@stride"
    let name = try #require(names.first { $0.hasPrefix(prefix) }, "no array \(key)")
    return Sample(values: try tensor(name).floats, stride: try #require(Int(name.dropFirst(prefix.count))))
  }
}
