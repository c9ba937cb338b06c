import PoseCore

/// An error in JSON: the problem, and the byte of the file at which it is.
public struct JSONError: UserError, Hashable {
  /// The kinds of problems.
  public enum Reason: Sendable, Hashable {
    /// The text ends inside an object, an array or a string.
    case unclosed
    /// The text is not JSON.
    case malformed
    /// A string is not UTF-8.
    case badUTF8
    /// The whole file is in another encoding, which Windows calls Unicode.
    case utf16
    /// NaN or Infinity, which Python writes and JSON does not have.
    case notFinite
    /// More nested than any file of this kind is.
    case tooDeep
    /// The value has another type or range than the one that is needed.
    case expected(String)
    /// A list is longer than any of its kind.
    case tooMany(limit: Int)
    /// A single entry has more bytes than are read at once.
    case tooLong(limit: Int)
    /// A required field is missing.
    case missing(String)
    /// The value is neither an object nor an array.
    case noObject
    case noMemory
  }

  public var reason: Reason
  /// The offset in bytes from the front of the file.
  public var offset: Int
  /// The field that is being read, such as `bbox`.
  public var key: String?

  /// Creates an error.
  public init(_ reason: Reason, offset: Int, key: String? = nil) {
    self.reason = reason
    self.offset = offset
    self.key = key
  }
}

extension JSONError: CustomStringConvertible {
  public var description: String {
    let place = key.map { "'\($0)' at byte \(offset)" } ?? "byte \(offset)"
    return switch reason {
    case .unclosed: "\(place): the JSON ends inside an object, an array or a text: is the file whole?"
    case .malformed: "\(place): this is not JSON"
    case .badUTF8: "\(place): the text is not UTF-8"
    case .utf16: "the file is UTF-16: save it as UTF-8"
    case .notFinite: "\(place): NaN and Infinity are not JSON numbers"
    case .tooDeep: "\(place): objects and arrays nest too deep"
    case .expected(let what): "\(place): this must be \(what)"
    case .tooMany(let limit): "\(place): this has more than \(limit) values"
    case .tooLong(let limit): "\(place): this entry is longer than \(limit) bytes"
    case .missing(let field): "\(place): the field '\(field)' is missing"
    case .noObject: "\(place): this must be a JSON object or array"
    case .noMemory: "\(place): no memory is left"
    }
  }
}
