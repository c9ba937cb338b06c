import Foundation
import PoseFormats

/// Which pictures were in a batch whose loss was not finite.
struct NonFiniteReport: Encodable {
  var iteration: Int
  var epoch: Int
  var loss: String
  var pictures: [String]

  func write(to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try FileBytes.write(Array(encoder.encode(self)), to: path)
  }
}
