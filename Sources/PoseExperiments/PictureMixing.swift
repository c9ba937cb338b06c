import PoseData

/// Lays other pictures of the batch over some (Zhang et al., mixup, ICLR 2018). A teacher says what to see in any picture, and
/// few pictures are many so (Beyer et al., A Good Teacher Is Patient and Consistent, CVPR 2022); labels say nothing of two
/// people at once, so the joints of mixed pictures lose their weights.
public struct PictureMixing: Sendable {
  /// How often a picture is mixed.
  let probability: Double
  let seed: UInt64

  public init(probability: Double, seed: UInt64) { (self.probability, self.seed) = (probability, seed) }

  /// - Parameters:
  ///   - pixels: of all pictures of the batch, one after the other.
  ///   - weights: of all joints.
  ///   - batch: whose place in training decides what is mixed.
  public func callAsFunction(_ pixels: inout [Float], weights: inout [Float], of batch: SampleBatch) {
    guard batch.count > 1 else { return }
    var stream = RandomStream(seed: seed).split(UInt64(clamping: batch.position.epoch))
      .split(UInt64(clamping: batch.position.batch)).split(UInt64(clamping: batch.indices[0]))
    let (size, joints) = (pixels.count / batch.count, weights.count / batch.count)
    let first = Array(pixels[..<size])
    for row in 0..<batch.count {
      let (isMixed, share) = (stream.happens(probability), Float(stream.unit()))
      if !isMixed { continue }
      let start = row * size
      let isLast = row + 1 == batch.count
      for index in 0..<size {
        let other = isLast ? first[index] : pixels[start + size + index]
        pixels[start + index] = share * pixels[start + index] + (1 - share) * other
      }
      for joint in row * joints..<(row + 1) * joints { weights[joint] = 0 }
    }
  }
}
