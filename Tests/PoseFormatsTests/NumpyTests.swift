import Foundation
import PoseGraph
import TestSupport
import Testing

@testable import PoseFormats

@Suite("NumPy arrays")
struct NumpyTests {
  /// A `.npy` file with a header written by hand.
  static func file(_ header: String, version: UInt8 = 1, _ scalars: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = [0x93] + Array("NUMPY".utf8) + [version, 0]
    if version == 1 {
      bytes.append(littleEndian: UInt16(header.utf8.count))
    } else {
      bytes.append(littleEndian: UInt32(header.utf8.count))
    }
    return bytes + Array(header.utf8) + scalars
  }

  @Test("every type and rank survives a round trip", arguments: ScalarType.allCases)
  func roundTrip(type: ScalarType) throws {
    for shape in [[], [0], [3], [2, 3], [2, 1, 4]] {
      let count = try #require(Tensor.count(of: shape)) * type.byteCount
      let tensor = try Tensor(shape: shape, type: type, bytes: (0..<count).map { UInt8($0 & 1) })
      let bytes = tensor.npy()
      #expect(try Tensor(npy: bytes) == tensor)
      #expect((bytes.count - count) % 64 == 0)
    }
  }

  @Test("Fortran's order becomes C's")
  func fortranOrder() throws {
    let bytes = Self.file("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3)}", [1, 4, 2, 5, 3, 6])
    #expect(try Tensor(npy: bytes).bytes == [1, 2, 3, 4, 5, 6])
  }

  @Test("big-endian scalars are turned", arguments: [1, 2, 3] as [UInt8])
  func bigEndian(version: UInt8) throws {
    let bytes = Self.file(
      "{\"shape\": (2L,), 'descr': '>f4', 'fortran_order': False, }\n", version: version,
      [0x3f, 0x80, 0, 0, 0xc0, 0, 0, 0])
    #expect(try Tensor(npy: bytes).floats == [1, -2])
  }

  @Test(
    "hostile headers are errors",
    arguments: [
      "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4), }",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807,), }",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }",
      "{'descr': '<f4', 'fortran_order': True, 'shape': (4611686018427387904, 4611686018427387904), }",
      "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }",
      "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }",
      "{'descr': '<f4', 'shape': (1,), }",
      "{'descr': '<f4', 'descr': '<f4', 'shape': (1,), }",
      "{'descr': '', 'fortran_order': False, 'shape': (1,), }",
      "{'descr': '<f4, 'fortran_order': False",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (\(String(repeating: "1,", count: 100))), }", "", "{", "}",
    ])
  func hostileHeader(header: String) {
    #expect(throws: NumpyError.self) { try Tensor(npy: Self.file(header, [0, 0, 0, 0])) }
  }

  @Test("an empty array whose other extents are vast has no strides that overflow")
  func vastButEmpty() {
    let header = "{'descr': '|u1', 'fortran_order': True, 'shape': (0, 4611686018427387904, 4611686018427387904), }"
    _ = try? Tensor(npy: Self.file(header, []))
  }

  @Test("a damaged or cut file is an error, never a crash")
  func corruption() throws {
    let corruption = Corruption(original: try Tensor(shape: [2, 3], [1, 2, 3, 4, 5, 6]).npy())
    for bytes in corruption.truncations { #expect(throws: NumpyError.self) { try Tensor(npy: bytes) } }
    for bytes in corruption.damaged(3000) { _ = try? Tensor(npy: bytes) }
  }
}

@Suite("NumPy archives")
struct NumpyArchiveTests {
  @Test("arrays come back from an archive in order")
  func roundTrip() throws {
    var archive = NumpyArchive()
    archive["b"] = try Tensor(shape: [2], [1, 2])
    archive["a"] = try Tensor(shape: [], type: .int64, bytes: [7, 0, 0, 0, 0, 0, 0, 0])
    let read = try NumpyArchive(archive.bytes())
    #expect(read.names == ["b", "a"])
    #expect(try read.tensor("b") == archive["b"])
    #expect(try read.tensor("a") == archive["a"])
    #expect(throws: NumpyError.missing("c", available: ["b", "a"])) { try read.tensor("c") }
  }

  @Test("an array of an opened archive that is removed is gone, and one that is set replaces it")
  func changes() throws {
    var archive = NumpyArchive()
    for name in ["a", "b", "c"] { archive[name] = try Tensor(shape: [1], [1]) }
    var opened = try NumpyArchive(archive.bytes())
    opened["b"] = nil
    #expect(opened["b"] == nil && opened.names == ["a", "c"])
    #expect(throws: NumpyError.missing("b", available: ["a", "c"])) { try opened.tensor("b") }
    opened["a"] = try Tensor(shape: [1], [2])
    #expect(opened["a"]?.floats == [2] && opened.names == ["a", "c"])
    opened["b"] = try Tensor(shape: [1], [3])
    let read = try NumpyArchive(opened.bytes())
    #expect(read.names == ["a", "c", "b"] && read["b"]?.floats == [3])
  }

  @Test("a deflated array is expanded")
  func deflated() throws {
    let tensor = try NumpyArchive(Self.compressed).tensor("x")
    #expect(tensor == (try Tensor(shape: [64], type: .uint8, bytes: .init(repeating: 0, count: 64))))
  }

  @Test("a damaged or cut archive is an error, never a crash")
  func corruption() throws {
    let corruption = Corruption(original: Self.compressed)
    func readAll(_ bytes: [UInt8]) throws {
      let archive = try NumpyArchive(bytes)
      for name in archive.names { _ = try archive.tensor(name) }
    }
    for bytes in corruption.truncations { #expect(throws: NumpyError.self) { try readAll(bytes) } }
    for bytes in corruption.damaged(3000) { try? readAll(bytes) }
  }

  @Test("golden archives hold what their description says")
  func goldens() throws {
    let archive = try GoldenFile.archive("golden/litehrnet/litehrnet_18_coco_256x192.npz")
    if SharedData.folder != nil {
      #expect(archive.names == ["output", "recipe_output", "input_first16"])
      #expect(try archive.tensor("output").shape == [2, 17, 64, 48])
    } else {
      #expect(archive.names == ["recipe_output@stride349", "input_first16"])
      #expect(try archive.tensor("recipe_output@stride349").shape == [300])
    }
    // The first values that the recipe for inputs names.
    #expect(try archive.tensor("input_first16").floats.prefix(4) == [-1.6087267, 0.6094415, -1.185503, -0.90222144])
  }

  @Test("every golden archive opens, and every array of a supported type decodes")
  func allGoldens() throws {
    let folders = [SharedData.checkout.appending(path: "Tests/Goldens"), SharedData.folder?.appending(path: "golden")]
    let paths = try folders.compactMap(\.self).flatMap { folder in
      try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
        .compactMap { ($0 as? URL)?.path }.filter { $0.hasSuffix(".npz") }
    }
    #expect(!paths.isEmpty)
    for path in paths {
      let archive = try NumpyArchive(contentsOf: path)
      for name in archive.names {
        do throws(NumpyError) {
          _ = try archive.tensor(name)
        } catch {
          guard case .unsupportedType = error else {
            Issue.record("\(path): \(name): \(error)")
            continue
          }
        }
      }
    }
  }

  /// `numpy.savez_compressed(file, x=numpy.zeros(64, "u1"))`, with ZIP64 fields as NumPy writes them.
  static let compressed = [UInt8](
    Data(
      base64Encoded:
        "UEsDBC0AAAAIAAAAIQCEP+Pk//////////8FABQAeC5ucHkBABAAwAAAAAAAAABIAAAAAAAAAJvsF+obEMnIUMZQrZ"
        + "6SWpxcpG6loF5Taqiuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GmYmOpo6CrUK5AMuBgoBAFBLAQItAy0A"
        + "AAAIAAAAIQCEP+PkSAAAAMAAAAAFAAAAAAAAAAAAAACAAQAAAAB4Lm5weVBLBQYAAAAAAQABADMAAAB/AAAAAAA=") ?? Data())
}
