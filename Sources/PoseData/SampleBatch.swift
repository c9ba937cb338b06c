/// A batch that a ``SampleLoader`` lends. Its memory is valid only as long as it is lent.
public struct SampleBatch {
  /// Which epoch and which batch of it.
  public let position: LoaderPosition
  /// The samples' numbers in the dataset.
  public let indices: [Int]
  /// Normalised pictures, `count x 3 x height x width` floats; with a pose to refine a channel a joint more.
  public let pixels: UnsafeBufferPointer<Float>
  /// The same without degradations and what else a teacher does not see; nil where that is nothing.
  public let cleanPixels: UnsafeBufferPointer<Float>?
  /// The targets, each `count` times one of the encoder's shapes.
  public let targets: [UnsafeBufferPointer<Float>]
  /// The joints' weights, `count x joints` floats.
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
  let cleanPixels: UnsafeMutableBufferPointer<Float>?
  let targets: [UnsafeMutableBufferPointer<Float>]
  let weights: UnsafeMutableBufferPointer<Float>
  private let recipe: SampleRecipe

  init(_ recipe: SampleRecipe, batchSize: Int) {
    func floats(_ count: Int) -> UnsafeMutableBufferPointer<Float> {
      let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: count * batchSize)
      memory.initialize(repeating: 0)
      return memory
    }
    self.recipe = recipe
    pixels = floats(recipe.inputShape.reduce(1, *))
    cleanPixels = recipe.keepsCleanPixels ? floats(recipe.inputShape.reduce(1, *)) : nil
    targets = recipe.encoder.counts.map(floats)
    weights = floats(recipe.encoder.joints)
  }

  deinit {
    pixels.deallocate()
    cleanPixels?.deallocate()
    for target in targets { target.deallocate() }
    weights.deallocate()
  }

  func row(_ index: Int) -> SampleRow {
    func part(_ memory: UnsafeMutableBufferPointer<Float>, _ count: Int) -> UnsafeMutableBufferPointer<Float> {
      UnsafeMutableBufferPointer(rebasing: memory[index * count..<(index + 1) * count])
    }
    let floats = recipe.inputShape.reduce(1, *)
    return SampleRow(
      pixels: part(pixels, floats), cleanPixels: cleanPixels.map { part($0, floats) },
      targets: zip(targets, recipe.encoder.counts).map(part), weights: part(weights, recipe.encoder.joints))
  }

  func batch(_ position: LoaderPosition, indices: [Int], replacements: [SampleBatch.Replacement]) -> SampleBatch {
    func filled(_ memory: UnsafeMutableBufferPointer<Float>, _ count: Int) -> UnsafeBufferPointer<Float> {
      UnsafeBufferPointer(rebasing: memory[..<(count * indices.count)])
    }
    let floats = recipe.inputShape.reduce(1, *)
    return SampleBatch(
      position: position, indices: indices, pixels: filled(pixels, floats),
      cleanPixels: cleanPixels.map { filled($0, floats) },
      targets: zip(targets, recipe.encoder.counts).map(filled), weights: filled(weights, recipe.encoder.joints),
      replacements: replacements)
  }
}
