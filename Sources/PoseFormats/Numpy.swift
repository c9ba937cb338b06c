import PoseCore
import PoseGraph

// NumPy's `.npy` format, versions 1 to 3: a magic string, a header in the form of a Python dictionary, and the scalars.

extension Tensor {
  /// Reads the bytes of a `.npy` file. Big-endian scalars become little-endian, and Fortran's order becomes C's.
  ///
  /// - Throws: ``NumpyError``, also for types that a ``Tensor`` cannot have, such as text or unsigned integers of 16
  ///   bits and more.
  public init(npy bytes: [UInt8]) throws(NumpyError) {
    var reader = ByteReader(bytes, orThrow: NumpyError.truncated)
    guard bytes.starts(with: NumpyHeader.magic) else { throw .notNumpy }
    try reader.skip(NumpyHeader.magic.count)
    let version = try reader.byte()
    guard (1...3).contains(version) else { throw .unknownVersion(Int(version)) }
    try reader.skip(1)
    let length = version == 1 ? try reader.count(UInt16.self) : try reader.count(UInt32.self)
    guard length <= NumpyHeader.longest else { throw .badHeader("it has \(length) bytes") }
    let header = try NumpyHeader(try reader.read(length))

    let width = header.type.byteCount
    guard let count = Tensor.count(of: header.shape),
      case (let size, false) = count.multipliedReportingOverflow(by: width)
    else { throw .badHeader("shape \(header.shape) has no size") }
    var scalars = Array(try reader.read(size))
    if header.isBigEndian, width > 1 {
      for start in stride(from: 0, to: size, by: width) { scalars[start..<start + width].reverse() }
    }
    if header.isFortran {
      guard let ordered = Self.rowMajor(scalars, shape: header.shape, width: width) else {
        throw .badHeader("shape \(header.shape) has no size")
      }
      scalars = ordered
    }
    do throws(TensorError) {
      try self.init(shape: header.shape, type: header.type, bytes: scalars)
    } catch {
      throw .badHeader("\(error)")
    }
  }

  /// Scalars whose first axis changes fastest, as Fortran has them, in C order; nil if they do not fill the shape.
  static func rowMajor(_ scalars: [UInt8], shape: [Int], width: Int) -> [UInt8]? {
    guard let count = Tensor.count(of: shape), count == scalars.count / width else { return nil }
    if count == 0 { return scalars }
    var strides: [Int] = []
    var stride = 1
    for extent in shape {
      strides.append(stride)
      stride *= extent
    }
    let view = StridedView(shape: shape, strides: strides, offset: 0)
    return view.contiguous(scalars[...], width: width, limit: scalars.count)
  }

  /// The bytes of a `.npy` file, which NumPy reads. NumPy has no bfloat16, so that such scalars become opaque pairs of
  /// bytes (`V2`), as in the files of NumPy's extension packages.
  public func npy() -> [UInt8] {
    let extents = shape.map { "\($0)" }.joined(separator: ", ") + (shape.count == 1 ? "," : "")
    var header = "{'descr': '\(NumpyHeader.code(of: type))', 'fortran_order': False, 'shape': (\(extents)), }"
    // The scalars start at a multiple of 64, after the newline that ends the header.
    let isLong = header.utf8.count > 65_000
    let prefix = NumpyHeader.magic.count + 2 + (isLong ? 4 : 2)
    let unpadded = prefix + header.utf8.count + 1
    header += String(repeating: " ", count: (64 - unpadded % 64) % 64) + "\n"
    var bytes = NumpyHeader.magic + [isLong ? 2 : 1, 0]
    if isLong {
      bytes.append(littleEndian: UInt32(header.utf8.count))
    } else {
      bytes.append(littleEndian: UInt16(header.utf8.count))
    }
    return bytes + Array(header.utf8) + self.bytes
  }
}

/// The reasons why bytes cannot be read as `.npy` or `.npz`.
public enum NumpyError: UserError, Hashable {
  case notNumpy
  case unknownVersion(Int)
  case truncated(Truncation)
  case badHeader(String)
  case unsupportedType(String)
  case zip(ZipError)
  case missing(String, available: [String])
}

extension NumpyError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notNumpy: "this is not a .npy file: its first bytes are not those that numpy.save writes"
    case .unknownVersion(let version): "version \(version) of the .npy format is unknown: versions 1 to 3 are read"
    case .truncated(let truncation): "\(truncation)"
    case .badHeader(let reason): "the .npy header is invalid: \(reason)"
    case .unsupportedType(let type):
      "arrays of type '\(type)' are not supported: convert with astype to float, int or bool and save again"
    case .zip(let error): "\(error)"
    case .missing(let name, let available):
      "there is no array '\(name)': the archive has \(available.prefix(8).joined(separator: ", "))"
        + (available.count > 8 ? " and \(available.count - 8) more" : "")
    }
  }
}
