import Testing

@testable import PoseFormats

@Suite("ZIP files")
struct ZipTests {
  private func archive(_ contents: [(String, [UInt8])], alignment: Int = 1) throws -> [UInt8] {
    var writer = ZipWriter(alignment: alignment)
    for (name, bytes) in contents { try writer.append(name, bytes) }
    return writer.finish()
  }

  @Test("entries begin at multiples of the alignment", arguments: [1, 2, 64, 4096])
  func alignment(alignment: Int) throws {
    let contents = (0..<20).map { ("\(String(repeating: "a", count: $0))ü", [UInt8](repeating: UInt8($0), count: $0)) }
    let read = try ZipArchive(archive(contents, alignment: alignment))
    #expect(read.entries.map(\.name) == contents.map(\.0))
    for (entry, expected) in zip(read.entries, contents) {
      #expect(try read.range(of: entry).lowerBound.isMultiple(of: alignment))
      #expect(try read.contents(of: entry).elementsEqual(expected.1))
    }
  }

  @Test("more entries than 16 bits can count need ZIP64, and come back")
  func manyEntries() throws {
    let read = try ZipArchive(archive((0..<70_000).map { ("\($0)", []) }))
    #expect(read.entries.count == 70_000)
    #expect(read["69999"] != nil)
  }

  @Test("a bomb is refused before memory is reserved")
  func bombs() throws {
    let good = try archive([("a", [1, 2, 3])])
    let directory = try #require(good.indices.dropLast(4).first { good[$0...].starts(with: [0x50, 0x4b, 1, 2]) })
    func changed(at place: Int, to bytes: [UInt8]) -> [UInt8] {
      var bad = good
      bad.replaceSubrange(directory + place..<directory + place + bytes.count, with: bytes)
      return bad
    }
    // Deflated, from 3 bytes to 4 GB.
    var bomb = changed(at: 10, to: [8, 0])
    bomb.replaceSubrange(directory + 24..<directory + 28, with: [0xfe, 0xff, 0xff, 0xff])
    #expect(throws: ZipError.impossibleSize("a", size: 0xffff_fffe, compressed: 3)) { try ZipArchive(bomb) }
    #expect(throws: ZipError.encrypted("a")) { try ZipArchive(changed(at: 8, to: [1, 0])) }
    #expect(throws: ZipError.unknownMethod("a", 12)) { try ZipArchive(changed(at: 10, to: [12, 0])) }
    let count = good.count - 22 + 10
    var many = good
    many.replaceSubrange(count..<count + 2, with: [0xfe, 0xff])
    #expect(throws: ZipError.impossibleCount(0xfffe)) { try ZipArchive(many) }
    let large = try ZipArchive(good)
    #expect(throws: ZipError.tooLarge("a", size: 3, limit: 2)) { try large.contents(of: large.entries[0], limit: 2) }
  }

  @Test("entries that share bytes are refused")
  func overlapping() throws {
    var bytes = try archive([("a", [1, 2, 3]), ("b", [1, 2, 3])])
    // The second entry's offset, in the directory, becomes the first's.
    let second = try #require(bytes.indices.dropLast(4).last { bytes[$0...].starts(with: [0x50, 0x4b, 1, 2]) })
    bytes.replaceSubrange(second + 42..<second + 46, with: [0, 0, 0, 0])
    #expect(throws: ZipError.overlapping("b")) { try ZipArchive(bytes) }
  }

  @Test("two entries of one name, and a flipped bit, are refused")
  func damage() throws {
    #expect(throws: ZipError.duplicate("a")) { try ZipArchive(archive([("a", []), ("a", [])])) }
    var bytes = try archive([("a", [1, 2, 3])])
    bytes[31] ^= 1
    let read = try ZipArchive(bytes)
    #expect(throws: ZipError.damaged("a")) { try read.contents(of: read.entries[0]) }
  }
}
