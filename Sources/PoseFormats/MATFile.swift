import PoseCore

/// A MATLAB file of version 5 (`.mat`, as MATLAB before 7.3 and SciPy write it) with its arrays of numbers, texts and
/// cells.
public struct MATFile: Sendable {
  /// An array of a file. The first index varies fastest, as in MATLAB.
  public enum Value: Sendable, Hashable {
    case numbers(shape: [Int], [Double])
    case text(String)
    case cells(shape: [Int], [Value])
    /// An array of a kind that is not supported: a struct, an object, a sparse or complex array.
    case other
  }

  public let variables: [String: Value]

  /// The largest size of a file, and of its arrays when they are expanded: 32 MiB. Each number then takes 8 bytes in
  /// memory.
  static let maximumByteCount = 32 << 20

  /// Reads a file.
  ///
  /// - Throws: ``FormatError`` around a ``FileError`` or a ``MATError``.
  public init(contentsOf path: String) throws(FormatError) {
    self = try FormatError.naming(path) { try MATFile(FileBytes.read(path, limit: MATFile.maximumByteCount)) }
  }

  /// Reads a file's bytes.
  ///
  /// - Throws: ``MATError``.
  public init(_ bytes: [UInt8]) throws(MATError) {
    var file = MATReader(bytes)
    variables = try file.variables()
  }

  /// The numbers of a variable and its shape.
  ///
  /// - Parameters:
  ///   - name: the variable's name.
  ///   - expected: the shape that the variable must have, with nil for an axis of any extent.
  /// - Throws: ``MATError`` if there is no such variable, or if it has another shape.
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

/// The reasons why a `.mat` file is refused.
public enum MATError: UserError, Hashable {
  /// The file is not a MATLAB file of version 5.
  case notMATLAB
  /// The file has the format of MATLAB 7.3, which is HDF5.
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
    case .notMATLAB: "this is not a MATLAB file of version 5"
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
