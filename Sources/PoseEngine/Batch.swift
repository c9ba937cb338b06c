import PoseGraph

/// Images of a batch, each run by one member of a team as if it were alone: no member waits for another.
final class Batch: TeamWork, @unchecked Sendable {
  // Images and their results are the part of one member each.
  private let engine: Engine
  private let images: UnsafeBufferPointer<Float>
  private let count: Int
  private let perImage: Int
  private let results: BatchResults

  /// - Parameter count: how many of the images that lie one after another to run.
  init(_ engine: Engine, _ images: UnsafeBufferPointer<Float>, count: Int, perImage: Int, to results: BatchResults) {
    self.engine = engine
    self.images = images
    self.count = count
    self.perImage = perImage
    self.results = results
  }

  func run(part: Int, of parts: Int, meeting: () -> Void) {
    engine.withContext { context in
      for image in share(count, part, parts) {
        context.setInput(UnsafeBufferPointer(rebasing: images[image * perImage..<(image + 1) * perImage]))
        context.run(part: 0, of: 1) {}
        results.set(image, context.outputs)
      }
    }
  }
}

/// The outputs of all images of a batch.
final class BatchResults: @unchecked Sendable {
  // Members write different images' parts.
  private let blocks: [FloatBlock]
  private let counts: [Int]
  private let copies: [Int]

  /// - Parameters:
  ///   - counts: floats of each output of one image.
  ///   - copies: how many images have an output of their own: all, or one where no image changes it.
  init(counts: [Int], copies: [Int]) {
    (self.counts, self.copies) = (counts, copies)
    blocks = zip(counts, copies).map { FloatBlock(count: $0 * $1) }
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
