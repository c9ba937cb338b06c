/// One number of a metric, under the name that the published tool prints.
public struct MetricValue: Sendable, Hashable, Codable {
  public var name: String
  public var value: Double

  /// Creates a named number.
  public init(_ name: String, _ value: Double) {
    self.name = name
    self.value = value
  }
}
