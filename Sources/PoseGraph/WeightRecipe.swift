/// Deterministic weights and inputs that any framework can make again from names alone, for comparing implementations.
///
/// A scalar of a tensor is a hash of the tensor's name and the scalar's index, scaled as its role asks, so that the
/// activations of deep networks stay in range.
public enum WeightRecipe {
  /// The recipe's weights for every parameter of a graph.
  ///
  /// - Parameter normGain: a factor on every one-dimensional `weight`, which keeps very deep networks in range.
  public static func checkpoint(for graph: Graph, normGain: Float = 1) -> Checkpoint {
    var checkpoint = Checkpoint(metadata: ["weights": "recipe"])
    for parameter in graph.parameters {
      checkpoint[parameter.name] = parameter.tensor { scalars(of: parameter, normGain: normGain) }
    }
    return checkpoint
  }

  /// The recipe's input: `amplitude` times a hash in [-1, 1), in C order over the whole tensor.
  public static func input(shape: [Int], name: String = "input", amplitude: Double = 2) throws(TensorError) -> Tensor {
    guard let count = Tensor.count(of: shape) else { throw .invalidShape(shape) }
    let hash = fnv1a64(name)
    return try Tensor(shape: shape, (0..<count).map { Float(amplitude * signed(hash, $0)) })
  }

  private static func scalars(of parameter: Parameter, normGain: Float) -> [Float] {
    let (shape, hash) = (parameter.shape, fnv1a64(parameter.name))
    let last = parameter.name.split(separator: ".").last.map(String.init) ?? parameter.name
    // Tables keep their numbers, but for DEKR's taps, with which the network computes.
    if case .values(let table) = parameter.initializer, parameter.role != .trainable, last != "regular_matrix" {
      return table
    }
    let indices = 0..<(Tensor.count(of: shape) ?? 0)
    func named(_ word: String) -> Bool { last == word || last.hasSuffix("_" + word) }
    switch last {
    case "running_mean": return indices.map { Float(0.1 * signed(hash, $0)) }
    case "running_var": return indices.map { Float(0.5 + unit(hash, $0)) }
    case _ where shape.count <= 1 && named("bias"): return indices.map { Float(0.2 * signed(hash, $0)) }
    case _ where shape.count <= 1:
      let gain = last == "weight" ? normGain : 1
      return indices.map { Float(0.75 + 0.5 * unit(hash, $0)) * gain }
    case _ where named("weight"):
      let scale = (3 / Double(shape.dropFirst().reduce(1, *))).squareRoot()
      return indices.map { Float(scale * signed(hash, $0)) }
    default: return indices.map { Float(0.2 * signed(hash, $0)) }
    }
  }

  private static func hash24(_ hash: UInt64, _ index: Int) -> UInt64 {
    SplitMix64.mix(hash &+ (UInt64(index) + 1) &* 0x9E37_79B9_7F4A_7C15) >> 40
  }

  private static func unit(_ hash: UInt64, _ index: Int) -> Double { Double(hash24(hash, index)) * 0x1p-24 }
  private static func signed(_ hash: UInt64, _ index: Int) -> Double { Double(hash24(hash, index)) * 0x1p-23 - 1 }
}
