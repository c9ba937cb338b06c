import PoseFormats
import PoseGraph

/// An array in a file: `x.npy`, or `x.npz:key`; the first of a `.npz` without a key.
///
/// - Throws: ``InputError`` or the format's error where there is none.
func tensor(at place: String) throws -> Tensor {
  var (path, key) = (place, String?.none)
  if let colon = place.range(of: ".npz:") {
    path = String(place[..<colon.upperBound].dropLast())
    key = String(place[colon.upperBound...])
  }
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
