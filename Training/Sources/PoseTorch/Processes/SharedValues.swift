import Foundation

extension ProcessGroup {
  /// Every process's value by rank, on rank 0; nil on the others.
  public func gather<Value: Codable>(_ value: Value) throws -> [Value]? {
    try gather([UInt8](Self.encoder.encode(value)))?.map { try Self.decoder.decode(Value.self, from: Data($0)) }
  }

  /// Every process's value by rank, on all.
  public func allGather<Value: Codable>(_ value: Value) throws -> [Value] {
    try allGather([UInt8](Self.encoder.encode(value))).map { try Self.decoder.decode(Value.self, from: Data($0)) }
  }

  /// The mean of the processes' numbers, of those that have one; nil where none has.
  public func mean(_ number: Double?) throws(LibTorchError) -> Double? {
    guard size > 1 else { return number }
    let (sum, count) = (
      try TorchTensor.full([1], number ?? 0, type: .float64), try TorchTensor.full([1], number == nil ? 0 : 1)
    )
    let both = try ATen.cat([sum, count.to(.float64)], axis: 0)
    try self.sum(both)
    let total = try ATen.select(both, axis: 0, index: 1).item()
    return total == 0 ? nil : try ATen.select(both, axis: 0, index: 0).item() / total
  }

  private static var encoder: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return encoder
  }

  private static var decoder: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return decoder
  }
}
