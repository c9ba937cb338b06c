import PoseGraph

/// Reads Python's pickles, protocols 0 to 5, without running any code. A pickle is a program for a small stack machine,
/// and this machine can only build plain containers and tensors. Any other global becomes an inert value: nothing is called,
/// and its arguments and state are dropped.
struct Unpickler {
  private(set) var objects = PickleObjects()
  private(set) var reader: ByteReader<PickleError>
  private var stack: [PickleValue] = []
  /// The height of the stack at each open mark.
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]
  /// The number of steps that may still be taken and of scalars that may still be copied before the pickle is refused.
  private var budget: Int
  /// The offset of the opcode that is being executed.
  private var place = 0

  /// Ten times the steps that the tensors of a network and of its optimizer take. A step keeps up to about 100 bytes.
  static let stepLimit = 3_000_000

  init(_ bytes: [UInt8], budget: Int = stepLimit) {
    reader = ByteReader(bytes, orThrow: PickleError.truncated)
    self.budget = budget
  }

  /// Reads one pickle. The bytes after it remain in `reader`.
  mutating func load() throws(PickleError) -> PickleValue {
    stack.removeAll()
    marks.removeAll()
    memo.removeAll()
    while true {
      try spend(1)
      place = reader.offset
      let opcode = try reader.byte()
      if opcode == UInt8(ascii: ".") { return try pop() }
      try execute(opcode)
    }
  }

  /// Reads bytes that follow a pickle.
  mutating func readRaw(_ count: Int) throws(PickleError) -> ArraySlice<UInt8> { try reader.read(count) }
  mutating func readCount() throws(PickleError) -> Int { try reader.count(UInt64.self) }

  func malformed(_ reason: String) -> PickleError { .malformed(reason, offset: place) }

  mutating func spend(_ cost: Int) throws(PickleError) {
    budget -= cost
    guard budget >= 0 else { throw .tooLarge(limit: Self.stepLimit) }
  }

  // MARK: Opcodes

  private mutating func execute(_ opcode: UInt8) throws(PickleError) {
    switch Unicode.Scalar(opcode) {
    case "\u{80}": try reader.skip(1)
    case "\u{95}": try reader.skip(8)
    case "(": marks.append(stack.count)
    case "0": if marks.last == stack.count { _ = marks.popLast() } else { _ = try pop() }
    case "1": _ = try popToMark()
    case "2": push(try top())

    case "N": push(.none)
    case "\u{88}": push(.bool(true))
    case "\u{89}": push(.bool(false))
    case "J": push(.int(Int(try reader.integer(Int32.self))))
    case "K": push(.int(Int(try reader.byte())))
    case "M": push(.int(try reader.count(UInt16.self)))
    case "\u{8a}": push(try long(Int(try reader.byte())))
    case "\u{8b}": push(try long(try reader.count(UInt32.self)))
    case "G": push(.float(Double(bitPattern: try reader.integer(UInt64.self).byteSwapped)))
    case "I": push(try textInteger())
    case "L": push(try textInteger())
    case "F": push(try textFloat())

    case "X": push(.text(try text(try reader.count(UInt32.self))))
    case "\u{8c}": push(.text(try text(Int(try reader.byte()))))
    case "\u{8d}": push(.text(try text(try reader.count(UInt64.self))))
    case "V": push(.text(try line()))
    case "S": push(.text(try quotedLine()))
    // Python 2 wrote text as bytes.
    case "T": push(.text(try text(try reader.count(UInt32.self))))
    case "U": push(.text(try text(Int(try reader.byte()))))
    case "B": push(.bytes(Array(try reader.read(try reader.count(UInt32.self)))))
    case "C": push(.bytes(Array(try reader.read(Int(try reader.byte())))))
    case "\u{8e}", "\u{96}": push(.bytes(Array(try reader.read(try reader.count(UInt64.self)))))

    case "]", ")", "\u{8f}": push(sequence([]))
    case "}": push(dictionary([]))
    case "l", "t", "\u{91}": push(sequence(try popToMark()))
    case "d": push(dictionary(try pairs(try popToMark())))
    case "\u{85}": push(sequence(try popLast(1)))
    case "\u{86}": push(sequence(try popLast(2)))
    case "\u{87}": push(sequence(try popLast(3)))
    case "a": try append(try popLast(1))
    case "e", "\u{90}": try append(try popToMark())
    case "s": try insert(try popLast(2))
    case "u": try insert(try popToMark())

    case "p": try remember(try decimalLine())
    case "q": try remember(Int(try reader.byte()))
    case "r": try remember(try reader.count(UInt32.self))
    case "\u{94}": try remember(memo.count)
    case "g": push(try recall(try decimalLine()))
    case "h": push(try recall(Int(try reader.byte())))
    case "j": push(try recall(try reader.count(UInt32.self)))

    case "c": push(global(module: try line(), name: try line()))
    case "\u{93}":
      let names = try popLast(2)
      guard case .text(let module) = names[0], case .text(let name) = names[1] else {
        throw malformed("a global's name is not text")
      }
      push(global(module: module, name: name))
    case "R", "\u{81}":
      let call = try popLast(2)
      push(try self.call(call[0], with: try elements(of: call[1])))
    // A call with keywords, which no container or tensor needs.
    case "\u{92}":
      let call = try popLast(3)
      guard case .inert = call[0] else { throw malformed("a container is made with keywords") }
      push(call[0])
    case "Q":
      let identifier = try pop()
      push(try persistent(try elements(of: identifier)))
    case "b":
      let state = try pop()
      build(try top(), state)
    default: throw .unknownOpcode(opcode, offset: place)
    }
  }

  private mutating func global(module: String, name: String) -> PickleValue {
    if let global = PickleGlobal(module: module, name: name) { return .global(global) }
    objects.inert.append(PickleObjects.Inert(global: "\(module).\(name)", offset: place))
    return .inert(objects.inert.count - 1)
  }

  // MARK: The stack

  private mutating func push(_ value: PickleValue) { stack.append(value) }

  private func top() throws(PickleError) -> PickleValue {
    guard let value = stack.last, stack.count > marks.last ?? 0 else { throw malformed("the stack is empty") }
    return value
  }

  private mutating func pop() throws(PickleError) -> PickleValue {
    let value = try top()
    stack.removeLast()
    return value
  }

  private mutating func popLast(_ count: Int) throws(PickleError) -> [PickleValue] {
    guard stack.count - (marks.last ?? 0) >= count else { throw malformed("the stack is empty") }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  private mutating func popToMark() throws(PickleError) -> [PickleValue] {
    guard let mark = marks.popLast(), mark <= stack.count else { throw malformed("there is no mark") }
    defer { stack.removeSubrange(mark...) }
    return Array(stack[mark...])
  }

  private mutating func remember(_ place: Int) throws(PickleError) { memo[place] = try top() }

  private func recall(_ place: Int) throws(PickleError) -> PickleValue {
    guard let value = memo[place] else { throw malformed("nothing was remembered as \(place)") }
    return value
  }

  // MARK: Containers

  mutating func sequence(_ values: [PickleValue]) -> PickleValue {
    objects.sequences.append(values)
    return .sequence(objects.sequences.count - 1)
  }

  mutating func dictionary(_ pairs: [(key: PickleValue, value: PickleValue)]) -> PickleValue {
    objects.dictionaries.append(pairs)
    return .dictionary(objects.dictionaries.count - 1)
  }

  func elements(of value: PickleValue) throws(PickleError) -> [PickleValue] {
    guard case .sequence(let index) = value else { throw malformed("a tuple is missing") }
    return objects.sequences[index]
  }

  func pairs(_ values: [PickleValue]) throws(PickleError) -> [(key: PickleValue, value: PickleValue)] {
    guard values.count.isMultiple(of: 2) else { throw malformed("a key has no value") }
    return stride(from: 0, to: values.count, by: 2).map { (values[$0], values[$0 + 1]) }
  }

  private mutating func append(_ values: [PickleValue]) throws(PickleError) {
    if case .inert = try top() { return }
    guard case .sequence(let index) = try top() else { throw malformed("there is no list to append to") }
    objects.sequences[index] += values
  }

  private mutating func insert(_ values: [PickleValue]) throws(PickleError) {
    if case .inert = try top() { return }
    guard case .dictionary(let index) = try top() else { throw malformed("there is no dictionary to insert into") }
    objects.dictionaries[index] += try pairs(values)
  }

  // MARK: Scalars

  private mutating func long(_ count: Int) throws(PickleError) -> PickleValue {
    let bytes = try reader.read(count)
    // No count or size needs more bytes, but PyTorch's old files begin with a number that does.
    guard count <= 8 else { return .bytes(Array(bytes)) }
    let isNegative = bytes.last.map { $0 >= 0x80 } ?? false
    return .int(bytes.reversed().reduce(isNegative ? -1 : 0) { $0 << 8 | Int($1) })
  }

  private mutating func text(_ count: Int) throws(PickleError) -> String {
    String(decoding: try reader.read(count), as: UTF8.self)
  }

  /// The text up to the end of the line.
  private mutating func line() throws(PickleError) -> String {
    var bytes: [UInt8] = []
    while case let byte = try reader.byte(), byte != UInt8(ascii: "\n") { bytes.append(byte) }
    return String(decoding: bytes, as: UTF8.self)
  }

  private mutating func quotedLine() throws(PickleError) -> String {
    let line = try line()
    guard line.count >= 2, let quote = line.first, quote == line.last, quote == "'" || quote == "\"" else {
      throw malformed("text has no quotes")
    }
    return String(line.dropFirst().dropLast())
  }

  private mutating func decimalLine() throws(PickleError) -> Int {
    guard let value = Int(try line()) else { throw malformed("a number is missing") }
    return value
  }

  private mutating func textInteger() throws(PickleError) -> PickleValue {
    let line = try line()
    if line == "00" || line == "01" { return .bool(line == "01") }
    guard let value = Int(line.hasSuffix("L") ? line.dropLast() : line[...]) else {
      throw malformed("a number is missing")
    }
    return .int(value)
  }

  private mutating func textFloat() throws(PickleError) -> PickleValue {
    guard let value = Double(try line()) else { throw malformed("a number is missing") }
    return .float(value)
  }
}

extension Unpickler {
  /// Adds a storage and returns a reference to it.
  mutating func storage(_ storage: PickleObjects.Storage) -> PickleValue {
    objects.storages.append(storage)
    return .storage(objects.storages.count - 1)
  }

  mutating func tensor(_ tensor: PickleObjects.TensorView) -> PickleValue {
    objects.tensors.append(tensor)
    return .tensor(objects.tensors.count - 1)
  }

  mutating func array(_ array: PickleObjects.Array) -> PickleValue {
    objects.arrays.append(array)
    return .array(objects.arrays.count - 1)
  }

  /// Adds a NumPy type by its code.
  mutating func numpyType(_ code: String) -> PickleValue {
    objects.numpyTypes.append(code)
    return .numpyType(objects.numpyTypes.count - 1)
  }

  mutating func markBigEndian(_ type: Int) {
    if !objects.numpyTypes[type].hasPrefix(">") { objects.numpyTypes[type] = ">" + objects.numpyTypes[type] }
  }

  mutating func set(_ index: Int, to array: PickleObjects.Array) { objects.arrays[index] = array }
}
