import PoseGraph

/// Images of a batch that run side by side: a worker runs each of its images alone, so no worker waits for another.
final class Batch: ParallelTask {
  private let engine: Engine
  private let images: UnsafeBufferPointer<Float>
  private let count: Int
  private let perImage: Int
  private let results: BatchResults

  /// - Parameters:
  ///   - images: images that lie one after another.
  ///   - count: the number of images to run, the first ones.
  init(_ engine: Engine, _ images: UnsafeBufferPointer<Float>, count: Int, perImage: Int, to results: BatchResults) {
    self.engine = engine
    self.images = images
    self.count = count
    self.perImage = perImage
    self.results = results
  }

  func run(part: Int, of parts: Int, barrier: () -> Void) {
    // Memory may suffice for fewer images at once than there are workers.
    let parts = min(parts, engine.imagesAtOnce)
    guard part < parts else { return }
    engine.withContext(workers: 1) { context in
      for image in share(count, part, parts) {
        context.setInput(UnsafeBufferPointer(rebasing: images[image * perImage..<(image + 1) * perImage]))
        context.run(part: 0, of: 1) {}
        results.set(image, context.outputs)
      }
    }
  }
}

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
