extension ConfigurationValue {
  /// Makes a value whose stored properties the tree holds.
  ///
  /// - Throws: ``PartError`` with the key at fault.
  func decoded<Value: Decodable>(as type: Value.Type) throws(PartError) -> Value {
    do {
      return try PartDecoder(value: self, codingPath: []).read(type)
    } catch let error as DecodingError {
      let source = ConfigurationError(error, source: "")
      throw PartError(
        path: source.key.isEmpty ? [] : source.key.split(separator: ".").map(String.init), problem: source.problem)
    } catch {
      throw PartError(path: [], problem: .invalid("cannot be read: \(error)"))
    }
  }
}

private struct PartDecoder: Decoder {
  let value: ConfigurationValue
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard case .section(let section) = value else { throw mismatch("a section of keys and values") }
    return KeyedDecodingContainer(Keyed<Key>(section: section, decoder: self))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard case .list(let items) = value else { throw mismatch("a list") }
    return Unkeyed(items: items, decoder: self)
  }

  func singleValueContainer() -> any SingleValueDecodingContainer { Single(decoder: self) }

  func mismatch(_ needed: String) -> DecodingError { invalid(.invalid("needs \(needed), not \(value.kind)")) }

  func invalid(_ problem: ConfigurationError.Problem) -> DecodingError {
    .dataCorrupted(.init(codingPath: codingPath, debugDescription: problem.description, underlyingError: problem))
  }

  func child(_ key: any CodingKey, _ value: ConfigurationValue) -> PartDecoder {
    PartDecoder(value: value, codingPath: codingPath + [AnyKey(key.stringValue.snakeCased)])
  }

  func read<Result: Decodable>(_ type: Result.Type) throws -> Result {
    let result: Any
    switch type {
    case is Bool.Type:
      guard case .bool(let bool) = value else { throw mismatch("true or false") }
      result = bool
    case is String.Type:
      // A name such as 2 or true is text, too, where text is needed.
      switch value {
      case .text, .number, .bool: result = value.description
      default: throw mismatch("text")
      }
    case is Double.Type: result = try number()
    case is Float.Type: result = Float(try number())
    case is Int.Type:
      guard let whole = Int(exactly: try number()) else { throw mismatch("a whole number") }
      result = whole
    default:
      if let choices = type as? any (RawRepresentable & CaseIterable).Type, case .text(let text) = value {
        let known = names(of: choices)
        guard known.isEmpty || known.contains(text) else {
          throw invalid(.unknown(text, among: known))
        }
      }
      return try Result(from: self)
    }
    guard let typed = result as? Result else { throw mismatch("\(type)") }
    return typed
  }

  private func number() throws -> Double {
    guard case .number(let number) = value else { throw mismatch("a number") }
    return number
  }

  private func names<Choice: RawRepresentable & CaseIterable>(of type: Choice.Type) -> [String] {
    type.allCases.compactMap { $0.rawValue as? String }
  }
}

private struct Keyed<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let section: [String: ConfigurationValue]
  let decoder: PartDecoder
  var codingPath: [any CodingKey] { decoder.codingPath }
  var allKeys: [Key] { section.keys.sorted().compactMap(Key.init(stringValue:)) }

  func contains(_ key: Key) -> Bool { section[key.stringValue.snakeCased] != nil }

  private func child(_ key: Key) throws -> PartDecoder {
    let name = key.stringValue.snakeCased
    guard let value = section[name] else {
      throw DecodingError.keyNotFound(AnyKey(name), .init(codingPath: codingPath, debugDescription: "is missing"))
    }
    return decoder.child(key, value)
  }

  func decodeNil(forKey key: Key) throws -> Bool { try child(key).value == .null }
  func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value { try child(key).read(type) }
  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<Nested> { try child(key).container(keyedBy: type) }
  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try child(key).unkeyedContainer()
  }
  func superDecoder() -> any Decoder { decoder }
  func superDecoder(forKey key: Key) throws -> any Decoder { try child(key) }
}

private struct Unkeyed: UnkeyedDecodingContainer {
  let items: [ConfigurationValue]
  let decoder: PartDecoder
  var currentIndex = 0
  var codingPath: [any CodingKey] { decoder.codingPath }
  var count: Int? { items.count }
  var isAtEnd: Bool { currentIndex >= items.count }

  init(items: [ConfigurationValue], decoder: PartDecoder) { (self.items, self.decoder) = (items, decoder) }

  private mutating func next() throws -> PartDecoder {
    guard currentIndex < items.count else { throw decoder.mismatch("a list of more than \(items.count) entries") }
    defer { currentIndex += 1 }
    return decoder.child(AnyKey(String(currentIndex)), items[currentIndex])
  }

  mutating func decodeNil() -> Bool {
    guard currentIndex < items.count, items[currentIndex] == .null else { return false }
    currentIndex += 1
    return true
  }
  mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try next().read(type) }
  mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) throws -> KeyedDecodingContainer<Nested> {
    try next().container(keyedBy: type)
  }
  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { try next().unkeyedContainer() }
  mutating func superDecoder() throws -> any Decoder { try next() }
}

private struct Single: SingleValueDecodingContainer {
  let decoder: PartDecoder
  var codingPath: [any CodingKey] { decoder.codingPath }

  func decodeNil() -> Bool { decoder.value == .null }
  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try decoder.read(type) }
}
