import PoseCore

/// A MATLAB file of version 5 (`.mat`, as MATLAB before 7.3 and SciPy write it): its arrays of numbers, texts and cells.
public struct MATFile: Sendable {
  /// An array of a file. MATLAB's first index runs fastest.
  public enum Value: Sendable, Hashable {
    case numbers(shape: [Int], [Double])
    case text(String)
    case cells(shape: [Int], [Value])
    /// An array of a kind that is not read: a struct, an object, a sparse or complex array.
    case other
  }

  public let variables: [String: Value]

  /// The most bytes that a file, and its arrays when they are expanded, may have: 32 MiB. Every number then takes 8.
  static let maximumByteCount = 32 << 20

  /// Reads a file.
  ///
  /// - Throws: ``FormatError`` around a ``FileError`` or a ``MATError``.
  public init(contentsOf path: String) throws(FormatError) {
    self = try FormatError.naming(path) { try MATFile(FileBytes.read(path, limit: MATFile.maximumByteCount)) }
  }

  /// Reads a file's bytes.
  public init(_ bytes: [UInt8]) throws(MATError) {
    var file = MATReader(bytes)
    variables = try file.variables()
  }

  /// The numbers of a variable that has this shape; nil for an index of any extent.
  ///
  /// - Throws: ``MATError`` where there is no such variable.
  public func numbers(_ name: String, shape expected: [Int?]) throws(MATError) -> (shape: [Int], values: [Double]) {
    guard case .numbers(let shape, let values)? = variables[name] else {
      throw .missing(name, found: variables.keys.sorted())
    }
    guard shape.count == expected.count, zip(shape, expected).allSatisfy({ $0 == $1 ?? $0 }) else {
      throw .wrongShape(name, shape, expected: expected)
    }
    return (shape, values)
  }
}

/// Why a `.mat` file was refused.
public enum MATError: UserError, Hashable {
  /// Not a MATLAB file of version 5.
  case notMATLAB
  /// MATLAB's version 7.3, which is HDF5.
  case hdf5
  case bigEndian
  case truncated(Truncation)
  case damaged(offset: Int, String)
  case tooLarge(limit: Int)
  case missing(String, found: [String])
  case wrongShape(String, [Int], expected: [Int?])
}

extension MATError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notMATLAB: "this is no MATLAB file of version 5"
    case .hdf5: "this is a MATLAB 7.3 file, which is HDF5: save it with '-v7' in MATLAB, or with SciPy"
    case .bigEndian: "this was written on a big-endian machine, which is not read here: save it again on another"
    case .truncated(let truncation): "\(truncation)"
    case .damaged(let offset, let what): "byte \(offset): \(what): is the file damaged?"
    case .tooLarge(let limit): "the arrays are larger than \(limit) bytes, the most that is read here"
    case .missing(let name, let found):
      "there is no array of numbers '\(name)', only: \(found.prefix(12).joined(separator: ", "))"
    case .wrongShape(let name, let shape, let expected):
      "'\(name)' has the shape \(shape), but must have "
        + "[\(expected.map { $0.map(String.init) ?? "any" }.joined(separator: ", "))]"
    }
  }
}
