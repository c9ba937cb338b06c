import PoseGraph

/// NumPy's `.npz`: named arrays in a ZIP file, compressed or not.
///
/// Arrays are decoded only when they are requested, so that opening a large archive is cheap.
public struct NumpyArchive: Sendable {
  /// The arrays' names without `.npy`, in the order of the file.
  public private(set) var names: [String]
  private let archive: ZipArchive?
  /// The arrays that were set, and nil for those that were removed.
  private var changes: [String: Tensor?] = [:]

  /// Creates an empty archive.
  public init() {
    names = []
    archive = nil
  }

  /// Opens the bytes of a `.npz` file.
  ///
  /// - Throws: ``NumpyError``.
  public init(_ bytes: [UInt8]) throws(NumpyError) {
    do throws(ZipError) {
      let archive = try ZipArchive(bytes)
      names = archive.entries.filter { $0.name.hasSuffix(".npy") }.map { String($0.name.dropLast(4)) }
      self.archive = archive
    } catch {
      throw .zip(error)
    }
  }

  /// Opens a `.npz` file.
  ///
  /// - Throws: ``FormatError``.
  public init(contentsOf path: String) throws(FormatError) {
    self = try FormatError.naming(path) { try NumpyArchive(FileBytes.read(path)) }
  }

  /// Decodes an array.
  ///
  /// - Throws: ``NumpyError`` if there is no array with this name, if it is damaged, or if a ``Tensor`` cannot have its
  ///   type.
  public func tensor(_ name: String) throws(NumpyError) -> Tensor {
    if case let tensor?? = changes[name] { return tensor }
    guard changes[name] == nil, let archive, let entry = archive[name + ".npy"] else {
      throw .missing(name, available: names)
    }
    let bytes: [UInt8]
    do throws(ZipError) {
      bytes = Array(try archive.contents(of: entry))
    } catch {
      throw .zip(error)
    }
    return try Tensor(npy: bytes)
  }

  /// The array with this name, or nil if there is none that can be decoded. Setting an array replaces it or adds it, and
  /// setting nil removes it.
  public subscript(name: String) -> Tensor? {
    get { try? tensor(name) }
    set {
      if newValue == nil {
        names.removeAll { $0 == name }
      } else if !names.contains(name) {
        names.append(name)
      }
      changes.updateValue(newValue, forKey: name)
    }
  }

  /// The bytes of a `.npz` file, uncompressed.
  ///
  /// - Throws: ``NumpyError`` if an array of the opened archive cannot be decoded.
  public func bytes() throws(NumpyError) -> [UInt8] {
    var writer = ZipWriter(alignment: 64)
    for name in names {
      let tensor = try tensor(name)
      do throws(ZipError) {
        try writer.append(name + ".npy", tensor.npy())
      } catch {
        throw .zip(error)
      }
    }
    return writer.finish()
  }
}
