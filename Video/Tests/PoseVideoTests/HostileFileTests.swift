import Foundation
import PoseCore
import Testing

@testable import PoseVideo

@Suite("Hostile videos")
struct HostileFileTests {
  /// The file with bytes changed by chance, cut, or with a piece of it again; the same for the same seed.
  private func variant(of bytes: [UInt8], seed: UInt64) -> [UInt8] {
    var random = SplitMix64(state: seed)
    var bytes = bytes
    func place() -> Int { Int(random.next() % UInt64(bytes.count)) }
    switch seed % 4 {
    case 0: for _ in 0..<3 { bytes[place()] = UInt8(truncatingIfNeeded: random.next()) }
    case 1:
      // Sizes, counts and times are near the beginning.
      for _ in 0..<6 { bytes[place() % min(bytes.count, 700)] = [0, 0x7f, 0x80, 0xff][Int(random.next() % 4)] }
    case 2: bytes.removeLast(place())
    default:
      let (start, end) = (place(), place())
      bytes.insert(contentsOf: bytes[min(start, end)..<max(start, end)], at: start)
    }
    return bytes
  }

  @Test("what is done to a file ends with frames or an error", arguments: StoredFile.all)
  func variants(_ file: StoredFile) throws {
    let folder = try Folder()
    let bytes = try [UInt8](Data(contentsOf: URL(filePath: file.path)))
    var options = VideoReader.Options()
    options.pixelLimit = 1_000_000
    options.threads = 1
    for seed in 0..<12 as Range<UInt64> {
      let path = folder("\(seed)-\(file.name)")
      try Data(variant(of: bytes, seed: seed)).write(to: URL(filePath: path))
      do throws(VideoError) {
        let reader = try VideoReader(path, options: options)
        var (count, last) = (0, -Double.infinity)
        while let frame = try reader.next() {
          #expect(frame.time > last && frame.image.width * frame.image.height <= options.pixelLimit)
          (count, last) = (count + 1, frame.time)
        }
        #expect(count <= 200, "\(file.name) \(seed): \(count)")
      } catch {
        #expect(error.exitCode == 65)
      }
    }
  }
}

/// Numbers by chance that are the same everywhere.
private struct SplitMix64 {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
