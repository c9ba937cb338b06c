import PoseCore

/// Counts the messages inside a protobuf message before anything is allocated for them, because two bytes of a file can
/// represent an object of two hundred bytes.
struct ProtobufPartCount {
  static let limit = 1_000_000
  private(set) var count = 0
  private let bytes: [UInt8]

  /// The fields that hold messages within messages, by field number.
  indirect enum Layout {
    case leaf
    case message([Int: Layout])
  }

  /// - Throws: ``ProtobufError`` if the bytes are not such a message, or if it has more parts than ``limit``.
  init(_ bytes: [UInt8], _ layout: Layout) throws(ProtobufError) {
    self.bytes = bytes
    try scan(0..<bytes.count, layout)
  }

  private mutating func scan(_ range: Range<Int>, _ layout: Layout) throws(ProtobufError) {
    guard case .message(let fields) = layout else { return }
    var place = range.lowerBound
    while place < range.upperBound {
      let key = try varint(&place, range.upperBound)
      switch key & 7 {
      case 0: _ = try varint(&place, range.upperBound)
      case 1: try skip(8, &place, range.upperBound)
      case 2:
        let length = Int(clamping: try varint(&place, range.upperBound))
        let start = place
        try skip(length, &place, range.upperBound)
        guard let inner = fields[Int(clamping: key >> 3)] else { continue }
        count += 1
        guard count <= Self.limit else { throw .tooManyParts(limit: Self.limit) }
        try scan(start..<place, inner)
      case 5: try skip(4, &place, range.upperBound)
      default: throw .damaged("no field begins at byte \(place - 1)")
      }
    }
  }

  private func skip(_ length: Int, _ place: inout Int, _ end: Int) throws(ProtobufError) {
    guard length <= end - place else { throw .damaged("it ends before the \(length) bytes needed at byte \(place)") }
    place += length
  }

  private func varint(_ place: inout Int, _ end: Int) throws(ProtobufError) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: 0, to: 70, by: 7) {
      guard place < end else { break }
      let byte = bytes[place]
      place += 1
      value |= UInt64(byte & 0x7f) << UInt64(shift)
      if byte < 0x80 { return value }
    }
    throw .damaged("the number at byte \(place) does not end")
  }
}

/// The reasons why bytes are not accepted as a protobuf message.
public enum ProtobufError: UserError, Hashable {
  /// The bytes are not a message of the format.
  case damaged(String)
  /// The message has more parts than any network.
  case tooManyParts(limit: Int)
}

extension ProtobufError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .damaged(let reason): reason
    case .tooManyParts(let limit): "the file has more than \(limit) nodes, tensors and arguments: is it damaged?"
    }
  }
}
