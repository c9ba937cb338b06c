import PoseCore

/// Why a configuration cannot be used.
public struct ConfigurationError: UserError, Hashable {
  /// The file or other source of the text.
  public let source: String
  /// The key at fault, such as `model.input`; empty if the whole text is.
  public let key: String
  public let problem: Problem

  public enum Problem: Error, Hashable {
    /// A key or a name that does not exist, with the most similar one and all that do.
    case unknown(String, nearest: String?, known: [String])
    /// A key that has another name now.
    case renamed(String, to: String)
    case missing
    /// A value of the wrong kind or out of range.
    case invalid(String)
    /// Text that is not YAML or JSON.
    case malformed(String)
    case unreadable(String)
    /// The parts do not make a network.
    case unbuildable(String)
  }

  public init(source: String, key: String = "", problem: Problem) {
    self.source = source
    self.key = key
    self.problem = problem
  }
}

extension ConfigurationError: CustomStringConvertible {
  public var description: String { key.isEmpty ? "\(source): \(problem)" : "\(source): \(key): \(problem)" }
}

extension ConfigurationError.Problem: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unknown(let name, let nearest, let known):
      let name = "nothing is called '\(name.prefix(80))' here"
      return if let nearest { "\(name). Did you mean '\(nearest)'?" } else {
        known.count > 30
          ? "\(name). `pose models` lists the \(known.count) names of the zoo"
          : "\(name). There are: \(known.joined(separator: ", "))"
      }
    case .renamed(_, let name): return "is called '\(name)' now. Rename it"
    case .missing: return "is missing. Add it"
    case .invalid(let reason), .malformed(let reason), .unreadable(let reason), .unbuildable(let reason): return reason
    }
  }
}

extension ConfigurationError {
  /// What a decoder says, as a sentence about a key.
  init(_ error: DecodingError, source: String) {
    func key(_ path: [any CodingKey]) -> String {
      path.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
    }
    func name(of type: Any.Type) -> String {
      switch type {
      case is Int.Type: "a whole number"
      case is Double.Type, is [Double].Type: "numbers"
      case is Bool.Type: "true or false"
      case is String.Type: "text"
      case is [String].Type: "a text or a list of texts"
      default: "a section of keys and values"
      }
    }
    switch error {
    case .keyNotFound(let missing, let context):
      self.init(source: source, key: key(context.codingPath + [missing]), problem: .missing)
    case .typeMismatch(let type, let context):
      self.init(source: source, key: key(context.codingPath), problem: .invalid("needs \(name(of: type))"))
    case .valueNotFound(let type, let context):
      self.init(source: source, key: key(context.codingPath), problem: .invalid("is empty and needs \(name(of: type))"))
    case .dataCorrupted(let context):
      let problem = context.underlyingError as? Problem
      self.init(source: source, key: key(context.codingPath), problem: problem ?? .malformed(context.debugDescription))
    @unknown default:
      self.init(source: source, problem: .malformed("cannot be read"))
    }
  }
}
