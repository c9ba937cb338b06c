import PoseCore
import PoseGraph

/// A value that a pickle builds. Containers and tensors are indices into ``PickleObjects``, so that cycles and
/// unlimited nesting cost nothing.
enum PickleValue: Sendable {
  case none
  case bool(Bool)
  case int(Int)
  case float(Double)
  case text(String)
  case bytes([UInt8])
  /// A list, tuple, set or `torch.Size`.
  case sequence(Int)
  case dictionary(Int)
  case storage(Int)
  case tensor(Int)
  /// A NumPy array, by its index in ``PickleObjects/arrays``.
  case array(Int)
  case global(PickleGlobal)
  /// A NumPy type, by its index in ``PickleObjects/numpyTypes``.
  case numpyType(Int)
  /// A function or class that is not known, or what it would have made: an index of ``PickleObjects/inert``. Nothing is
  /// called, and its arguments and state are dropped.
  case inert(Int)
}

/// The objects that the values of a pickle refer to.
struct PickleObjects: Sendable {
  /// Memory that tensors refer to.
  struct Storage: Sendable {
    let key: String
    let type: ScalarType
    /// The position of this storage in the one that the file holds, in scalars. It differs from 0 only for views in old
    /// files.
    let offset: Int
    let count: Int
  }

  struct TensorView: Sendable {
    let storage: Int
    let view: StridedView
  }

  /// A NumPy array: its type and its scalars.
  struct Array: Sendable {
    var shape: [Int] = []
    /// The code of the type, as `f4`, or `>f4` for bytes in big-endian order; nil for an array whose state is not as NumPy
    /// writes it.
    var type: String?
    /// Whether the first axis changes fastest.
    var isFortran = false
    var bytes: [UInt8] = []
  }

  /// A global that is neither a tensor's nor a plain container's, and where the pickle names it.
  struct Inert: Sendable {
    let global: String
    let offset: Int
  }

  var inert: [Inert] = []
  var sequences: [[PickleValue]] = []
  var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
  var storages: [Storage] = []
  var tensors: [TensorView] = []
  var arrays: [Array] = []
  /// Their codes.
  var numpyTypes: [String] = []
}

/// The globals that a pickle may name. None of them can run code.
enum PickleGlobal: Sendable, Equatable {
  case orderedDictionary, dictionary, set, list, tuple
  case size, device
  case rebuildTensor, rebuildTensorV2, rebuildParameter
  case storage(ScalarType)
  case numpyScalar, numpyType, numpyArray, reconstructArray
  case encode

  init?(module: String, name: String) {
    switch (module, name) {
    case ("collections", "OrderedDict"): self = .orderedDictionary
    case ("__builtin__", "dict"), ("builtins", "dict"): self = .dictionary
    case ("__builtin__", "set"), ("builtins", "set"), ("__builtin__", "frozenset"), ("builtins", "frozenset"):
      self = .set
    case ("__builtin__", "list"), ("builtins", "list"): self = .list
    case ("__builtin__", "tuple"), ("builtins", "tuple"): self = .tuple
    case ("torch", "Size"): self = .size
    case ("torch", "device"): self = .device
    case ("torch._utils", "_rebuild_tensor"): self = .rebuildTensor
    case ("torch._utils", "_rebuild_tensor_v2"): self = .rebuildTensorV2
    case ("torch._utils", "_rebuild_parameter"): self = .rebuildParameter
    case ("torch", _), ("torch.cuda", _), ("torch.storage", _):
      guard let type = ScalarType.allCases.first(where: { $0.torchStorage == name }) else { return nil }
      self = .storage(type)
    case ("numpy.core.multiarray", "scalar"), ("numpy._core.multiarray", "scalar"): self = .numpyScalar
    case ("numpy", "dtype"): self = .numpyType
    case ("numpy", "ndarray"): self = .numpyArray
    case ("numpy.core.multiarray", "_reconstruct"), ("numpy._core.multiarray", "_reconstruct"): self = .reconstructArray
    case ("_codecs", "encode"): self = .encode
    default: return nil
    }
  }
}

extension ScalarType {
  /// PyTorch's name for the storage of such scalars.
  var torchStorage: String {
    switch self {
    case .float16: "HalfStorage"
    case .bfloat16: "BFloat16Storage"
    case .float32: "FloatStorage"
    case .float64: "DoubleStorage"
    case .int8: "CharStorage"
    case .int16: "ShortStorage"
    case .int32: "IntStorage"
    case .int64: "LongStorage"
    case .uint8: "ByteStorage"
    case .bool: "BoolStorage"
    }
  }
}

/// The reasons why bytes cannot be read as a pickle.
public enum PickleError: UserError, Hashable {
  case truncated(Truncation)
  /// The weights themselves are of a class that is neither a tensor nor a plain container.
  case forbidden(global: String, offset: Int)
  case unknownOpcode(UInt8, offset: Int)
  case malformed(String, offset: Int)
  /// The pickle takes more steps or copies more scalars than any checkpoint needs.
  case tooLarge(limit: Int)
}

extension PickleError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .truncated(let truncation): "\(truncation)"
    case .forbidden(let global, let offset):
      "the weights need '\(global)', which the pickle names at byte \(offset), but only tensors and plain containers are "
        + "read, never code: in Python, save just model.state_dict()"
    case .unknownOpcode(let opcode, let offset):
      "the pickle has opcode 0x\(String(opcode, radix: 16)) at byte \(offset), which tensors and plain containers "
        + "never need: is the file whole?"
    case .malformed(let reason, let offset): "the pickle is malformed at byte \(offset): \(reason)"
    case .tooLarge(let limit):
      "the pickle takes more than \(limit) steps, which is the limit: "
        + "in Python, save just model.state_dict()"
    }
  }
}
