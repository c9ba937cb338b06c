import PoseCore

/// Why JSON was refused: what is wrong, and at which byte of the file.
public struct JSONError: UserError, Hashable {
  public enum Reason: Sendable, Hashable {
    /// The text ends inside an object, an array or a string.
    case unclosed
    /// Not JSON.
    case malformed
    /// A text that is not UTF-8.
    case badUTF8
    /// The whole file is in another encoding, which Windows calls Unicode.
    case utf16
    /// NaN or Infinity, which Python writes and JSON does not have.
    case notFinite
    /// More nested than any file of this kind is.
    case tooDeep
    /// Another type or number than the one that is needed there.
    case expected(String)
    /// A list that is longer than any of its kind is.
    case tooMany(limit: Int)
    /// A single entry of more bytes than are read at once.
    case tooLong(limit: Int)
    /// A field that must be there.
    case missing(String)
    /// Neither an object nor an array.
    case noObject
    case noMemory
  }

  public var reason: Reason
  /// In bytes from the front of the file.
  public var offset: Int
  /// The field that is read, such as `bbox`.
  public var key: String?

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
