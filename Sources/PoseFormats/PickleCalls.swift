import PoseGraph

// The functions that a pickle may call, and their results. No code is run, because the results are built directly.

extension Unpickler {
  /// The most axes of a tensor in PyTorch.
  private static let mostAxes = 64

  mutating func call(_ function: PickleValue, with arguments: [PickleValue]) throws(PickleError) -> PickleValue {
    if case .inert = function { return function }
    guard case .global(let global) = function else { throw malformed("the called object is not a function") }
    switch global {
    case .orderedDictionary, .dictionary:
      guard let first = arguments.first else { return dictionary([]) }
      var pairs: [(key: PickleValue, value: PickleValue)] = []
      let elements = try elements(of: first)
      try spend(elements.count)
      for element in elements {
        let pair = try self.elements(of: element)
        guard pair.count == 2 else { throw malformed("a dictionary's pair has \(pair.count) parts") }
        pairs.append((pair[0], pair[1]))
      }
      return dictionary(pairs)
    case .set, .list, .tuple, .size:
      guard let first = arguments.first else { return sequence([]) }
      guard case .sequence = first else { throw malformed("a list is missing") }
      return first
    case .device:
      guard let first = arguments.first else { throw malformed("a device has no name") }
      return first
    case .rebuildTensor, .rebuildTensorV2:
      return try rebuild(arguments)
    case .rebuildParameter:
      guard let first = arguments.first, case .tensor = first else { throw malformed("a parameter has no tensor") }
      return first
    case .numpyType:
      guard case .text(let code)? = arguments.first else { throw malformed("a NumPy type has no name") }
      return numpyType(code)
    case .numpyScalar:
      return try numpyScalar(arguments)
    case .encode:
      guard case .text(let text)? = arguments.first else { throw malformed("there is no text to encode") }
      try spend(text.utf8.count)
      // In protocol 2, Python 3 writes bytes as text whose characters have the bytes' values.
      return .bytes(text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) })
    case .reconstructArray:
      // Its state gives it a shape and scalars.
      return array(PickleObjects.Array())
    case .storage, .numpyArray:
      throw malformed("a type is called that nothing plain is made of")
    }
  }

  /// `_rebuild_tensor_v2(storage, offset, size, stride, ...)`.
  private mutating func rebuild(_ arguments: [PickleValue]) throws(PickleError) -> PickleValue {
    guard arguments.count >= 4, case .storage(let storage) = arguments[0], case .int(let offset) = arguments[1],
      offset >= 0
    else { throw malformed("a tensor has no storage or offset") }
    let view = StridedView(
      shape: try integers(arguments[2]), strides: try integers(arguments[3]), offset: offset)
    guard view.shape.count == view.strides.count else { throw malformed("a tensor has an axis without a stride") }
    return tensor(PickleObjects.TensorView(storage: storage, view: view))
  }

  private mutating func integers(_ value: PickleValue) throws(PickleError) -> [Int] {
    let elements = try elements(of: value)
    // Any number of tensors can refer to the same shape, and each of them gets a copy.
    try spend(elements.count)
    guard elements.count <= Self.mostAxes else { throw malformed("a tensor has \(elements.count) axes") }
    var integers: [Int] = []
    for element in elements {
      guard case .int(let integer) = element, integer >= 0 else { throw malformed("an extent or stride is invalid") }
      integers.append(integer)
    }
    return integers
  }

  /// Gives an object the state that a pickle has for it. Only arrays and their types need theirs. One that is not as NumPy
  /// writes it does no harm, unless the array is a weight.
  mutating func build(_ object: PickleValue, _ state: PickleValue) {
    guard case .sequence(let index) = state else { return }
    let parts = objects.sequences[index]
    switch object {
    // (version, shape, type, is_fortran, bytes)
    case .array(let array):
      guard parts.count == 5, case .numpyType(let type) = parts[2], case .bool(let isFortran) = parts[3],
        case .bytes(let bytes) = parts[4], let shape = try? integers(parts[1])
      else { return }
      set(
        array,
        to: PickleObjects.Array(shape: shape, type: objects.numpyTypes[type], isFortran: isFortran, bytes: bytes))
    // (version, order of bytes, ...)
    case .numpyType(let type):
      if parts.count > 1, case .text(">") = parts[1] { markBigEndian(type) }
    default: break
    }
  }

  /// `numpy.core.multiarray.scalar(type, bytes)`.
  private func numpyScalar(_ arguments: [PickleValue]) throws(PickleError) -> PickleValue {
    guard arguments.count == 2, case .numpyType(let type) = arguments[0], case .bytes(let bytes) = arguments[1],
      bytes.count <= 8
    else { throw malformed("a NumPy scalar is neither a number nor a truth value") }
    let bits = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    switch (objects.numpyTypes[type], bytes.count) {
    case ("f8", 8): return .float(Double(bitPattern: bits))
    case ("f4", 4): return .float(Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits))))
    case ("i8", 8): return .int(Int(truncatingIfNeeded: bits))
    case ("i4", 4): return .int(Int(Int32(truncatingIfNeeded: bits)))
    case ("b1", 1): return .bool(bits != 0)
    default: return .none
    }
  }

  /// A storage that PyTorch keeps outside the pickle: `('storage', torch.FloatStorage, key, device, count[, view])`.
  mutating func persistent(_ parts: [PickleValue]) throws(PickleError) -> PickleValue {
    guard parts.count >= 5, case .text("storage") = parts[0], case .global(.storage(let type)) = parts[1],
      case .text(let key) = parts[2], case .int(let count) = parts[4], count >= 0
    else { throw malformed("a storage is not described as PyTorch does") }
    guard parts.count > 5, case .sequence = parts[5] else {
      return storage(PickleObjects.Storage(key: key, type: type, offset: 0, count: count))
    }
    let view = try elements(of: parts[5])
    guard view.count == 3, case .int(let offset) = view[1], case .int(let viewCount) = view[2], offset >= 0,
      viewCount >= 0, offset <= count, viewCount <= count - offset
    else { throw malformed("a storage's view reaches outside the storage") }
    return storage(PickleObjects.Storage(key: key, type: type, offset: offset, count: viewCount))
  }
}
