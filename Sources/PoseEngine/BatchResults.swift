/// The outputs of all images of a batch. Workers write those of different images.
final class BatchResults {
  private let blocks: [AlignedBuffer<Float>]
  private let counts: [Int]
  private let copies: [Int]

  /// - Parameters:
  ///   - counts: floats of each output for one image.
  ///   - copies: for each output the number of images that have one of their own: all, or one if no image changes it.
  init(counts: [Int], copies: [Int]) {
    (self.counts, self.copies) = (counts, copies)
    blocks = zip(counts, copies).map { AlignedBuffer(count: $0 * $1) }
  }

  func set(_ image: Int, _ outputs: UnsafeBufferPointer<UnsafeBufferPointer<Float>>) {
    for index in counts.indices where image < copies[index] {
      if let source = outputs[index].baseAddress {
        (blocks[index].start + image * counts[index]).update(from: source, count: counts[index])
      }
    }
  }

  func bytes(of output: Int) -> [UInt8] {
    Array(UnsafeRawBufferPointer(UnsafeBufferPointer(start: blocks[output].start, count: blocks[output].count)))
  }
}
