import Foundation
import PoseGraph
import TestSupport
import Testing

@testable import PoseFormats

@Suite("PyTorch checkpoints")
struct TorchTests {
  @Test(
    "what PyTorch wrote is read: views, shared memory, every kind of wrapper",
    arguments: TorchFixture.allCases)
  func fixture(_ file: TorchFixture) throws {
    let checkpoint = try Checkpoint(torch: file.bytes)
    #expect(checkpoint.names == ["w", "t", "row", "half", "double", "p", "bf", "flag", "e", "none"])
    #expect(checkpoint.metadata == ["epoch": "7", "lr": "0.5", "text": "hi"])
    #expect(checkpoint["w"] == (try Tensor(shape: [3, 4], (0..<12).map(Float.init))))
    #expect(checkpoint["t"] == (try Tensor(shape: [4, 3], [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11])))
    #expect(checkpoint["row"]?.floats == [4, 5, 6, 7])
    #expect(checkpoint["half"]?.type == .float16)
    #expect(checkpoint["half"]?.floats == [1, -2.5])
    #expect(checkpoint["double"] == (try Tensor(npy: (try double(0.1)).npy())))
    #expect(checkpoint["p"]?.floats == [1, 1])
    #expect(checkpoint["bf"]?.type == .bfloat16)
    #expect(checkpoint["bf"]?.floats == [3])
    #expect(checkpoint["flag"]?.bytes == [1, 0])
    #expect(checkpoint["e"]?.floats == [5, 5, 5])
    #expect(checkpoint["none"]?.shape == [0, 4])
  }

  private func double(_ value: Double) throws -> Tensor {
    try Tensor(shape: [], type: .float64, bytes: withUnsafeBytes(of: value, Array.init))
  }

  @Test("what is written is read again", arguments: [[:], ["arch": "lite \"18\"\n"]])
  func roundTrip(metadata: [String: String]) throws {
    let checkpoint = try Self.everyType(metadata: metadata)
    #expect(try Checkpoint(torch: checkpoint.torch()) == checkpoint)
  }

  /// One small tensor of each type.
  static func everyType(metadata: [String: String] = [:]) throws -> Checkpoint {
    var checkpoint = Checkpoint(metadata: metadata)
    for type in ScalarType.allCases {
      checkpoint["backbone.\(type)"] = try Tensor(
        shape: [2, 1], type: type, bytes: (0..<type.byteCount * 2).map { UInt8($0 & 1) })
    }
    checkpoint["scalar"] = try Tensor(shape: [], [0.5])
    checkpoint["empty"] = try Tensor(shape: [0, 3], [])
    return checkpoint
  }

  /// A file of one weight, `w`, and more in and beside `state_dict`, as opcodes.
  private static func file(inState: String = "", beside: String = "") throws -> [UInt8] {
    func text(_ text: String) -> String { "X\(Character(UnicodeScalar(UInt8(text.utf8.count))))\0\0\0\(text)" }
    let storage = "(\(text("storage"))ctorch\nFloatStorage\n\(text("0"))\(text("cpu"))K\u{2}tQ"
    let tensor = "ctorch._utils\n_rebuild_tensor_v2\n(\(storage)K\0(K\u{2}t(K\u{1}tNccollections\nOrderedDict\n)RtR"
    let state = "}(\(text("w"))\(tensor)\(inState)u"
    let pickle = "}(\(text("state_dict"))\(state)\(beside)u."
    var writer = ZipWriter()
    try writer.append("archive/data.pkl", [0x80, 2] + pickle.unicodeScalars.map { UInt8($0.value) })
    try writer.append("archive/data/0", [0, 0, 0x80, 0x3F, 0, 0, 0, 0x40])
    return writer.finish()
  }

  @Test(
    "objects beside the weights are never made and do no harm",
    arguments: [
      // A class with a state, a function with arguments, a class with keywords, a list of its own class.
      "X\u{1}\0\0\0acmmengine\nHistoryBuffer\n)\u{81}}X\u{1}\0\0\0bK\u{1}sb",
      "X\u{1}\0\0\0acos\nsystem\n(X\u{2}\0\0\0lstR", "X\u{1}\0\0\0acmodule\nClass\n)}\u{92}",
      "X\u{1}\0\0\0acmodule\nList\n)\u{81}(K\u{1}K\u{2}e",
      "X\u{1}\0\0\0acnumpy._core.multiarray\n_reconstruct\n(K\0tR(K\0tb",
    ])
  func inert(_ beside: String) throws {
    let checkpoint = try Checkpoint(torch: try Self.file(beside: beside))
    #expect(checkpoint.names == ["w"] && checkpoint["w"]?.floats == [1, 2])
  }

  @Test("a weight that is no tensor is refused by its class")
  func inertWeight() throws {
    let bytes = try Self.file(inState: "X\u{1}\0\0\0vcmodule\nQuantized\n)R")
    let error = #expect(throws: TorchError.self) { try Checkpoint(torch: bytes) }
    #expect("\(try #require(error))".contains("module.Quantized"))
  }

  @Test("a pickle that names code is refused by that name", arguments: ["os\nsystem", "builtins\neval", "torch\nload"])
  func forbidden(global: String) throws {
    let pickle = [0x80, 2] + Array("c\(global)\n(X\u{2}\0\0\0lstR.".utf8)
    var writer = ZipWriter()
    try writer.append("archive/data.pkl", pickle)
    let bytes = writer.finish()
    let name = global.replacing("\n", with: ".")
    #expect(throws: TorchError.pickle(.forbidden(global: name, offset: 2))) { try Checkpoint(torch: bytes) }
    #expect("\(PickleError.forbidden(global: name, offset: 2))".contains(name))
  }

  @Test("nesting, cycles and giant counts cost little")
  func bombs() throws {
    var nested = Unpickler(
      [0x80, 2] + [UInt8](repeating: UInt8(ascii: ")"), count: 1) + .init(repeating: 0x85, count: 1_000_000)
        + Array(".".utf8))
    _ = try nested.load()
    var cycle = Unpickler(Array("]q\0h\0a.".utf8))
    _ = try cycle.load()
    for pickle in ["X\u{7f}\u{7f}\u{7f}\u{7f}a.", "(((((.", "R.", "t.", "h\u{1}.", "}(NN", "]NNs.", "Q.", ""] {
      var unpickler = Unpickler(Array(pickle.utf8))
      #expect(throws: PickleError.self, "\(pickle)") { try unpickler.load() }
    }
    // Each two bytes would copy a list.
    var copies = Unpickler(Array("]q\0(".utf8) + Array("]".utf8), budget: 4)
    #expect(throws: PickleError.tooLarge(limit: Unpickler.stepLimit)) { try copies.load() }
  }

  @Test("tensors that leave their storage, or repeat it without end, are errors")
  func hostileViews() throws {
    let huge = 1 << 62
    for (shape, strides, offset) in [
      ([4], [1], 1), ([2], [4], 0), ([huge], [0], 0), ([huge, 4], [1, 1], 0), ([1 << 40], [0], 0), ([2], [huge], huge),
      ([1], [1], 4),
    ] {
      let view = StridedView(shape: shape, strides: strides, offset: offset)
      #expect(view.contiguous([UInt8](repeating: 0, count: 16)[...], width: 4, limit: 1 << 20) == nil)
    }
  }

  @Test("an axis of one scalar may have any stride")
  func idleStride() {
    let view = StridedView(shape: [2, 1, 2], strides: [1, 1 << 62, 2], offset: 0)
    #expect(view.contiguous([0, 1, 2, 3][...], width: 1, limit: 16) == [0, 2, 1, 3])
  }

  @Test("a damaged or cut file is an error, never a crash", arguments: [TorchFixture.zip2, .legacy2])
  func corruption(_ file: TorchFixture) throws {
    let corruption = Corruption(original: file.bytes)
    for bytes in corruption.truncations { #expect(throws: TorchError.self) { try Checkpoint(torch: bytes) } }
    for bytes in corruption.damaged(3000) { _ = try? Checkpoint(torch: bytes) }
  }

  @Test("a damaged pickle is an error, never a crash")
  func corruptPickle() throws {
    let archive = try ZipArchive(TorchFixture.zip2.bytes)
    let entry = try #require(archive.entries.first { $0.name.hasSuffix("data.pkl") })
    let corruption = Corruption(original: Array(try archive.contents(of: entry)))
    for bytes in corruption.damaged(5000) {
      var unpickler = Unpickler(bytes)
      _ = try? unpickler.load()
    }
  }

  private struct Description: Decodable {
    struct Tensor: Decodable {
      let name: String
      let shape: [Int]
      let dtype: String
    }
    let tensors: [Tensor]
  }

  @Test(
    "published checkpoints have the names, order, shapes and types that the network declares", .needsSharedData,
    arguments: [
      ("litehrnet_18_coco_256x192.pth", "litehrnet_18_coco_256x192"),
      ("litehrnet_18_coco_256x192.legacy.pth", "litehrnet_18_coco_256x192"),
      ("litehrnet_18_mpii_256x256.pth", "litehrnet_18_mpii_256x256"),
      ("litehrnet_30_coco_256x192.pth", "litehrnet_30_coco_256x192"),
      ("../../weights/wider_naive_litehrnet_18_person_256x192.pth", "wider_naive_litehrnet_18_coco_256x192"),
      ("../../weights/wider_naive_litehrnet_18_person_128x96.pth", "wider_naive_litehrnet_18_coco_256x192"),
    ])
  func published(file: String, network: String) throws {
    let folder = try SharedData.url("golden/litehrnet")
    let checkpoint = try Checkpoint(contentsOf: folder.appending(path: file).path)
    let description = try JSONDecoder().decode(
      Description.self, from: Data(contentsOf: folder.appending(path: "\(network).params.json")))
    #expect(checkpoint.names == description.tensors.map(\.name))
    for tensor in description.tensors {
      #expect(checkpoint[tensor.name]?.shape == tensor.shape)
      #expect(checkpoint[tensor.name]?.type.rawValue == tensor.dtype)
    }
    #expect(checkpoint.metadata["note"] != nil)
    #expect(try Checkpoint(safetensors: checkpoint.safetensors()) == checkpoint)
  }

  @Test("the old and the new format hold the same bytes", .needsSharedData)
  func legacyEqualsZip() throws {
    let folder = try SharedData.url("golden/litehrnet")
    let zip = try Checkpoint(contentsOf: folder.appending(path: "litehrnet_18_coco_256x192.pth").path)
    let legacy = try Checkpoint(contentsOf: folder.appending(path: "litehrnet_18_coco_256x192.legacy.pth").path)
    #expect(zip == legacy)
  }
}
