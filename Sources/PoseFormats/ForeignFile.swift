/// A file that people mistake for weights, such as a page that was saved instead of a download, by its first bytes.
enum ForeignFile: String, Hashable, CaseIterable {
  case webPage, lfsPointer, gzip, bzip2, xz, sevenZip, rar, tar, hdf5, picture, text, onnx, mindIR, tfLite, coreML

  init?(_ bytes: [UInt8]) {
    func starts(_ text: String, at offset: Int = 0) -> Bool { bytes.dropFirst(offset).starts(with: text.utf8) }
    let beginning = String(decoding: bytes.prefix(512), as: UTF8.self).lowercased().drop(while: \.isWhitespace)
    if ["<!doctype html", "<html", "<head", "<!-- "].contains(where: beginning.hasPrefix) {
      self = .webPage
    } else if starts("version https://git-lfs") {
      self = .lfsPointer
    } else if bytes.starts(with: [0x1F, 0x8B]) {
      self = .gzip
    } else if starts("BZh") {
      self = .bzip2
    } else if bytes.starts(with: [0xFD, 0x37, 0x7A, 0x58, 0x5A]) {
      self = .xz
    } else if bytes.starts(with: [0x37, 0x7A, 0xBC, 0xAF]) {
      self = .sevenZip
    } else if starts("Rar!") {
      self = .rar
    } else if starts("ustar", at: 257) {
      self = .tar
    } else if bytes.starts(with: [0x89, 0x48, 0x44, 0x46]) {
      self = .hdf5
    } else if bytes.starts(with: [0xFF, 0xD8, 0xFF]) || bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) {
      self = .picture
    } else if Self.isCoreML(bytes) {
      self = .coreML
    } else if Self.isONNX(bytes) {
      self = .onnx
    } else if bytes.starts(with: [0x0A, 0x03]), starts("1.", at: 2) {
      self = .mindIR
    } else if starts("TFL3", at: 4) {
      self = .tfLite
    } else if !bytes.isEmpty, bytes.prefix(512).allSatisfy({ $0 >= 0x20 && $0 < 0x7F || (9...13).contains($0) }) {
      self = .text
    } else {
      return nil
    }
  }

  /// What the file is, and what to do about it.
  var advice: String {
    switch self {
    case .webPage:
      "this is a web page, as a download that needs a login or a confirmation leaves: fetch the file itself"
    case .lfsPointer: "this is a Git LFS pointer: fetch the weights with `git lfs pull`"
    case .gzip, .bzip2, .xz, .sevenZip, .rar, .tar: "this is a packed archive: unpack it, and name the weights in it"
    case .hdf5: "this is an HDF5 file, as Keras and MATLAB write it: convert the weights to .safetensors or .pth"
    case .picture: "this is a picture: name the file of the weights"
    case .text: "this is text: name the file of the weights, and a configuration with --config"
    case .onnx:
      "this is an ONNX network, which `pose forward`, `pose bench` and --detector run, and `pose convert` reads: name weights, "
        + "such as .safetensors or .pth"
    case .mindIR, .tfLite, .coreML:
      "this is a whole network for another framework: name its weights, such as .ckpt, .safetensors or .pth"
    }
  }

  /// Core ML's models begin with the version of their format, too, but a description of inputs follows, a message.
  private static func isCoreML(_ bytes: [UInt8]) -> Bool {
    guard bytes.count > 8, bytes[0] == 0x08, (1...20).contains(bytes[1]), bytes[2] == 0x12,
      let length = bytes[3..<8].firstIndex(where: { $0 < 0x80 }), length + 1 < bytes.count
    else { return false }
    return bytes[length + 1] == 0x0A
  }

  /// A model's first field is the version of its format, a small number, and names of its producer follow.
  private static func isONNX(_ bytes: [UInt8]) -> Bool {
    bytes.count > 8 && bytes[0] == 0x08 && (1...20).contains(bytes[1]) && [0x12, 0x1A, 0x3A, 0x42].contains(bytes[2])
  }
}
