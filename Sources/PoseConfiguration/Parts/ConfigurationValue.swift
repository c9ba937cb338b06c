/// A value of a configuration before its type is known: what YAML and JSON have in common.
public enum ConfigurationValue: Sendable, Hashable {
  case null
  case bool(Bool)
  case number(Double)
  case text(String)
  case list([ConfigurationValue])
  case section([String: ConfigurationValue])
}

extension ConfigurationValue {
  /// Numbers of arguments: layers, channels, pixels and factors.
  /// The greatest number that a network's argument may be.
  static let largestArgument = 16384.0
  static let maximumCount = 64
  static let maximumTextLength = 200
  static let maximumDepth = 8

  /// Refuses a value that no argument can have, before anything is built from it.
  func checkBounds(
    at path: [String], depth: Int = 0, largest: Double = largestArgument
  ) throws(PartError) {
    func check(_ holds: Bool, _ reason: @autoclosure () -> String) throws(PartError) {
      if !holds { throw PartError(path: path, problem: .invalid(reason())) }
    }
    try check(depth <= Self.maximumDepth, "nests deeper than \(Self.maximumDepth) levels")
    switch self {
    case .null, .bool: break
    case .number(let number):
      try check((0...largest).contains(number), "needs a number in 0...\(Int(largest)), not \(description)")
    case .text(let text):
      try check(text.utf8.count <= Self.maximumTextLength, "needs text of at most \(Self.maximumTextLength) characters")
    case .list(let items):
      try check(items.count <= Self.maximumCount, "needs a list of at most \(Self.maximumCount) entries")
      for (index, item) in items.enumerated() {
        try item.checkBounds(at: path + [String(index)], depth: depth + 1, largest: largest)
      }
    case .section(let section):
      try check(section.count <= Self.maximumCount, "needs at most \(Self.maximumCount) keys")
      for (key, value) in section.sorted(by: { $0.key < $1.key }) {
        try value.checkBounds(at: path + [key], depth: depth + 1, largest: largest)
      }
    }
  }

  /// The value with the keys of another in place of its own; sections are merged, everything else is replaced.
  func overlaid(with other: ConfigurationValue, at path: [String]) throws(PartError) -> ConfigurationValue {
    guard case .section(var own) = self, case .section(let given) = other else { return other }
    for (key, value) in given.sorted(by: { $0.key < $1.key }) {
      guard let current = own[key] else { throw .unknown(key, at: path, known: own.keys.sorted()) }
      own[key] = try current.overlaid(with: value, at: path + [key])
    }
    return .section(own)
  }

  /// Refuses keys that another value, which was made of this one, does not have.
  func checkKeys(against result: ConfigurationValue, at path: [String]) throws(PartError) {
    switch (self, result) {
    case (.section(let given), .section(let known)):
      for (key, value) in given.sorted(by: { $0.key < $1.key }) {
        guard let other = known[key] else { throw .unknown(key, at: path, known: known.keys.sorted()) }
        try value.checkKeys(against: other, at: path + [key])
      }
    case (.list(let given), .list(let known)):
      for (index, pair) in zip(given, known).enumerated() {
        try pair.0.checkKeys(against: pair.1, at: path + [String(index)])
      }
    default: break
    }
  }

  /// What the value is, for messages.
  var kind: String {
    switch self {
    case .null: "nothing"
    case .bool(let bool): "\(bool)"
    case .number: description
    case .text(let text): "'\(text.prefix(40))'"
    case .list: "a list"
    case .section: "a section of keys and values"
    }
  }
}

extension ConfigurationValue: CustomStringConvertible {
  /// The value as YAML on one line.
  public var description: String {
    switch self {
    case .null: "null"
    case .bool(let bool): "\(bool)"
    case .number(let number): Int(exactly: number).map(String.init) ?? "\(number)"
    case .text(let text): text
    case .list(let items): "[" + items.map(\.description).joined(separator: ", ") + "]"
    case .section(let section):
      "{ " + section.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", ") + " }"
    }
  }
}

extension ConfigurationValue: Codable {
  public init(from decoder: any Decoder) throws {
    if let container = try? decoder.container(keyedBy: AnyKey.self) {
      self = .section(
        try container.allKeys.reduce(into: [:]) { section, key in
          section[key.stringValue] = try container.decode(ConfigurationValue.self, forKey: key)
        })
    } else if var container = try? decoder.unkeyedContainer() {
      var items: [ConfigurationValue] = []
      while !container.isAtEnd { items.append(try container.decode(ConfigurationValue.self)) }
      self = .list(items)
    } else {
      let container = try decoder.singleValueContainer()
      self =
        if container.decodeNil() { .null } else if let bool = try? container.decode(Bool.self) {
          .bool(bool)
        } else if let number = try? container.decode(Double.self) { .number(number) } else {
          .text(try container.decode(String.self))
        }
    }
  }

  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .section(let section):
      var container = encoder.container(keyedBy: AnyKey.self)
      for (key, value) in section.sorted(by: { $0.key < $1.key }) { try container.encode(value, forKey: AnyKey(key)) }
    case .list(let items):
      var container = encoder.unkeyedContainer()
      for item in items { try container.encode(item) }
    case .null:
      var container = encoder.singleValueContainer()
      try container.encodeNil()
    case .bool(let bool): try bool.encode(to: encoder)
    case .number(let number):
      if let whole = Int(exactly: number) { try whole.encode(to: encoder) } else { try number.encode(to: encoder) }
    case .text(let text): try text.encode(to: encoder)
    }
  }
}
