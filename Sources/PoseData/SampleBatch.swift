/// A batch that a ``SampleLoader`` lends. Its memory is valid only as long as it is lent.
public struct SampleBatch {
  /// Which epoch and which batch of it.
  public let position: LoaderPosition
  /// The samples' numbers in the dataset.
  public let indices: [Int]
  /// Normalised pictures, `count x 3 x height x width` floats; with a pose to refine a channel a joint more.
  public let pixels: UnsafeBufferPointer<Float>
  /// The same as a teacher sees it, `count` times the source's `teacherShape`: without degradations and what else is for the
  /// student alone, perhaps at a larger size. Nil where it sees the pictures themselves.
  public let teacherPixels: UnsafeBufferPointer<Float>?
  /// The targets, each `count` times one of the source's shapes.
  public let targets: [UnsafeBufferPointer<Float>]
  /// The joints' weights, `count x joints` floats; none for whole pictures.
  public let weights: UnsafeBufferPointer<Float>
  /// Pictures that could not be read and what was taken instead.
  public let replacements: [Replacement]

  public var count: Int { indices.count }

  /// A picture that could not be read.
  public struct Replacement: Sendable, Hashable {
    /// The row of the batch.
    public let row: Int
    public let picture: String
    /// Why not, and what to do.
    public let reason: String
    /// The number of the sample that stands there instead.
    public let replacement: Int
  }
}

/// Memory of one batch, and what became of it.
final class BatchMemory {
  let pixels: UnsafeMutableBufferPointer<Float>
  let teacherPixels: UnsafeMutableBufferPointer<Float>?
  let targets: [UnsafeMutableBufferPointer<Float>]
  let weights: UnsafeMutableBufferPointer<Float>
  private let source: SampleSource

  init(_ source: SampleSource, batchSize: Int) {
    func floats(_ count: Int) -> UnsafeMutableBufferPointer<Float> {
      let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: count * batchSize)
      memory.initialize(repeating: 0)
      return memory
    }
    self.source = source
    pixels = floats(source.inputCount)
    teacherPixels = source.teacherCount > 0 ? floats(source.teacherCount) : nil
    targets = source.targetCounts.map(floats)
    weights = floats(source.weightCount)
  }

  deinit {
    pixels.deallocate()
    teacherPixels?.deallocate()
    for target in targets { target.deallocate() }
    weights.deallocate()
  }

  func row(_ index: Int) -> SampleRow {
    func part(_ memory: UnsafeMutableBufferPointer<Float>, _ count: Int) -> UnsafeMutableBufferPointer<Float> {
      UnsafeMutableBufferPointer(rebasing: memory[index * count..<(index + 1) * count])
    }
    return SampleRow(
      pixels: part(pixels, source.inputCount), teacherPixels: teacherPixels.map { part($0, source.teacherCount) },
      targets: zip(targets, source.targetCounts).map(part), weights: part(weights, source.weightCount))
  }

  func batch(_ position: LoaderPosition, indices: [Int], replacements: [SampleBatch.Replacement]) -> SampleBatch {
    func filled(_ memory: UnsafeMutableBufferPointer<Float>, _ count: Int) -> UnsafeBufferPointer<Float> {
      UnsafeBufferPointer(rebasing: memory[..<(count * indices.count)])
    }
    return SampleBatch(
      position: position, indices: indices, pixels: filled(pixels, source.inputCount),
      teacherPixels: teacherPixels.map { filled($0, source.teacherCount) },
      targets: zip(targets, source.targetCounts).map(filled), weights: filled(weights, source.weightCount),
      replacements: replacements)
  }
}

extension SampleSource {
  /// The floats of one sample's input.
  var inputCount: Int { inputShape.reduce(1, *) }

  /// The floats of one sample as a teacher sees it; 0 where that is the input itself.
  var teacherCount: Int { teacherShape?.reduce(1, *) ?? 0 }

  /// The floats of each of one sample's targets.
  var targetCounts: [Int] { targetShapes.map { $0.reduce(1, *) } }
}
