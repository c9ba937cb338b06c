import PoseGraph

/// A kernel that makes each plane of its output from the same planes of its inputs alone.
///
/// A value `1 x C x ...` is `C` planes. The scheduler groups instructions with such kernels, the view resolution lets
/// them read planes wherever they lie, and the lowering has one function for each case.
enum PlaneKernel: Sendable, Hashable {
  case depthwise(Convolution)
  case affine
  case unary(Unary)
  case scalar(Binary, Float)
  case binary(Binary)
  case sum
  case pool(Pooling)
  case adaptiveAveragePool
  case resize(Resize)
}

extension Program {
  /// The number of planes of a value, and their size in floats.
  func planes(of value: Graph.ValueID) -> (count: Int, size: Int) {
    let shape = shapes[value]
    let total = Tensor.count(of: shape) ?? 0
    guard shape.count >= 2, shape[0] == 1, shape[1] > 0 else { return (1, total) }
    return (shape[1], total / shape[1])
  }

  /// The kernel for an instruction that works plane by plane, the first one's of a fused instruction; nil for others.
  func planeKernel(for instruction: Instruction) -> PlaneKernel? {
    let shape = shapes[instruction.output]
    guard shape.count >= 2, shape[0] == 1,
      instruction.inputs.allSatisfy({
        shapes[$0].count == shape.count && shapes[$0][0] == 1 && shapes[$0][1] == shape[1]
      })
    else { return nil }
    switch instruction.operation {
    case .convolution(let convolution):
      let isDepthwise = convolution.groups > 1 && convolution.groups == shape[1] && instruction.inputs.count == 1
      return isDepthwise ? .depthwise(convolution) : nil
    case .binary(let function):
      let fits = instruction.inputs.dropFirst().allSatisfy {
        shapes[$0] == shape || isIntegerUpsample(shapes[$0], to: shape)
      }
      guard shapes[instruction.inputs[0]] == shape, fits else { return nil }
      return instruction.isAddChain ? .sum : .binary(function)
    case .batchNorm: return .affine
    case .unary(let function): return .unary(function)
    case .scalar(let function, let number): return .scalar(function, number)
    case .pool(let pooling): return .pool(pooling)
    case .adaptiveAveragePool: return .adaptiveAveragePool
    case .resize(let resize): return .resize(resize)
    default: return nil
    }
  }

  /// The number of planes that an instruction with a ``PlaneKernel`` makes; nil for others.
  func planewise(_ instruction: Instruction) -> Int? {
    planeKernel(for: instruction) == nil ? nil : shapes[instruction.output][1]
  }
}
