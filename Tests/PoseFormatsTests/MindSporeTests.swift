import Foundation
import PoseGraph
import TestSupport
import Testing

@testable import PoseFormats

@Suite("MindSpore's checkpoints")
struct MindSporeTests {
  static func golden(_ name: String) throws -> [UInt8] {
    try FileBytes.read(SharedData.checkout.appending(path: "Tests/Goldens/formats/\(name)").path)
  }

  @Test(
    "what MindSpore saved is read, with and without its checksum", arguments: ["mindspore.ckpt", "mindspore_crc.ckpt"])
  func fixture(_ name: String) throws {
    let bytes = try Self.golden(name)
    #expect(MindSporeFormat.recognizes(bytes))
    let checkpoint = try Checkpoint(mindSpore: bytes)
    #expect(checkpoint.names == ["a.weight", "half", "double", "count", "flag"])
    #expect(checkpoint["a.weight"] == (try Tensor(shape: [2, 3], [0, 0.25, 0.5, 0.75, 1, 1.25])))
    #expect(checkpoint["half"]?.type == .float16 && checkpoint["half"]?.floats == [1, -2.5])
    #expect(checkpoint["double"]?.type == .float64 && checkpoint["double"]?.floats == [0.1])
    #expect(checkpoint["count"]?.type == .int64 && checkpoint["count"]?.floats == [7, -8])
    #expect(checkpoint["flag"]?.bytes == [1, 0])
    #expect(checkpoint.metadata == ["note": "größer"])
  }

  @Test(
    "what is written is read again, every type, scalars of layers and metadata; numbers beside the layers are left out")
  func roundTrip() throws {
    var checkpoint = try TorchTests.everyType(metadata: ["config": "{\"a\": \"ü👋\"}"])
    checkpoint["layer.scale"] = checkpoint["scalar"]
    let read = try Checkpoint(mindSpore: checkpoint.mindSpore())
    checkpoint["scalar"] = nil
    #expect(read == checkpoint)
  }

  @Test("a large tensor may be cut into several entries")
  func slices() throws {
    let message = MindSporeCheckpoint.with {
      $0.value = [0, 1].map { half in
        .with {
          ($0.tag, $0.tensor.dims, $0.tensor.tensorType) = ("w", [2, 2], "Float32")
          $0.tensor.tensorContent = Data([Float(half), 5].withUnsafeBytes(Array.init))
        }
      }
    }
    let bytes: [UInt8] = try message.serializedBytes()
    #expect(try Checkpoint(mindSpore: bytes)["w"] == Tensor(shape: [2, 2], [0, 5, 1, 5]))
  }

  private static func file(_ name: String, _ dims: [Int64], _ type: String, _ content: [UInt8]) throws -> [UInt8] {
    try MindSporeCheckpoint.with {
      $0.value = [
        .with {
          ($0.tag, $0.tensor.dims, $0.tensor.tensorType) = (name, dims, type)
          $0.tensor.tensorContent = Data(content)
        }
      ]
    }.serializedBytes()
  }

  @Test("tensors that do not fill their shapes, or of other types, are refused by name")
  func refusals() throws {
    for (dims, type, content) in [
      ([2], "Float32", [0, 0, 0, 0]), ([-1], "Float32", []), ([Int64.max, 4], "Float32", [0]), ([1], "Int4", [0]),
      ([1], "", [0]),
    ] as [([Int64], String, [UInt8])] {
      let bytes = try Self.file("layer.weight", dims, type, content)
      let error = #expect(throws: MindSporeError.self) { try Checkpoint(mindSpore: bytes) }
      #expect("\(try #require(error))".contains("layer.weight"), "\(dims) \(type)")
    }
    #expect(throws: MindSporeError.noTensors) { try Checkpoint(mindSpore: Self.file("a", [0], "str", [65, 0, 0, 0])) }
    let bomb = [UInt8](repeating: 0, count: 2_100_000).enumerated().map { $0.offset % 2 == 0 ? UInt8(0x0A) : 0 }
    #expect(throws: MindSporeError.self) { try Checkpoint(mindSpore: bomb) }
  }

  @Test("cut and damaged files are refused or read, never trapped on")
  func corruption() throws {
    let corruption = Corruption(original: try Self.golden("mindspore.ckpt"))
    for bytes in corruption.truncations {
      // A cut between two entries leaves a whole file.
      if let checkpoint = try? Checkpoint(mindSpore: bytes) { #expect(checkpoint.count > 0) }
    }
    for bytes in corruption.damaged(2000) { _ = try? Checkpoint(mindSpore: bytes) }
  }
}
