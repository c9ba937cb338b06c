import PoseGraph

/// NumPy's archives of named arrays, as `numpy.savez` writes them. They have no place for metadata.
enum NumpyFormat: CheckpointFormat {
  static let extensions = ["npz"]

  static func recognizes(_ bytes: [UInt8]) -> Bool {
    guard ZipArchive.isZip(bytes), let archive = try? ZipArchive(bytes), let first = archive.entries.first else {
      return false
    }
    return first.name.hasSuffix(".npy")
  }

  static func read(_ bytes: [UInt8]) throws -> Checkpoint {
    let archive = try NumpyArchive(bytes)
    var checkpoint = Checkpoint()
    for name in archive.names { checkpoint[name] = try archive.tensor(name) }
    return checkpoint
  }

  static func write(_ checkpoint: Checkpoint) throws -> [UInt8] {
    var archive = NumpyArchive()
    for name in checkpoint.names { archive[name] = checkpoint[name] }
    return try archive.bytes()
  }
}
