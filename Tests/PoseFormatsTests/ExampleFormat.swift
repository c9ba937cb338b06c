import PoseFormats
import PoseGraph

/// Names and scalars as text, a line a tensor.
public enum ExampleFormat: CheckpointFormat {
  public static let extensions = ["example"]

  public static func recognizes(_ bytes: [UInt8]) -> Bool { bytes.starts(with: Array("example\n".utf8)) }

  public static func read(_ bytes: [UInt8]) throws -> Checkpoint {
    var checkpoint = Checkpoint()
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n").dropFirst() {
      let words = line.split(separator: " ")
      let scalars = words.dropFirst().compactMap { Float($0) }
      checkpoint[String(words[0])] = try Tensor(shape: [scalars.count], scalars)
    }
    return checkpoint
  }

  public static func write(_ checkpoint: Checkpoint) throws -> [UInt8] {
    let lines = checkpoint.names.map { name in
      ([name] + (checkpoint[name]?.floats ?? []).map { "\($0)" }).joined(separator: " ")
    }
    return Array((["example"] + lines).joined(separator: "\n").utf8)
  }
}
