/// A height and a width; an integer literal is both.
public struct Size: Sendable, Hashable, ExpressibleByIntegerLiteral {
  public var height: Int
  public var width: Int

  public init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  public init(_ side: Int) { self.init(height: side, width: side) }
  public init(integerLiteral side: Int) { self.init(side) }
}

extension Size: Codable {
  /// Reads `height x width` without spaces, `256x192`; each side 0 to 65536.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let size = Size(text), (0...65_536).contains(size.height), (0...65_536).contains(size.width) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "needs height x width as in 256x192, not '\(text.prefix(40))'")
    }
    self = size
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

extension Size: LosslessStringConvertible {
  /// `256x192` is 256 pixels high and 192 wide; nil for other text.
  public init?(_ text: String) {
    let sides = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard sides.count == 2, let height = sides[0], let width = sides[1] else { return nil }
    self.init(height: height, width: width)
  }

  public var description: String { "\(height)x\(width)" }
}
