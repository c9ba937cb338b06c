import PoseGraph

/// A section of a configuration whose keys are all known.
struct Section<Key: CodingKey & CaseIterable> {
  private let container: KeyedDecodingContainer<AnyKey>
  /// The former names of keys, by their present names, where the section has them.
  private let formerNames: [String: String]

  /// - Parameters:
  ///   - retired: keys of former versions, each with what to do about it. In the metadata of model files they are ignored.
  ///   - renamed: keys that have another name now. They are errors that say the new name, except in the metadata of model
  ///     files, where they are read.
  /// - Throws: a `DecodingError` around a ``ConfigurationError/Problem`` for the first unknown key.
  init(_ decoder: any Decoder, retired: [String: String] = [:], renamed: KeyValuePairs<String, Key> = [:]) throws {
    let known = Key.allCases.map(\.stringValue)
    container = try decoder.container(keyedBy: AnyKey.self)
    let isModelFile = decoder.userInfo[.isModelFile] != nil
    let given = Set(container.allKeys.map(\.stringValue))
    var formerNames: [String: String] = [:]
    for (name, key) in renamed where given.contains(name) {
      guard isModelFile else {
        throw Self.error(.renamed(name, to: key.stringValue), at: decoder.codingPath + [AnyKey(name)])
      }
      if !given.contains(key.stringValue) { formerNames[key.stringValue] = name }
    }
    self.formerNames = formerNames
    for stranger in given.subtracting(known).subtracting(renamed.map(\.key)).sorted() {
      if let remedy = retired[stranger] {
        if isModelFile { continue }
        throw Self.error(.invalid(remedy), at: decoder.codingPath + [AnyKey(stranger)])
      }
      throw Self.error(
        .unknown(stranger, among: known),
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
    problem(key, .unknown(name, among: known))
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

  /// A problem of something within a key's value.
  func problem(_ key: Key, below path: [String], _ problem: ConfigurationError.Problem) -> DecodingError {
    Self.error(problem, at: container.codingPath + [key] + path.map { AnyKey($0) })
  }

  private static func error(_ problem: ConfigurationError.Problem, at path: [any CodingKey]) -> DecodingError {
    .dataCorrupted(.init(codingPath: path, debugDescription: problem.description, underlyingError: problem))
  }
}

extension ConfigurationError.Problem {
  /// A name that nothing has, with the most similar of those there are.
  static func unknown(_ name: String, among known: [String]) -> Self {
    .unknown(name, nearest: nearest(to: name, among: known), known: known)
  }
}

extension CodingUserInfoKey {
  /// Set where a configuration comes from the metadata of a model file, which may be of a former version.
  static let isModelFile = named("isModelFile")
  /// The folders in which paths of skeleton files start; not set where a configuration may not name files.
  static let folders = named("folders")

  private static func named(_ name: String) -> CodingUserInfoKey {
    guard let key = CodingUserInfoKey(rawValue: name) else { preconditionFailure("'\(name)' is no key") }
    return key
  }
}

/// A key of any text.
struct AnyKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init(_ name: String) { stringValue = name }
  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}
