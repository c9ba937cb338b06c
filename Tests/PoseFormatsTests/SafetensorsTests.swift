import PoseGraph
import TestSupport
import Testing

@testable import PoseFormats

@Suite("safetensors")
struct SafetensorsTests {
  static func file(_ header: String, data: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(littleEndian: UInt64(header.utf8.count))
    return bytes + Array(header.utf8) + [UInt8](repeating: 0, count: data)
  }

  @Test("what is written is read again", arguments: [[:], ["a": "x", "b\n\"\\\u{1}": "ü \u{1F600}"]])
  func roundTrip(metadata: [String: String]) throws {
    let checkpoint = try TorchTests.everyType(metadata: metadata)
    let bytes = checkpoint.safetensors()
    let read = try Checkpoint(safetensors: bytes)
    #expect(read == checkpoint)
    #expect(read.names == checkpoint.names)
  }

  @Test("names come in the order of the bytes, not of the header")
  func order() throws {
    let bytes = Self.file(
      #"{"b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#,
      data: 2)
    #expect(try Checkpoint(safetensors: bytes).names == ["a", "b"])
  }

  @Test(
    "hostile headers are errors",
    arguments: [
      #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}"#,
      #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}"#,
      #"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}"#,
      #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}"#,
      #"{"a":{"dtype":"U8","shape":[3],"data_offsets":[3,0]}}"#,
      #"{"a":{"dtype":"U8","shape":[3],"data_offsets":[-1,2]}}"#,
      #"{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,9223372036854775807]}}"#,
      #"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,3]}}"#,
      #"{"a":{"dtype":"F32","shape":[-3],"data_offsets":[0,3]}}"#,
      #"{"a":{"dtype":"F8_E4M3","shape":[3],"data_offsets":[0,3]}}"#,
      #"{"a":{"dtype":"U8","shape":[3],"data_offsets":[0]}}"#,
      #"{"a":{"dtype":"U8","data_offsets":[0,3]}}"#,
      #"{"__metadata__":{"a":1}}"#, "[]", "{", "", "null",
      .repeating(#"{"a":"#, 100_000),
    ] as [TestText])
  func hostileHeader(header: TestText) {
    #expect(throws: SafetensorsError.self) { try Checkpoint(safetensors: Self.file(header.text, data: 3)) }
  }

  @Test(
    "a header that claims to be vast is refused before memory is reserved", arguments: [UInt64.max, 1 << 63, 1 << 30])
  func vastHeader(length: UInt64) {
    var bytes: [UInt8] = []
    bytes.append(littleEndian: length)
    #expect(throws: SafetensorsError.self) { try Checkpoint(safetensors: bytes + Array("{}".utf8)) }
  }

  @Test("a damaged or cut file is an error, never a crash")
  func corruption() throws {
    let corruption = Corruption(original: try TorchTests.everyType(metadata: ["a": "b"]).safetensors())
    for bytes in corruption.truncations {
      #expect(throws: SafetensorsError.self) { try Checkpoint(safetensors: bytes) }
    }
    for bytes in corruption.damaged(3000) { _ = try? Checkpoint(safetensors: bytes) }
  }
}
