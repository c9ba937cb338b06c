extension ConfigurationValue {
  /// A value's stored properties as a tree. Unlike in JSON, properties that are nil are there, as `null`.
  ///
  /// - Throws: ``PartError`` where a value cannot be said in YAML, such as a number that is not finite.
  init(encoding value: some Encodable) throws(PartError) {
    let encoder = PartEncoder(codingPath: [])
    do {
      try value.encode(to: encoder)
    } catch let error as EncodingError {
      if case .invalidValue(let value, let context) = error {
        throw PartError(
          path: context.codingPath.map(\.stringValue), problem: .invalid("cannot be written: \(value)"))
      }
      throw PartError(path: [], problem: .invalid("cannot be written"))
    } catch {
      throw PartError(path: [], problem: .invalid("cannot be written: \(error)"))
    }
    self = encoder.node.value
  }
}

extension String {
  /// `trainedInput` as `trained_input`.
  var snakeCased: String {
    reduce(into: "") { text, character in
      if character.isUppercase, text.last.map({ $0 != "_" && !$0.isUppercase }) == true { text += "_" }
      text += character.lowercased()
    }
  }
}

/// A place of the tree that is being written.
private final class Node {
  enum Content {
    case value(ConfigurationValue)
    case list([Node])
    case section([String: Node])
  }

  var content = Content.value(.section([:]))

  var value: ConfigurationValue {
    switch content {
    case .value(let value): value
    case .list(let nodes): .list(nodes.map(\.value))
    case .section(let nodes): .section(nodes.mapValues(\.value))
    }
  }

  func child(_ key: String) -> Node {
    var section: [String: Node] = if case .section(let section) = content { section } else { [:] }
    let node = section[key] ?? Node()
    section[key] = node
    content = .section(section)
    return node
  }

  func append() -> Node {
    var list: [Node] = if case .list(let list) = content { list } else { [] }
    let node = Node()
    list.append(node)
    content = .list(list)
    return node
  }
}

private struct PartEncoder: Encoder {
  var codingPath: [any CodingKey]
  var node = Node()
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    if case .section = node.content {} else { node.content = .section([:]) }
    return KeyedEncodingContainer(Keyed<Key>(encoder: self))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    node.content = .list([])
    return Unkeyed(encoder: self)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { Single(encoder: self) }

  func write(_ value: some Encodable) throws {
    switch value {
    case let bool as Bool: node.content = .value(.bool(bool))
    case let text as String: node.content = .value(.text(text))
    case let number as Double: try write(number)
    // Its shortest digits, which give the same number back.
    case let number as Float: try write(Double("\(number)") ?? Double(number))
    case let number as any BinaryInteger: try write(Double(number))
    default: try value.encode(to: self)
    }
  }

  private func write(_ number: Double) throws {
    guard number.isFinite else {
      throw EncodingError.invalidValue(number, .init(codingPath: codingPath, debugDescription: "is not finite"))
    }
    node.content = .value(.number(number))
  }

  func child(_ key: some CodingKey) -> PartEncoder {
    PartEncoder(codingPath: codingPath + [key], node: node.child(key.stringValue.snakeCased))
  }
}

private struct Keyed<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let encoder: PartEncoder
  var codingPath: [any CodingKey] { encoder.codingPath }

  func encodeNil(forKey key: Key) { encoder.child(key).node.content = .value(.null) }
  func encode(_ value: some Encodable, forKey key: Key) throws { try encoder.child(key).write(value) }

  private func encodeOptional(_ value: (some Encodable)?, _ key: Key) throws {
    if let value { try encode(value, forKey: key) } else { encodeNil(forKey: key) }
  }

  // Synthesised code calls these for optional properties; by default they leave out what is nil.
  func encodeIfPresent(_ value: Bool?, forKey key: Key) throws { try encodeOptional(value, key) }
  func encodeIfPresent(_ value: String?, forKey key: Key) throws { try encodeOptional(value, key) }
  func encodeIfPresent(_ value: Double?, forKey key: Key) throws { try encodeOptional(value, key) }
  func encodeIfPresent(_ value: Float?, forKey key: Key) throws { try encodeOptional(value, key) }
  func encodeIfPresent(_ value: Int?, forKey key: Key) throws { try encodeOptional(value, key) }
  func encodeIfPresent(_ value: (some Encodable)?, forKey key: Key) throws { try encodeOptional(value, key) }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) -> KeyedEncodingContainer<Nested> { encoder.child(key).container(keyedBy: type) }
  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { encoder.child(key).unkeyedContainer() }
  func superEncoder() -> any Encoder { encoder }
  func superEncoder(forKey key: Key) -> any Encoder { encoder.child(key) }
}

private struct Unkeyed: UnkeyedEncodingContainer {
  let encoder: PartEncoder
  var count = 0
  var codingPath: [any CodingKey] { encoder.codingPath }

  init(encoder: PartEncoder) { self.encoder = encoder }

  private mutating func next() -> PartEncoder {
    defer { count += 1 }
    return PartEncoder(codingPath: codingPath + [AnyKey(String(count))], node: encoder.node.append())
  }

  mutating func encodeNil() { next().node.content = .value(.null) }
  mutating func encode(_ value: some Encodable) throws { try next().write(value) }
  mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
    next().container(keyedBy: type)
  }
  mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { next().unkeyedContainer() }
  mutating func superEncoder() -> any Encoder { next() }
}

private struct Single: SingleValueEncodingContainer {
  let encoder: PartEncoder
  var codingPath: [any CodingKey] { encoder.codingPath }

  func encodeNil() { encoder.node.content = .value(.null) }
  func encode(_ value: some Encodable) throws { try encoder.write(value) }
}
