import PoseCore

/// A part of a model by name, with the arguments that differ from its catalogue entry's.
///
/// In YAML either the name alone, `lite_hrnet_18`, or a section with the name and arguments:
/// `{ name: lite_hrnet, modules: [2, 4, 2], channels: [40, 80, 160, 320] }`.
///
/// A part is a `Codable` value whose stored properties are its arguments. Their keys are the properties' names in
/// snake_case (or the raw values of its `CodingKeys`); `name` is taken. Enumerations should have text as raw values.
public struct PartDescription: Sendable, Hashable, ExpressibleByStringLiteral {
  /// A name of the part's catalogue.
  public var name: String
  public var arguments: [String: ConfigurationValue]

  public init(_ name: String, _ arguments: [String: ConfigurationValue] = [:]) {
    (self.name, self.arguments) = (name, arguments)
  }

  public init(stringLiteral name: String) { self.init(name) }

  /// The catalogue's entry of this name with the arguments in place of its own.
  ///
  /// - Throws: ``PartError`` for a name or a key that is not there, and for a value that is out of bounds or of the wrong
  ///   type.
  public func part<Part>(in catalogue: [String: Part]) throws(PartError) -> Part {
    try resolved(in: catalogue).part
  }

  /// The same for a part that checks its numbers itself, up to a limit of its own.
  func part<Part>(in catalogue: [String: Part], largest: Double) throws(PartError) -> Part {
    try resolved(in: catalogue, largest: largest).part
  }

  /// The same description with all arguments of the part, so that it means the same when the catalogue changes.
  ///
  /// - Throws: ``PartError`` as ``part(in:)``.
  package func completed<Part>(in catalogue: [String: Part]) throws(PartError) -> PartDescription {
    try resolved(in: catalogue).description
  }

  private func resolved<Part>(
    in catalogue: [String: Part], largest: Double = ConfigurationValue.largestArgument
  ) throws(PartError) -> (part: Part, description: PartDescription) {
    guard let entry = catalogue[name] else { throw .unknown(name, at: [], known: catalogue.keys.sorted()) }
    guard let value = entry as? any Codable else {
      preconditionFailure("\(type(of: entry)) is in a catalogue of parts, so it must be Codable")
    }
    let changed = try Self.overlay(value, with: arguments, largest: largest)
    guard let part = changed.part as? Part else {
      preconditionFailure("\(type(of: changed.part)) was decoded from another type")
    }
    return (part, PartDescription(name, changed.arguments))
  }

  private static func overlay<Value: Codable>(
    _ value: Value, with arguments: [String: ConfigurationValue], largest: Double
  ) throws(PartError) -> (part: any Codable, arguments: [String: ConfigurationValue]) {
    let given = ConfigurationValue.section(arguments)
    try given.checkBounds(at: [], largest: largest)
    let complete = try ConfigurationValue(encoding: value).overlaid(with: given, at: [])
    let part = arguments.isEmpty ? value : try complete.decoded(as: Value.self)
    let result = try ConfigurationValue(encoding: part)
    // Sections within lists and within values that were null have no default to compare with.
    try given.checkKeys(against: result, at: [])
    guard case .section(let all) = result else { return (part, [:]) }
    return (part, all)
  }
}

/// Why a part cannot be made.
public struct PartError: UserError, Hashable {
  /// The keys and list indices that lead to the fault, below the part; empty for its name.
  public var path: [String]
  public var problem: ConfigurationError.Problem

  public init(path: [String], problem: ConfigurationError.Problem) { (self.path, self.problem) = (path, problem) }

  static func unknown(_ name: String, at path: [String], known: [String]) -> PartError {
    PartError(path: path, problem: .unknown(name, among: known))
  }
}

extension PartError: CustomStringConvertible {
  public var description: String { (path + [problem.description]).joined(separator: ": ") }
}

extension PartDescription: Codable {
  public init(from decoder: any Decoder) throws { try self.init(from: decoder, defaultName: nil) }

  /// - Parameter defaultName: the name of a section that has none; nil where it must have one.
  init(from decoder: any Decoder, defaultName: String?) throws {
    let value = try ConfigurationValue(from: decoder)
    switch value {
    case .text(let name): self.init(name)
    case .section(var section):
      let given = section.removeValue(forKey: "name")
      guard case .text(let name)? = given ?? defaultName.map({ .text($0) }) else {
        throw DecodingError.keyNotFound(
          AnyKey("name"), .init(codingPath: decoder.codingPath, debugDescription: "needs a name"))
      }
      self.init(name, section)
    default:
      let problem = ConfigurationError.Problem.invalid("needs a name, or a section with name and arguments")
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: problem.description, underlyingError: problem))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    if arguments.isEmpty { return try name.encode(to: encoder) }
    var container = encoder.container(keyedBy: AnyKey.self)
    try container.encode(name, forKey: AnyKey("name"))
    for (key, value) in arguments.sorted(by: { $0.key < $1.key }) { try container.encode(value, forKey: AnyKey(key)) }
  }
}

extension PartDescription: CustomStringConvertible {
  public var description: String { name }
}

extension Section {
  /// A part of a catalogue, with all its arguments.
  func part<Part>(
    _ key: Key, in catalogue: [String: Part], default: PartDescription? = nil
  ) throws -> PartDescription {
    let part: PartDescription = if let `default` { try value(key, default: `default`) } else { try value(key) }
    return try completed(part, key, in: catalogue)
  }

  /// A part of a catalogue, with all its arguments; nil where none is named.
  func optionalPart<Part>(_ key: Key, in catalogue: [String: Part]) throws -> PartDescription? {
    let part: PartDescription? = try optional(key)
    return try part.map { try completed($0, key, in: catalogue) }
  }

  private func completed<Part>(
    _ part: PartDescription, _ key: Key, in catalogue: [String: Part]
  ) throws -> PartDescription {
    do throws(PartError) {
      return try part.completed(in: catalogue)
    } catch {
      throw problem(key, below: error.path, error.problem)
    }
  }
}
