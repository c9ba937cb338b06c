/// Writes the part of Python's pickles that tensors and plain containers need.
struct Pickler {
  private(set) var bytes: [UInt8]

  /// Begins a pickle of a protocol, 2 to 5. Bytes need protocol 4.
  init(protocol version: UInt8) { bytes = [0x80, version] }

  /// Appends opcodes that are printable characters.
  mutating func code(_ opcodes: String) { bytes += opcodes.utf8 }

  mutating func text(_ text: String) {
    code("X")
    bytes.append(littleEndian: UInt32(clamping: text.utf8.count))
    bytes += text.utf8
  }

  mutating func data(_ data: [UInt8]) {
    bytes.append(0x8e)
    bytes.append(littleEndian: UInt64(data.count))
    bytes += data
  }

  mutating func truth(_ truth: Bool) { bytes.append(truth ? 0x88 : 0x89) }

  mutating func tuple(_ values: [Int]) {
    code("(")
    for value in values { integer(value) }
    code("t")
  }

  mutating func integer(_ value: Int) {
    if let small = Int32(exactly: value) {
      code("J")
      bytes.append(littleEndian: small)
    } else {
      bytes += [0x8a, 8]
      bytes.append(littleEndian: Int64(value))
    }
  }

  mutating func global(_ module: String, _ name: String) { code("c\(module)\n\(name)\n") }
}
