import Testing

@testable import PoseFormats

/// Parts that do not exist, fields given twice and files that are too large end in no file, never in the library's own checks,
/// which end the program.
@Suite("FlatBuffers")
struct FlatBufferTests {
  private func buffer() -> FlatBuffer { FlatBuffer(capacity: 64) }

  @Test("every kind of field is read back, and a missing one is zero")
  func fields() throws {
    let buffer = buffer()
    let text = buffer.string("größer")
    let numbers = buffer.integers([1, -2, .max])
    let inner = buffer.table([(0, .int32(5))])
    let inners = buffer.vector([inner, inner])
    let root = buffer.table([
      (0, .int8(-3)), (1, .int32(.min)), (2, .float(1.5)), (3, .flag(true)), (5, .part(text)), (6, .part(numbers)),
      (7, .part(inners)), (63, .part(inner)),
    ])
    let file = buffer.finished(root, identifier: "TEST")
    let bytes = try #require(file)
    #expect(String(decoding: bytes[4..<8], as: UTF8.self) == "TEST")
    let table = try FlatTable(bytes, at: 0)
    #expect(try table.integer(0, size: 1) == -3 && table.integer(1) == Int(Int32.min))
    #expect(try table.integer(2) == Int(Float(1.5).bitPattern) && table.integer(3, size: 1) == 1)
    #expect(try table.integer(4) == 0 && table.text(5) == "größer" && table.integers(6) == [1, -2, Int(Int32.max)])
    #expect(try table.tables(7).map { try $0.integer(0) } == [5, 5])
    #expect(try table.table(63)?.integer(0) == 5)
  }

  @Test("bytes start at a multiple of their alignment", arguments: [1, 4, 16, 32])
  func alignment(_ alignment: Int) throws {
    for count in [1, 63, 1000] {
      let buffer = buffer()
      let before = buffer.string("x")
      let part = [UInt8](repeating: 7, count: count).withUnsafeBytes { buffer.bytes($0, alignment: alignment) }
      let root = buffer.table([(0, .part(before)), (1, .part(part))])
      let file = buffer.finished(root, identifier: "TEST")
      let bytes = try #require(file)
      let range = try #require(try FlatTable(bytes, at: 0).vector(1, size: 1))
      #expect(range.lowerBound % alignment == 0 && bytes[range].allSatisfy { $0 == 7 } && range.count == count)
    }
  }

  @Test("a misuse ends in no file, and whatever follows does nothing", arguments: Misuse.allCases)
  func misuse(_ misuse: Misuse) {
    let buffer = buffer()
    let text = buffer.string("x")
    switch misuse {
    case .noPart: _ = buffer.vector([text, 0])
    case .partOutside: _ = buffer.vector([text + 1000])
    case .fieldOfNoPart: _ = buffer.table([(0, .part(.max))])
    case .fieldTwice: _ = buffer.table([(1, .int32(1)), (1, .int8(2))])
    case .fieldTooFar: _ = buffer.table([(64, .int32(1))])
    case .alignmentOfThree: _ = [1, 2, 3].withUnsafeBytes { buffer.bytes($0, alignment: 3) }
    case .alignmentTooWide: _ = [1, 2, 3].withUnsafeBytes { buffer.bytes($0, alignment: 64) }
    }
    let later = [buffer.string("more"), buffer.integers([1]), buffer.table([(0, .part(text))])]
    #expect(later == [0, 0, 0])
    let file = buffer.finished(text, identifier: "TEST")
    #expect(file == nil)
  }

  @Test("neither a root that does not exist nor an identifier of five letters makes a file")
  func endings() {
    let withoutRoot = buffer().finished(0, identifier: "TEST")
    let buffer = buffer()
    let root = buffer.table([])
    let withFiveLetters = buffer.finished(root, identifier: "TESTS")
    #expect(withoutRoot == nil && withFiveLetters == nil && root != 0)
  }

  enum Misuse: String, CaseIterable, CustomTestStringConvertible {
    case noPart, partOutside, fieldOfNoPart, fieldTwice, fieldTooFar, alignmentOfThree, alignmentTooWide

    var testDescription: String { rawValue }
  }
}
