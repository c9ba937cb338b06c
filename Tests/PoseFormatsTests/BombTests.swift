import PoseGraph
import Testing

@testable import PoseFormats

/// Small files that would take much memory. What is refused here was refused before it was expanded.
@Suite("Bombs")
struct BombTests {
  private static let megabyte = 1 << 20

  @Test("an array that expands far beyond its archive is refused, one that does not is read")
  func numpy() throws {
    func archive(_ count: Int) throws -> [UInt8] {
      let header = NumpyTests.file("{'descr': '|u1', 'fortran_order': False, 'shape': (\(count),), }", [])
      return try Deflated.zip([("x.npy", Deflated(header, then: 0, upTo: header.count + count))])
    }
    #expect(try NumpyArchive(archive(Self.megabyte)).tensor("x").count == Self.megabyte)
    let bomb = try archive(200 * Self.megabyte)
    #expect(bomb.count < Self.megabyte)
    let limit = ZipArchive.expansionLimit(byteCount: bomb.count)
    let error = #expect(throws: NumpyError.self) { try NumpyArchive(bomb).tensor("x") }
    guard case .zip(.tooLarge("x.npy", _, limit)) = error else {
      Issue.record("another error: \(String(describing: error))")
      return
    }
  }

  @Test("an entry that is larger than its directory says is damaged, and expands no further")
  func lyingSize() throws {
    let contents = Deflated([], then: 0, upTo: 64 * Self.megabyte)
    var zip = try Deflated.zip([("x.npy", contents)])
    let size = zip.count - 22 - 46 - 5 + 24
    zip.replaceSubrange(size..<size + 4, with: [0, 4, 0, 0])
    #expect(throws: NumpyError.zip(.damaged("x.npy"))) { try NumpyArchive(zip).tensor("x") }
  }

  // MARK: PyTorch

  /// A pickle of a state dictionary whose tensors all look at the storage "0".
  private static func pickle(_ tensors: [(shape: [Int32], strides: [Int32])], scalars: Int32) -> [UInt8] {
    func int(_ value: Int32) -> [UInt8] { Array("J".utf8) + withUnsafeBytes(of: value.littleEndian, Array.init) }
    func text(_ text: String) -> [UInt8] { Array("U".utf8) + [UInt8(text.utf8.count)] + Array(text.utf8) }
    func tuple(_ parts: [UInt8]) -> [UInt8] { Array("(".utf8) + parts + Array("t".utf8) }
    let storage =
      tuple(text("storage") + Array("ctorch\nFloatStorage\n".utf8) + text("0") + text("cpu") + int(scalars))
      + Array("Q".utf8)
    var pickle: [UInt8] = [0x80, 2] + Array("}(".utf8)
    for (index, tensor) in tensors.enumerated() {
      let (shape, strides) = (tuple(tensor.shape.flatMap(int)), tuple(tensor.strides.flatMap(int)))
      pickle += text("t\(index)") + Array("ctorch._utils\n_rebuild_tensor_v2\n".utf8)
      pickle += tuple(storage + int(0) + shape + strides) + Array("R".utf8)
    }
    return pickle + Array("u.".utf8)
  }

  private static func checkpoint(_ pickle: [UInt8], storage: [UInt8] = [0, 0, 0, 0]) throws -> [UInt8] {
    var writer = ZipWriter()
    try writer.append("archive/data.pkl", pickle)
    try writer.append("archive/data/0", storage)
    return writer.finish()
  }

  @Test("tensors that repeat few scalars without end are refused")
  func repeatedStorage() throws {
    let whole = try Self.checkpoint(Self.pickle([([1000, 4], [0, 0])], scalars: 1))
    #expect(try Checkpoint(torch: whole)["t0"]?.count == 4000)
    let huge = try Self.checkpoint(Self.pickle([([1 << 30, 1 << 30], [0, 0])], scalars: 1))
    #expect(throws: TorchError.expandsTooFar("t0")) { try Checkpoint(torch: huge) }
    // Each is small, and there are many.
    let many = Self.pickle(Array(repeating: ([1 << 20], [0]), count: 200), scalars: 1)
    #expect(throws: TorchError.self) { try Checkpoint(torch: Self.checkpoint(many)) }
  }

  @Test("a declared storage that the file has not is refused")
  func missingScalars() throws {
    let pickle = Self.pickle([([1 << 28], [1])], scalars: 1 << 28)
    let error = #expect(throws: TorchError.self) { try Checkpoint(torch: Self.checkpoint(pickle)) }
    guard case .badTensor("t0", _) = error else {
      Issue.record("another error: \(String(describing: error))")
      return
    }
  }

  @Test("deflated storages and pickles that expand far beyond their file are refused")
  func deflatedEntries() throws {
    let pickle = Self.pickle([([1], [1])], scalars: 50 << 20)
    let small = Deflated(pickle, then: 0, upTo: pickle.count)
    let storage = try Deflated.zip([
      ("archive/data.pkl", small), ("archive/data/0", Deflated([], then: 0, upTo: 200 * Self.megabyte)),
    ])
    #expect(throws: TorchError.self) { try Checkpoint(torch: storage) }
    let lists = try Deflated.zip([
      ("archive/data.pkl", Deflated([], then: UInt8(ascii: "]"), upTo: 100 * Self.megabyte))
    ])
    let limit = lists.count + TorchFile.pickleExpansionLimit
    #expect(throws: TorchError.zip(.tooLarge("archive/data.pkl", size: 100 * Self.megabyte, limit: limit))) {
      try Checkpoint(torch: lists)
    }
  }

  @Test(
    "a pickle that takes millions of steps is refused",
    arguments: [
      ("lists", "", "]"), ("dictionaries", "", "}"), ("a memo without end", "N", "\u{94}"), ("copies", "N", "2"),
    ])
  func steps(_ name: String, _ head: String, _ step: Unicode.Scalar) throws {
    let steps = [UInt8](repeating: UInt8(step.value), count: Unpickler.stepLimit)
    var unpickler = Unpickler(Array(head.utf8) + steps + Array(".".utf8))
    #expect(throws: PickleError.tooLarge(limit: Unpickler.stepLimit)) { try unpickler.load() }
  }

  @Test("a shape that many tensors share is counted for each")
  func sharedShapes() throws {
    // One tuple of 60 ones and the arguments of one tensor, which is made again and again.
    let ones = Array("(".utf8) + (0..<60).flatMap { _ in Array("K\u{1}".utf8) } + Array("tq\0".utf8)
    let storage = Array("((U\u{7}storagectorch\nFloatStorage\nU\u{1}0U\u{3}cpuK\u{1}tQK\0h\0h\0tq\u{1}".utf8)
    let tensors = (0..<100_000).flatMap { _ in Array("h\u{2}h\u{1}R".utf8) }
    let function = Array("ctorch._utils\n_rebuild_tensor_v2\nq\u{2}".utf8)
    var unpickler = Unpickler([0x80, 2] + function + ones + storage + tensors + Array(".".utf8))
    #expect(throws: PickleError.tooLarge(limit: Unpickler.stepLimit)) { try unpickler.load() }
  }

  // MARK: MATLAB

  @Test("a MATLAB array that expands beyond the limit is refused")
  func matlab() {
    var bytes = Array("MATLAB 5.0 MAT-file".utf8) + [UInt8](repeating: 32, count: 105) + [0, 1, 0x49, 0x4d]
    let zeros = Deflated([], then: 0, upTo: MATFile.maximumByteCount + 1, hasHeader: true)
    bytes.append(littleEndian: UInt32(15))
    bytes.append(littleEndian: UInt32(zeros.bytes.count))
    #expect(throws: MATError.tooLarge(limit: MATFile.maximumByteCount)) { try MATFile(bytes + zeros.bytes) }
  }

  // MARK: safetensors

  @Test("a safetensors header that is longer than any is refused before it is read")
  func safetensors() {
    var bytes: [UInt8] = []
    bytes.append(littleEndian: UInt64(SafetensorsHeader.longest + 1))
    #expect(throws: SafetensorsError.headerTooLong(SafetensorsHeader.longest + 1)) {
      try Checkpoint(safetensors: bytes + Array("{}".utf8))
    }
  }
}
