import Foundation
import PoseFormats
import Testing

/// Result files long enough that several threads read them.
@Suite struct COCOResultsTests {
  @Test("the order of the file is kept, however many threads read it")
  func order() throws {
    let results = try COCOResults(json: Self.file(count: 30_000))
    #expect(results.entries.count == 30_000 && results.keypoints.count == 30_000 * 6)
    for (index, entry) in results.entries.enumerated() {
      #expect(entry.imageID == index && entry.score == Double(index) / 8)
      #expect(results.keypoints[entry.keypoints.lowerBound] == Double(index) + 0.5 && entry.keypoints.count == 6)
    }
  }

  @Test("of many bad entries the first refuses the file, and all are counted where they are skipped")
  func badEntries() throws {
    let bad = [7, 12_345, 29_999]
    let file = Self.file(count: 30_000, bad: Set(bad))
    #expect {
      try COCOResults(json: file)
    } throws: { error in
      guard case AnnotationError.record(let record)? = error as? AnnotationError else { return false }
      return record.index == 7
    }
    let results = try COCOResults(json: file, bad: .skip)
    #expect(results.entries.count == 29_997 && results.skipped.count == 3)
    #expect(results.skipped.first.map(\.index) == bad)
    #expect(results.entries.last?.imageID == 29_998)
  }

  @Test("a bad entry comes before what is wrong behind it")
  func cutOff() throws {
    let whole = Self.file(count: 30_000)
    for count in [1, whole.count / 2, whole.count - 1] {
      #expect(throws: AnnotationError.self) { try COCOResults(json: Array(whole.prefix(count))) }
    }
    #expect {
      try COCOResults(json: Array(Self.file(count: 30_000, bad: [3]).dropLast(5)))
    } throws: { error in
      guard case AnnotationError.record(let record)? = error as? AnnotationError else { return false }
      return record.index == 3
    }
  }

  private static func file(count: Int, bad: Set<Int> = []) -> [UInt8] {
    let entries = (0..<count).map { index in
      bad.contains(index)
        ? #"{"image_id": \#(index), "keypoints": [1, 2]}"#
        : #"{"image_id": \#(index), "keypoints": [\#(index).5, 2, 1, 3, 4, 0.25], "score": \#(Double(index) / 8)}"#
    }
    return Array("[\(entries.joined(separator: ",\n"))]".utf8)
  }
}
