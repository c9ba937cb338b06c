import PoseGraph

/// A section of a configuration whose keys are all known.
struct Section<Key: CodingKey & CaseIterable> {
  private let container: KeyedDecodingContainer<AnyKey>
  /// The former names of keys, by their present names, where the section has them.
  private let formerNames: [String: String]

  /// - Parameter renamed: keys that have another name now. They are errors that say the new name, except in the metadata of
  ///   model files, where they are read.
  /// - Throws: a `DecodingError` around a ``ConfigurationError/Problem`` for the first unknown key.
  init(_ decoder: any Decoder, renamed: KeyValuePairs<String, Key> = [:]) throws {
    let known = Key.allCases.map(\.stringValue)
    container = try decoder.container(keyedBy: AnyKey.self)
    let given = Set(container.allKeys.map(\.stringValue))
    var formerNames: [String: String] = [:]
    for (name, key) in renamed where given.contains(name) {
      guard decoder.userInfo[.readsFormerKeys] as? Bool == true else {
        throw Self.error(.renamed(name, to: key.stringValue), at: decoder.codingPath + [AnyKey(name)])
      }
      if !given.contains(key.stringValue) { formerNames[key.stringValue] = name }
    }
    self.formerNames = formerNames
    let accepted = Set(known).union(renamed.map(\.key))
    if let stranger = given.subtracting(accepted).min() {
      throw Self.error(
        .unknown(stranger, nearest: nearest(to: stranger, among: known), known: known),
        at: decoder.codingPath + [AnyKey(stranger)])
    }
  }

  func value<Value: Decodable>(_ key: Key) throws -> Value {
    try container.decode(Value.self, forKey: stored(key))
  }

  func value<Value: Decodable>(_ key: Key, default: Value) throws -> Value {
    container.contains(stored(key)) ? try value(key) : `default`
  }

  func optional<Value: Decodable>(_ key: Key) throws -> Value? {
    container.contains(stored(key)) ? try value(key) : nil
  }

  private func stored(_ key: Key) -> AnyKey { AnyKey(formerNames[key.stringValue] ?? key.stringValue) }

  /// A text that must be one of the given names.
  func name(_ key: Key, among known: [String], default: String? = nil) throws -> String {
    if let `default`, !container.contains(stored(key)) { return `default` }
    let name: String = try value(key)
    guard known.contains(name) else {
      throw unknown(name, key, known: known)
    }
    return name
  }

  /// What says that a key's value has a name that nothing has.
  func unknown(_ name: String, _ key: Key, known: [String]) -> DecodingError {
    problem(key, .unknown(name, nearest: nearest(to: name, among: known), known: known))
  }

  /// One of an enumeration's raw values.
  func choice<Choice: RawRepresentable<String> & CaseIterable>(_ key: Key, default: Choice) throws -> Choice {
    guard container.contains(stored(key)) else { return `default` }
    let name = try name(key, among: Choice.allCases.map(\.rawValue))
    return Choice(rawValue: name) ?? `default`
  }

  func check(_ key: Key, _ holds: Bool, _ reason: @autoclosure () -> String) throws {
    if !holds { throw problem(key, reason()) }
  }

  func problem(_ key: Key, _ reason: String) -> DecodingError { problem(key, .invalid(reason)) }

  private func problem(_ key: Key, _ problem: ConfigurationError.Problem) -> DecodingError {
    Self.error(problem, at: container.codingPath + [key])
  }

  private static func error(_ problem: ConfigurationError.Problem, at path: [any CodingKey]) -> DecodingError {
    .dataCorrupted(.init(codingPath: path, debugDescription: problem.description, underlyingError: problem))
  }
}

private struct AnyKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init(_ name: String) { stringValue = name }
  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

extension CodingUserInfoKey {
  /// Whether keys that were renamed are read under their former names, as the metadata of older model files have them.
  static var readsFormerKeys: CodingUserInfoKey {
    guard let key = CodingUserInfoKey(rawValue: "readsFormerKeys") else { preconditionFailure("every name is a key") }
    return key
  }
}
