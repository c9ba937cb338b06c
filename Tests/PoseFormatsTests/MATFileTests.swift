import Foundation
import PoseCore
import PoseFormats
import TestSupport
import Testing

@Suite struct MATFileTests {
  /// A variable `a` of shape 2 by 3 in float64, a text, and a cell of a text.
  private static let small: [UInt8] = {
    let numbers = matrix(
      "a", class: 6, shape: [2, 3], [element(9, (1...6).flatMap { bytes(Double($0).bitPattern) })])
    let text = matrix("text", class: 4, shape: [1, 2], [element(4, bytes(UInt16(104)) + bytes(UInt16(105)))])
    let inner = matrix("", class: 4, shape: [1, 1], [element(16, [120])])
    let cell = matrix("cell", class: 1, shape: [1, 1], [inner])
    // Numbers are stored in the smallest type that holds them.
    let packed = matrix("b", class: 6, shape: [1, 2], [[2, 0, 2, 0, 7, 9, 0, 0]])
    return header + numbers + text + cell + packed
  }()

  private static let header =
    Array("MATLAB 5.0 MAT-file".utf8) + [UInt8](repeating: 32, count: 105) + [0, 1, 0x49, 0x4d]

  private static func bytes<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian, Array.init)
  }

  private static func element(_ type: UInt32, _ content: [UInt8]) -> [UInt8] {
    bytes(type) + bytes(UInt32(content.count)) + content + [UInt8](repeating: 0, count: (8 - content.count % 8) % 8)
  }

  private static func matrix(_ name: String, class: UInt32, shape: [Int32], _ parts: [[UInt8]]) -> [UInt8] {
    element(
      14,
      element(6, bytes(`class`) + bytes(UInt32(0))) + element(5, shape.flatMap(bytes)) + element(1, Array(name.utf8))
        + parts.flatMap(\.self))
  }

  @Test("numbers, texts and cells are read")
  func small() throws {
    let file = try MATFile(Self.small)
    #expect(file.variables["a"] == .numbers(shape: [2, 3], [1, 2, 3, 4, 5, 6]))
    #expect(file.variables["b"] == .numbers(shape: [1, 2], [7, 9]))
    #expect(file.variables["text"] == .text("hi"))
    #expect(file.variables["cell"] == .cells(shape: [1, 1], [.text("x")]))
    #expect(try file.numbers("a", shape: [2, nil]).values.count == 6)
    #expect(throws: MATError.wrongShape("a", [2, 3], expected: [3, nil])) { try file.numbers("a", shape: [3, nil]) }
    #expect(throws: MATError.missing("c", found: ["a", "b", "cell", "text"])) { try file.numbers("c", shape: []) }
  }

  @Test("the published ground truth is read", .needsSharedData)
  func groundTruth() throws {
    let truth = try MPIIGroundTruth(contentsOf: SharedData.url("eval/mpii_gt_valid_tompson.mat").path)
    #expect(truth.count == 2958 && truth.jointCount == 16)
    #expect(truth.jointNames.prefix(4) == ["rank", "rkne", "rhip", "lhip"])
    #expect(abs(truth.positions[0].x - 804.0000103) < 1e-6 && abs(truth.positions[1].y - 509.9999852) < 1e-6)
    #expect(abs(truth.positions.reduce(0) { $0 + $1.x + $1.y } - 46_991_374.055_335_11) < 1e-3)
    #expect(truth.isMissing.count { $0 } == 3088)
    #expect((0..<16).filter { truth.isMissing[32 + $0] } == [0, 5])
    let head = truth.headBoxes[0]
    #expect(abs(head.x - 914) < 1e-4 && abs(head.y - 79) < 1e-4)
    #expect(abs(head.width - 117) < 1e-4 && abs(head.height - 158) < 1e-4)
  }

  @Test("published predictions are read in both orders", .needsSharedData)
  func predictions() throws {
    let path = try SharedData.url("eval/mpii_gt_valid_tompson.mat").path
    let truth = try MPIIGroundTruth(contentsOf: path)
    let preds = try truth.predictions(MATFile(contentsOf: SharedData.url("eval/mpii_preds_bearpaw-hg_s8_b1.mat").path))
    #expect(preds.count == 2958 * 16 && preds[5 * 16 + 3] == Point(x: 905, y: 326))
    #expect(preds.reduce(0) { $0 + $1.x + $1.y } == 50_143_432)
    let own = try truth.predictions(MATFile(contentsOf: path))
    #expect(abs(own.reduce(0) { $0 + $1.x + $1.y } - 42_437_377.467_143_76) < 1e-3)
  }

  @Test("a small ground truth of SciPy's is read")
  func scipy() throws {
    let truth = try MPIIGroundTruth(contentsOf: GoldenFile.url("golden/eval/mpii/mpii_gt_val.mat").path)
    #expect(truth.count == 200 && truth.isMissing.count { $0 } == 609)
    #expect(truth.positions[7 * 16] == Point(x: -1, y: -1) && truth.positions[7 * 16 + 1] == Point(x: 1033, y: 649))
    let head = truth.headBoxes[7]
    #expect(abs(head.x - 968.5897838) < 1e-6 && abs(head.y + head.height - 214.44360795) < 1e-6)
  }

  @Test("what is no such file is refused by its name")
  func strangers() throws {
    #expect(throws: MATError.notMATLAB) { try MATFile(Array("hello".utf8)) }
    #expect(throws: MATError.notMATLAB) { try MATFile([]) }
    #expect(throws: MATError.hdf5) { try MATFile([0x89] + Array("HDF\r\n".utf8)) }
    var bytes = Self.small
    bytes.replaceSubrange(124..<128, with: [0, 2, 0x49, 0x4d])
    #expect(throws: MATError.hdf5) { try MATFile(bytes) }
    bytes.replaceSubrange(124..<128, with: [1, 0, 0x4d, 0x49])
    #expect(throws: MATError.bigEndian) { try MATFile(bytes) }
    let huge = Self.header + Self.matrix("a", class: 6, shape: [.max, .max, .max], [])
    #expect(throws: MATError.tooLarge(limit: 32 << 20)) { try MATFile(huge) }
    var nested = Self.matrix("", class: 4, shape: [1, 1], [Self.element(16, [120])])
    for _ in 0..<100 { nested = Self.matrix("", class: 1, shape: [1, 1], [nested]) }
    #expect(throws: MATError.self) { try MATFile(Self.header + nested) }
    let cells = Self.header + Self.matrix("a", class: 1, shape: [1000, 1000], [])
    #expect(throws: MATError.self) { try MATFile(cells) }
  }

  @Test("a damaged or cut file is an error, never a crash")
  func corruption() throws {
    let corruption = Corruption(original: Self.small)
    for bytes in corruption.truncations { _ = try? MATFile(bytes) }
    for bytes in corruption.damaged(5000) { _ = (try? MATFile(bytes)).map { try? MPIIGroundTruth($0) } }
    #expect(throws: MATError.self) { try MATFile(Self.small.dropLast(60)) }
  }

  @Test("a damaged compressed file is an error, never a crash")
  func compressedCorruption() throws {
    let original = try Array(GoldenFile.data("golden/eval/mpii/mpii_gt_val.mat"))
    for bytes in Corruption(original: original).damaged(300) {
      _ = (try? MATFile(bytes)).map { try? MPIIGroundTruth($0) }
    }
    for count in stride(from: 0, to: original.count, by: 97) { _ = try? MATFile(Array(original[..<count])) }
  }
}
