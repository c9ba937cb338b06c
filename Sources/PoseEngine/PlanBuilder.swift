import CPoseKernels
import PoseGraph

/// Turns the steps of a program into closures, one operator family a file in `Steps`.
struct PlanBuilder {
  let program: Program
  let memory: MemoryPlan
  let kernels: Kernels
  private(set) var constants: [Float] = []
  var constantOffsets: [Graph.ValueID: Int] = [:]
  private(set) var scratchCount = 0

  /// Keeps floats with the plan, from a cache line on.
  mutating func store(_ scalars: [Float]) -> Address {
    let address = Address(base: Address.constantBase, offset: constants.count)
    constants += scalars
    constants += Array(repeating: 0, count: (16 - constants.count % 16) % 16)
    return address
  }

  mutating func store(_ scalars: [Float], if exists: Bool) -> Address? { exists ? store(scalars) : nil }

  /// Asks for scratch memory for each member.
  mutating func needScratch(_ count: Int) { scratchCount = max(scratchCount, count) }

  func address(_ value: Graph.ValueID) -> Address {
    let place = memory.places[value]
    return switch place.space {
    case .arena: Address(base: Address.arenaBase, offset: place.offset)
    case .constant(let root): Address(base: Address.constantBase, offset: (constantOffsets[root] ?? 0) + place.offset)
    case .input(let index): Address(base: 2 + index, offset: place.offset)
    case .output(let index): Address(base: 2 + program.inputs.count + index, offset: place.offset)
    }
  }

  func outputAddress(_ index: Int) -> Address { Address(base: 2 + program.inputs.count + index, offset: 0) }
  func shape(_ value: Graph.ValueID) -> [Int] { program.shapes[value] }
  func count(_ value: Graph.ValueID) -> Int { Tensor.count(of: shape(value)) ?? 0 }

  /// The closures of a step, each followed by a meeting of the team; none where the output is a view.
  ///
  /// - Throws: ``EngineError`` where no kernel can do the step.
  mutating func lower(_ step: Program.Step) throws(EngineError) -> [PlannedStep.Run] {
    let out = address(step.output)
    if program.viewOffset(of: step) != nil, let input = step.inputs.first, isView(out, of: address(input), step) {
      return []
    }
    switch step.operation {
    case .input, .parameter, .dropout: return []
    case .convolution(let convolution): return [self.convolution(step, convolution)]
    case .transposedConvolution(let convolution, _): return [transposedConvolution(step, convolution)]
    case .linear: return [linear(step)]
    case .matmul: return [try matmul(step)]
    case .batchNorm: return [channelAffine(step)]
    case .layerNorm(let epsilon): return [layerNorm(step, epsilon: epsilon)]
    case .softmax: return [softmax(step)]
    case .reduce(let reduction, _, _): return [reduce(step, reduction)]
    case .unary(let function): return [unary(step, function)]
    case .binary(let function): return [try binary(step, function)]
    case .scalar(let function, let number): return [scalar(step, function, number)]
    case .pool(let pooling): return [pool(step, pooling)]
    case .adaptiveAveragePool: return [adaptiveAveragePool(step)]
    case .resize(let resize): return [self.resize(step, resize)]
    case .gridSample(let alignCorners): return [gridSample(step, alignCorners: alignCorners)]
    case .concat(let axis): return try concat(step, axis: axis)
    case .slice, .reshape, .transpose, .pad, .gather: return [try move(step)]
    }
  }

  /// Whether the memory plan made the output a view, and did not send it to the caller's memory or elsewhere.
  private func isView(_ out: Address, of input: Address, _ step: Program.Step) -> Bool {
    out == Address(base: input.base, offset: input.offset + (program.viewOffset(of: step) ?? 0))
  }
}

/// The part of `count` units that one of `parts` members does.
@inline(__always)
func share(_ count: Int, _ part: Int, _ parts: Int) -> Range<Int> { count * part / parts..<count * (part + 1) / parts }

/// As ``share(_:_:_:)``, with borders at multiples of `unit`.
@inline(__always)
func share(_ count: Int, unit: Int, _ part: Int, _ parts: Int) -> Range<Int> {
  let units = share((count + unit - 1) / unit, part, parts)
  return min(units.lowerBound * unit, count)..<min(units.upperBound * unit, count)
}
