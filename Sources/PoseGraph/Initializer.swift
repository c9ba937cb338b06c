#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// How a parameter starts, by the published rules.
public enum Initializer: Sendable, Hashable {
  case constant(Float)
  case normal(deviation: Float)
  /// Normal, drawn again outside two deviations.
  case truncatedNormal(deviation: Float)
  case uniform(Float)
  /// He et al. 2015, of the fan in or out: `normal(sqrt(2 / fan))`.
  case kaimingNormal(Fan)
  /// PyTorch's default for convolutions and linear layers: `uniform(1 / sqrt(fan in))`.
  case pyTorchDefault(fanIn: Int)
  /// Glorot and Bengio 2010: `uniform(sqrt(6 / (fan in + fan out)))`.
  case xavierUniform
  /// Sines and cosines of rows and then of columns, of falling frequency over the channels, one line a place (DETR,
  /// Carion et al., ECCV 2020).
  case sinePositions(height: Int, width: Int)
  /// A fixed table.
  case values([Float])

  public enum Fan: Sendable, Hashable { case input, output }
}

extension Graph {
  /// Fresh weights by each parameter's published rule. The same seed gives the same weights, whatever the platform.
  public func initialized(seed: UInt64) -> Checkpoint {
    var checkpoint = Checkpoint()
    for parameter in parameters {
      var random = SplitMix64(seed: seed ^ fnv1a64(parameter.name))
      checkpoint[parameter.name] = parameter.tensor {
        parameter.initializer.scalars(of: parameter.shape, with: &random)
      }
    }
    return checkpoint
  }
}

extension Parameter {
  /// A tensor of this parameter's shape: integers from a table, or zero for counters, else the given scalars.
  func tensor(_ scalars: () -> [Float]) -> Tensor? {
    if case .buffer(isInteger: true) = role {
      var integers = [Int64](repeating: 0, count: Tensor.count(of: shape) ?? 0)
      if case .values(let table) = initializer { integers = table.map { Int64($0) } }
      return try? Tensor(shape: shape, type: .int64, bytes: integers.withUnsafeBytes(Array.init))
    }
    return try? Tensor(shape: shape, scalars())
  }
}

extension Initializer {
  func scalars(of shape: [Int], with random: inout SplitMix64) -> [Float] {
    let count = Tensor.count(of: shape) ?? 0
    let receptiveField = shape.dropFirst(2).reduce(1, *)
    let fanIn = (shape.count > 1 ? shape[1] : 1) * receptiveField
    let fanOut = (shape.first ?? 1) * receptiveField
    func fill(_ draw: (inout SplitMix64) -> Double) -> [Float] { (0..<count).map { _ in Float(draw(&random)) } }
    switch self {
    case .constant(let value): return Array(repeating: value, count: count)
    case .normal(let deviation): return fill { $0.normal() * Double(deviation) }
    case .truncatedNormal(let deviation):
      return fill { random in
        var value = random.normal()
        while value.magnitude > 2 { value = random.normal() }
        return value * Double(deviation)
      }
    case .uniform(let bound): return fill { $0.signed() * Double(bound) }
    case .kaimingNormal(let fan):
      let deviation = (2 / Double(max(fan == .input ? fanIn : fanOut, 1))).squareRoot()
      return fill { $0.normal() * deviation }
    case .pyTorchDefault(let fanIn):
      let bound = 1 / Double(max(fanIn, 1)).squareRoot()
      return fill { $0.signed() * bound }
    case .xavierUniform:
      let bound = (6 / Double(max(fanIn + fanOut, 1))).squareRoot()
      return fill { $0.signed() * bound }
    case .sinePositions(let height, let width):
      let values = sineTable(height: height, width: width, channels: shape.last ?? 0)
      return values.count == count ? values : Array(repeating: 0, count: count)
    case .values(let values): return values.count == count ? values : Array(repeating: 0, count: count)
    }
  }
}

/// What ``Initializer/sinePositions(height:width:)`` says, place by place.
///
/// - Parameter offset: what is added to rows and columns, which count from one.
package func sineTable(height: Int, width: Int, channels: Int, offset: Float = 0) -> [Float] {
  func lines(_ extent: Int) -> [[Float]] {
    (0..<extent).map { sines(of: (Float($0 + 1) + offset) / (Float(extent) + 1e-6), count: channels / 2) }
  }
  let columns = lines(width)
  return lines(height).flatMap { row in columns.flatMap { row + $0 } }
}

/// Sines at even places, cosines at odd ones, of a part of a turn.
private func sines(of part: Float, count: Int) -> [Float] {
  (0..<count).map { index in
    let period: Float = pow(10_000, Float(index / 2 * 2) / Float(count))
    let angle = part * 2 * .pi / period
    return index % 2 == 0 ? sin(angle) : cos(angle)
  }
}

/// Fowler, Noll and Vo's hash of a text's UTF-8 bytes (FNV-1a), the same in every process.
public func fnv1a64(_ text: String) -> UInt64 {
  text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
}
