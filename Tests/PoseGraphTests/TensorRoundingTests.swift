import PoseGraph
import Testing

@Suite struct TensorRoundingTests {
  @Test("every half comes back from its float with the same bits")
  func halves() {
    for bits in UInt16.min...UInt16.max where bits & 0x7fff <= 0x7c00 {
      #expect(Float(float16Bits: bits).float16Bits == bits)
    }
    #expect(Float(float16Bits: Float.nan.float16Bits).isNaN)
  }

  @Test(
    "floats between two halves become the nearest, of two the even one",
    arguments: [
      (1 + 0x1p-11, 0x3c00), (1 + 0x1.8p-10, 0x3c02), (1 + 0x1.004p-11, 0x3c01), (65519.99, 0x7bff), (65520, 0x7c00),
      (0x1p-25, 0), (0x1.8p-24, 2), (0x1.004p-25, 1), (-0x1.ffcp-15, 0x8400), (1e30, 0x7c00),
    ] as [(Float, UInt16)])
  func rounding(_ value: Float, _ bits: UInt16) {
    #expect(value.float16Bits == bits)
  }

  @Test("a checkpoint keeps its names, shapes, whole numbers and metadata")
  func checkpoint() throws {
    var checkpoint = Checkpoint(metadata: ["licence": "Apache-2.0"])
    checkpoint["weight"] = try Tensor(shape: [2, 1], [0.5, -3])
    checkpoint["count"] = try Tensor(shape: [], type: .int64, bytes: [7, 0, 0, 0, 0, 0, 0, 0])
    let half = checkpoint.rounded(to: .float16)
    #expect(half.names == checkpoint.names && half.metadata == checkpoint.metadata)
    #expect(
      half["weight"]?.type == .float16 && half["weight"]?.floats == [0.5, -3] && half["weight"]?.shape == [2, 1])
    #expect(half["count"] == checkpoint["count"])
    #expect(half.rounded(to: .float32) == checkpoint)
  }
}
