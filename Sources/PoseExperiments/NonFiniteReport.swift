import Foundation
import PoseFormats

/// The pictures of a batch whose loss was not finite.
public struct NonFiniteReport: Sendable, Encodable {
  public var iteration: Int
  public var epoch: Int
  public var loss: String
  public var pictures: [String]

  public init(iteration: Int, epoch: Int, loss: String, pictures: [String]) {
    (self.iteration, self.epoch, self.loss, self.pictures) = (iteration, epoch, loss, pictures)
  }

  public func write(to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try FileBytes.write(Array(encoder.encode(self)), to: path)
  }
}
