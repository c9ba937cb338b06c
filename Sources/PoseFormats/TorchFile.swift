import PoseGraph

/// An opened `.pth` file: the contents of its pickle, and its storages.
struct TorchFile {
  private enum Storages {
    case zip(ZipArchive, folder: String)
    case legacy([UInt8], [String: Range<Int>])
  }

  private let root: PickleValue
  private let objects: PickleObjects
  private let storages: Storages
  /// The storages read so far. Those that the file stores uncompressed are not copied.
  private var opened: [String: ArraySlice<UInt8>] = [:]
  /// The number of bytes that may still be read from the file. Tensors may share storage, so that they can exceed the
  /// file's size, but there must be a limit.
  private var budget: Int

  /// The number of bytes by which an expanded pickle may exceed the size of its file. The pickle of a thousand tensors
  /// has 200 kB.
  static let pickleExpansionLimit = 64 << 20

  /// The keys under which published code keeps the weights, preferred ones first.
  private static let stateKeys = [
    "state_dict", "model_state_dict", "model", "module", "net", "params", "state_dict_ema", "ema_state_dict",
  ]

  // MARK: Since PyTorch 1.6

  init(zip bytes: [UInt8]) throws(TorchError) {
    budget = ZipArchive.expansionLimit(byteCount: bytes.count)
    let archive = try Self.zipped { () throws(ZipError) in try ZipArchive(bytes) }
    guard let entry = archive.entries.first(where: { $0.name == "data.pkl" || $0.name.hasSuffix("/data.pkl") }) else {
      throw .noPickle
    }
    let folder = String(entry.name.dropLast("data.pkl".count))
    guard archive[folder + "constants.pkl"] == nil else { throw .torchScript }
    if let entry = archive[folder + "byteorder"] {
      let order = try Self.zipped { () throws(ZipError) in try archive.contents(of: entry, limit: 16) }
      guard order.elementsEqual("little".utf8) else { throw .bigEndian }
    }
    let limit = bytes.count + Self.pickleExpansionLimit
    let pickle = try Self.zipped { () throws(ZipError) in try archive.contents(of: entry, limit: limit) }
    var unpickler = Unpickler(Array(pickle))
    root = try Self.unpickled { () throws(PickleError) in try unpickler.load() }
    objects = unpickler.objects
    storages = .zip(archive, folder: folder)
  }

  // MARK: Before PyTorch 1.6

  /// 0x1950a86a20f9469cfc6c in little-endian order.
  private static let legacyMagic: [UInt8] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]

  /// Whether bytes begin with the pickle of the old format's magic number.
  static func isLegacy(_ bytes: [UInt8]) -> Bool {
    bytes.starts(with: [0x80, 2, 0x8a, 10] + legacyMagic)
  }

  init(legacy bytes: [UInt8]) throws(TorchError) {
    budget = ZipArchive.expansionLimit(byteCount: bytes.count)
    var unpickler = Unpickler(bytes)
    var files: [String: Range<Int>] = [:]
    root = try Self.unpickled { () throws(PickleError) in
      guard case .bytes(Self.legacyMagic) = try unpickler.load() else {
        throw unpickler.malformed("the file does not begin with PyTorch's magic number")
      }
      guard case .int(1001) = try unpickler.load() else { throw unpickler.malformed("the protocol is not 1001") }
      // A description of the machine that wrote the file.
      let system = try unpickler.load()
      for (key, value) in unpickler.objects.pairs(of: system) {
        if case .text("little_endian") = key, case .bool(false) = value {
          throw unpickler.malformed("the file was written on a big-endian machine")
        }
      }
      let root = try unpickler.load()
      let widths = Dictionary(
        unpickler.objects.storages.map { ($0.key, $0.type.byteCount) }, uniquingKeysWith: { first, _ in first })
      let keys = try unpickler.load()
      for key in try unpickler.elements(of: keys) {
        guard case .text(let key) = key, let width = widths[key] else {
          throw unpickler.malformed("a storage at the end belongs to no tensor")
        }
        let (size, overflow) = try unpickler.readCount().multipliedReportingOverflow(by: width)
        let storage = try unpickler.readRaw(overflow ? .max : size)
        files[key] = storage.startIndex..<storage.endIndex
      }
      return root
    }
    objects = unpickler.objects
    storages = .legacy(bytes, files)
  }

  // MARK: Reading

  /// The named tensors, in the order of the file.
  func stateDictionary() throws(TorchError) -> [(name: String, tensor: Int)] {
    let top = objects.pairs(of: root)
    for key in Self.stateKeys {
      let state = objects.value(of: key, in: root)
      let tensors = objects.namedTensors(of: state)
      if tensors.isEmpty { continue }
      // Objects beside the weights, such as logs, do no harm; a weight that is one would be missing.
      if let object = objects.firstInert(of: state) { throw .pickle(object) }
      return tensors
    }
    let tensors = objects.namedTensors(of: root)
    guard !tensors.isEmpty else {
      if let object = objects.inert.first {
        throw .pickle(.forbidden(global: object.global, offset: object.offset))
      }
      throw .noTensors(keys: top.prefix(12).compactMap { if case .text(let key) = $0.key { key } else { nil } })
    }
    return tensors
  }

  /// The texts and numbers in the dictionary `meta`.
  var metadata: [String: String] {
    var metadata: [String: String] = [:]
    for (key, value) in objects.pairs(of: objects.value(of: "meta", in: root)) {
      guard case .text(let key) = key else { continue }
      switch value {
      case .text(let text): metadata[key] = text
      case .int(let number): metadata[key] = "\(number)"
      case .float(let number): metadata[key] = "\(number)"
      case .bool(let truth): metadata[key] = "\(truth)"
      default: break
      }
    }
    return metadata
  }

  /// A tensor's scalars, in C order.
  mutating func read(_ tensor: Int, name: String) throws(TorchError) -> Tensor {
    let (storage, view) = (objects.storages[objects.tensors[tensor].storage], objects.tensors[tensor].view)
    let width = storage.type.byteCount
    let whole = try bytes(of: storage.key, name: name)
    guard whole.count / width >= storage.offset, whole.count / width - storage.offset >= storage.count else {
      throw .badTensor(
        name, reason: "storage '\(storage.key)' should have \(storage.count) scalars, but has \(whole.count) bytes")
    }
    let source = whole.dropFirst(storage.offset * width).prefix(storage.count * width)
    guard let count = Tensor.count(of: view.shape), count <= budget / width else { throw .expandsTooFar(name) }
    guard let contiguous = view.contiguous(source, width: width, limit: budget) else {
      throw .badTensor(
        name,
        reason: "shape \(view.shape) with strides \(view.strides) from \(view.offset) does not fit into its storage of "
          + "\(storage.count) scalars")
    }
    budget -= contiguous.count
    do throws(TensorError) {
      return try Tensor(shape: view.shape, type: storage.type, bytes: contiguous)
    } catch {
      throw .badTensor(name, reason: "\(error)")
    }
  }

  private mutating func bytes(of key: String, name: String) throws(TorchError) -> ArraySlice<UInt8> {
    if let bytes = opened[key] { return bytes }
    let bytes: ArraySlice<UInt8>
    switch storages {
    case .zip(let archive, let folder):
      guard let entry = archive[folder + "data/" + key] else {
        throw .badTensor(name, reason: "storage '\(key)' is not in the file")
      }
      let limit = budget
      bytes = try Self.zipped { () throws(ZipError) in try archive.contents(of: entry, limit: limit) }
      if entry.isDeflated { budget -= bytes.count }
    case .legacy(let all, let ranges):
      guard let range = ranges[key] else { throw .badTensor(name, reason: "storage '\(key)' is not in the file") }
      bytes = all[range]
    }
    opened[key] = bytes
    return bytes
  }

  // MARK: Limits and errors

  private static func zipped<Value>(_ body: () throws(ZipError) -> Value) throws(TorchError) -> Value {
    do throws(ZipError) { return try body() } catch { throw .zip(error) }
  }

  private static func unpickled<Value>(_ body: () throws(PickleError) -> Value) throws(TorchError) -> Value {
    do throws(PickleError) { return try body() } catch { throw .pickle(error) }
  }
}

extension PickleObjects {
  fileprivate func pairs(of value: PickleValue?) -> [(key: PickleValue, value: PickleValue)] {
    if case .dictionary(let index)? = value { dictionaries[index] } else { [] }
  }

  fileprivate func value(of key: String, in dictionary: PickleValue) -> PickleValue? {
    pairs(of: dictionary).last { if case .text(key) = $0.key { true } else { false } }?.value
  }

  /// The error for the first value of a dictionary that is of an unknown class; nil where there is none.
  fileprivate func firstInert(of dictionary: PickleValue?) -> PickleError? {
    pairs(of: dictionary).lazy.compactMap { _, value in
      guard case .inert(let index) = value else { return nil }
      return .forbidden(global: inert[index].global, offset: inert[index].offset)
    }.first
  }

  /// The tensors of a dictionary and their names; other values are left out.
  fileprivate func namedTensors(of dictionary: PickleValue?) -> [(name: String, tensor: Int)] {
    pairs(of: dictionary).compactMap { key, value in
      if case .text(let name) = key, case .tensor(let tensor) = value { (name, tensor) } else { nil }
    }
  }
}
