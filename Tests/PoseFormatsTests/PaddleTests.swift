import Foundation
import PoseGraph
import TestSupport
import Testing

@testable import PoseFormats

@Suite("Paddle's checkpoints")
struct PaddleTests {
  @Test(
    "what Paddle saved is read, in the protocols of Python 2 and 3",
    arguments: ["paddle_2.pdparams", "paddle_4.pdparams"])
  func fixture(_ name: String) throws {
    let bytes = try MindSporeTests.golden(name)
    #expect(PaddleFormat.recognizes(bytes) && !TorchFormat.recognizes(bytes))
    let checkpoint = try Checkpoint(paddle: bytes)
    #expect(checkpoint.names == ["a.weight", "half", "double", "count", "flag", "scalar"])
    // A dense layer's weights, whose axes Paddle has the other way around.
    #expect(checkpoint["a.weight"] == (try Tensor(shape: [3, 2], [0, 0.75, 0.25, 1, 0.5, 1.25])))
    #expect(checkpoint["half"]?.type == .float16 && checkpoint["half"]?.floats == [1, -2.5])
    #expect(checkpoint["double"]?.type == .float64 && checkpoint["double"]?.floats == [0.1])
    #expect(checkpoint["count"]?.type == .int64 && checkpoint["count"]?.floats == [7, -8])
    #expect(checkpoint["flag"]?.bytes == [1, 0])
    #expect(checkpoint["scalar"] == (try Tensor(shape: [], [0.5])))
  }

  @Test("arrays by themselves are read, also in Fortran's order")
  func plainArrays() throws {
    let checkpoint = try Checkpoint(paddle: MindSporeTests.golden("paddle_fortran.pdparams"))
    #expect(checkpoint.names == ["a.weight"])
    #expect(checkpoint["a.weight"] == (try Tensor(shape: [3, 2], [0, 0.75, 0.25, 1, 0.5, 1.25])))
  }

  @Test("what is written is read again, every type that NumPy has")
  func roundTrip() throws {
    var checkpoint = try TorchTests.everyType()
    checkpoint["dense.weight"] = try Tensor(shape: [2, 3], [1, 2, 3, 4, 5, 6])
    #expect(throws: PaddleError.self) { try checkpoint.paddle() }
    checkpoint["backbone.bfloat16"] = nil
    #expect(try Checkpoint(paddle: checkpoint.paddle()) == checkpoint)
  }

  /// A pickle of protocol 2 with these opcodes.
  private static func pickle(_ opcodes: String) -> [UInt8] {
    [0x80, 2] + opcodes.unicodeScalars.map { UInt8($0.value) } + [0x2E]
  }

  @Test("weights of a class that could run code are refused by its name, and nothing is run")
  func malicious() throws {
    for (opcodes, name) in [
      ("}X\u{1}\0\0\0wcos\nsystem\n(X\u{7}\0\0\0touch xtRs", "os.system"),
      ("}X\u{1}\0\0\0wcbuiltins\neval\n(X\u{4}\0\0\0data}tRs", "builtins.eval"), ("cos\nsystem\n(tR", "os.system"),
    ] {
      let error = #expect(throws: PaddleError.self) { try Checkpoint(paddle: Self.pickle(opcodes)) }
      let text = "\(try #require(error))"
      #expect(text.contains(name) || text.contains("no dictionary of arrays"), "\(text)")
    }
    #expect(!FileManager.default.fileExists(atPath: "x"))
  }

  @Test("arrays in big-endian order, of objects, or without a state are refused by name")
  func refusals() throws {
    #expect(throws: PaddleError.tensor("w", reason: "arrays of type '>f4' are not supported")) {
      try Checkpoint(paddle: MindSporeTests.golden("paddle_big.pdparams"))
    }
    let bare = "}X\u{1}\0\0\0wcnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\0tU\u{1}btRs"
    #expect(throws: PaddleError.tensor("w", reason: "the array is not described as NumPy does")) {
      try Checkpoint(paddle: Self.pickle(bare))
    }
    let objects = bare.dropLast() + "(K\u{1}(K\u{1}tcnumpy\ndtype\n(X\u{2}\0\0\0O8\u{89}\u{88}tR\u{89}C\u{1}xtbs"
    #expect(throws: PaddleError.self) { try Checkpoint(paddle: Self.pickle(String(objects))) }
    #expect(throws: PaddleError.noTensors(keys: ["a"])) { try Checkpoint(paddle: Self.pickle("}X\u{1}\0\0\0aK\u{1}s")) }
    #expect(throws: PaddleError.noTensors(keys: [])) { try Checkpoint(paddle: Self.pickle("K\u{1}")) }
  }

  @Test(
    "cut and damaged files are refused or read, never trapped on",
    arguments: ["paddle_2.pdparams", "paddle_4.pdparams"])
  func corruption(_ name: String) throws {
    let corruption = Corruption(original: try MindSporeTests.golden(name))
    for bytes in corruption.truncations { #expect(throws: PaddleError.self) { try Checkpoint(paddle: bytes) } }
    for bytes in corruption.damaged(2000) { _ = try? Checkpoint(paddle: bytes) }
  }
}
