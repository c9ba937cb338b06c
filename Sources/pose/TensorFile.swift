import PoseFormats
import PoseGraph

/// Where an array lies: `x.npy`, or `x.npz:key`; the first of a `.npz` without a key.
struct TensorPlace {
  let path: String
  let key: String?

  init(_ place: String) {
    guard let colon = place.range(of: ".npz:") else {
      (path, key) = (place, nil)
      return
    }
    (path, key) = (String(place[..<colon.upperBound].dropLast()), String(place[colon.upperBound...]))
  }
}

/// The array at a place as ``TensorPlace`` has it.
///
/// - Throws: ``InputError`` or the format's error where there is none.
func tensor(at place: String) throws -> Tensor {
  let place = TensorPlace(place)
  let (path, key) = (place.path, place.key)
  if path.hasSuffix(".npz") {
    let archive = try NumpyArchive(contentsOf: path)
    guard let name = key ?? archive.names.first, archive.names.contains(name) else {
      let known = archive.names.prefix(10).joined(separator: ", ")
      throw InputError("'\(path)' has no array '\(key ?? "")'; it has: \(known)")
    }
    return try archive.tensor(name)
  }
  let bytes = try FileBytes.read(path)
  do {
    return try Tensor(npy: bytes)
  } catch {
    throw InputError("cannot read '\(path)': \(error)")
  }
}

extension String {
  /// Where a text first stands.
  fileprivate func range(of text: String) -> Range<Index>? {
    indices.lazy.compactMap { start in
      self[start...].hasPrefix(text) ? start..<self.index(start, offsetBy: text.count) : nil
    }.first
  }
}
