/// One of several equal shares of some work, for processes that divide it between them.
///
/// Written `2/4`: the second of four. Item `i` belongs to the shard whose `index` is `i % count`.
public struct Shard: Sendable, Hashable, Codable {
  /// From 0 up to, but not including, ``count``.
  public let index: Int
  public let count: Int

  /// All of the work.
  public static let whole = Shard(unchecked: 0, of: 1)

  /// - Returns: nil where there is no such shard.
  public init?(index: Int, of count: Int) {
    guard (1...65_536).contains(count), (0..<count).contains(index) else { return nil }
    self.init(unchecked: index, of: count)
  }

  private init(unchecked index: Int, of count: Int) { (self.index, self.count) = (index, count) }

  /// Whether the item with a number from 0 on belongs to the shard.
  public func contains(_ item: Int) -> Bool { item % count == index }
}

extension Shard: LosslessStringConvertible {
  public init?(_ text: String) {
    let numbers = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 2, let number = numbers[0], let count = numbers[1], number > 0 else { return nil }
    self.init(index: number - 1, of: count)
  }

  public var description: String { "\(index + 1)/\(count)" }
}
