import PoseCore
import PoseGraph

// Paddle's checkpoints (`paddle.save(layer.state_dict(), "x.pdparams")`): the pickle of a dictionary of NumPy arrays. Since
// Paddle 2.1 an entry may also be a pair of the parameter's name in programs and its array.

extension Checkpoint {
  /// Reads the bytes of a `.pdparams` file without running any code in it. The tensors get the names of the published code,
  /// and the weights of dense layers its axes; see ``PaddleNames``.
  ///
  /// - Throws: ``PaddleError``.
  public init(paddle bytes: [UInt8]) throws(PaddleError) {
    // Python 3 writes bytes as text in protocol 2, which is read twice.
    var unpickler = Unpickler(bytes, budget: Unpickler.stepLimit + 2 * bytes.count)
    let root: PickleValue
    do throws(PickleError) { root = try unpickler.load() } catch { throw .pickle(error) }
    let objects = unpickler.objects
    guard case .dictionary(let index) = root else { throw .noTensors(keys: []) }
    var file = Checkpoint()
    var others: [String] = []
    // Arrays may share their scalars, so that they can exceed the file's size, but there must be a limit.
    var budget = ZipArchive.expansionLimit(byteCount: bytes.count)
    for (key, value) in objects.dictionaries[index] {
      guard case .text(let name) = key else { continue }
      if case .inert(let index) = value {
        throw .pickle(.forbidden(global: objects.inert[index].global, offset: objects.inert[index].offset))
      }
      guard let array = objects.array(value) else {
        others.append(name)
        continue
      }
      budget -= array.bytes.count
      guard budget >= 0 else { throw .tensor(name, reason: "it and those before it are far larger than the file") }
      file[name] = try array.tensor(named: name)
    }
    guard file.count > 0 else {
      if let object = objects.inert.first { throw .pickle(.forbidden(global: object.global, offset: object.offset)) }
      throw .noTensors(keys: others)
    }
    self = PaddleNames.published(file)
  }

  /// The bytes of a `.pdparams` file that `paddle.load` reads, under Paddle's names; see ``PaddleNames``. The types of the
  /// tensors are kept. Metadata is left out, because Paddle's tools take every entry to be a tensor.
  ///
  /// - Throws: ``PaddleError`` for tensors of bfloat16, which NumPy does not have.
  public func paddle() throws(PaddleError) -> [UInt8] {
    let file = PaddleNames.paddle(self)
    var pickle = Pickler(protocol: 4)
    pickle.code("}(")
    for name in file.names {
      guard let tensor = file[name] else { continue }
      guard tensor.type != .bfloat16 else {
        throw .tensor(name, reason: "Paddle's files have no bfloat16: convert it with --precision float32")
      }
      pickle.text(name)
      pickle.array(tensor)
    }
    pickle.code("u.")
    return pickle.bytes
  }
}

extension PickleObjects {
  /// The array of an entry, which may be a pair of a name and an array.
  fileprivate func array(_ value: PickleValue) -> Array? {
    switch value {
    case .array(let index): return arrays[index]
    case .sequence(let index):
      guard sequences[index].count == 2, case .text = sequences[index][0], case .array(let array) = sequences[index][1]
      else { return nil }
      return arrays[array]
    default: return nil
    }
  }
}

extension PickleObjects.Array {
  fileprivate func tensor(named name: String) throws(PaddleError) -> Tensor {
    guard let type else { throw .tensor(name, reason: "the array is not described as NumPy does") }
    guard let scalars = ScalarType.allCases.first(where: { $0.numpyCode == type }) else {
      throw .tensor(name, reason: "arrays of type '\(type.prefix(40))' are not supported")
    }
    guard let bytes = isFortran ? Tensor.rowMajor(bytes, shape: shape, width: scalars.byteCount) : bytes else {
      throw .tensor(name, reason: "\(bytes.count) bytes do not fill the shape \(shape)")
    }
    do throws(TensorError) {
      return try Tensor(shape: shape, type: scalars, bytes: bytes)
    } catch {
      throw .tensor(name, reason: "\(error)")
    }
  }
}

extension Pickler {
  /// A NumPy array.
  fileprivate mutating func array(_ tensor: Tensor) {
    global("numpy.core.multiarray", "_reconstruct")
    code("(")
    global("numpy", "ndarray")
    tuple([0])
    data(Array("b".utf8))
    code("tR(")
    integer(1)
    tuple(tensor.shape)
    global("numpy", "dtype")
    code("(")
    text(tensor.type.numpyCode)
    truth(false)
    truth(true)
    code("tR(")
    integer(3)
    text(tensor.type.byteCount > 1 ? "<" : "|")
    code("NNN")
    for value in [-1, -1, 0] { integer(value) }
    code("tb")
    truth(false)
    data(tensor.bytes)
    code("tb")
  }
}

extension ScalarType {
  /// NumPy's code without the order of bytes: `f4`.
  fileprivate var numpyCode: String { String(NumpyHeader.code(of: self).dropFirst()) }
}

/// The reasons why bytes cannot be read as a checkpoint of Paddle, or a checkpoint not be written as one.
public enum PaddleError: UserError, Hashable {
  case pickle(PickleError)
  case noTensors(keys: [String])
  case tensor(String, reason: String)
}

extension PaddleError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .pickle(let error): "\(error)"
    case .noTensors(let keys):
      "this pickle is no dictionary of arrays, as paddle.save writes a state_dict(): it has "
        + (keys.isEmpty ? "no entries by name" : "the entries \(keys.prefix(12).joined(separator: ", "))")
    case .tensor(let name, let reason): "tensor '\(name)': \(reason)"
    }
  }
}
