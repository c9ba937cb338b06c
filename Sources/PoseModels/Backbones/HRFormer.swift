import PoseCore
import PoseGraph

/// HRFormer (Yuan et al., NeurIPS 2021): HRNet's branches with attention within windows for its convolutions.
///
/// Follows MMPose's `hrformer.py`, names included.
public struct HRFormer: Backbone {
  /// Channels of each branch, finest first.
  public var channels = [32, 64, 128, 256]
  /// Attention heads of each branch.
  public var heads = [1, 2, 4, 8]
  /// Modules in each stage; stage `s` has `s + 2` branches.
  public var modules = [1, 4, 2]
  /// Blocks of a branch in a module.
  public var blocks = 2

  public static let small = HRFormer(channels: [32, 64, 128, 256], heads: [1, 2, 4, 8])
  public static let base = HRFormer(channels: [78, 156, 312, 624], heads: [2, 4, 8, 16])

  public static let catalogue: [String: any Backbone] = [
    "hrformer": small, "hrformer_small": small, "hrformer_base": base,
  ]

  public func callAsFunction(_ image: Value, in scope: Scope) -> [Value] {
    guard
      scope.accepts(
        channels.count == modules.count + 1 && heads.count == channels.count
          && zip(channels, heads).allSatisfy { $1 > 0 && $0 > 0 && $0 % $1 == 0 },
        "HRFormer needs channels and heads that divide them for \(modules.count + 1) branches"),
      scope.acceptsRepeats(modules, of: "modules"), scope.acceptsRepeats([blocks], of: "blocks")
    else { return [image] }
    var branches = [HRNet.stem(image, blocks: 2, in: scope)]
    for stage in modules.indices {
      branches = HRNet.transition(
        branches, to: Array(channels.prefix(stage + 2)), in: scope / "transition\(stage + 1)")
      for module in 0..<modules[stage] {
        let here = scope / "stage\(stage + 2)" / module
        let isLast = stage == modules.count - 1 && module == modules[stage] - 1
        branches = branches.enumerated().map { index, branch in
          (0..<blocks).reduce(branch) {
            block($0, heads: heads[index], in: here / "branches" / index / $1)
          }
        }
        branches = fuse(branches, onlyFinest: isLast, in: here)
      }
    }
    return branches
  }
}

private let initializer = Initializer.normal(deviation: 0.001)
private let window = 7

private func block(_ x: Value, heads: Int, in scope: Scope) -> Value {
  let size = x.size
  let tokens = x.named(scope).asTokens()
  let attended =
    tokens
    + attendWithinWindows(
      (scope / "norm1").layerNorm(tokens, epsilon: 1e-6), size, heads: heads, in: scope / "attn")
  let normed = (scope / "norm2").layerNorm(attended, epsilon: 1e-6)
  return (attended + mix(normed.asImage(size), in: scope / "ffn").asTokens()).asImage(size)
}

/// A feed-forward network that also looks at neighbours (`CrossFFN`).
private func mix(_ x: Value, in scope: Scope) -> Value {
  func layer(_ name: String, _ index: Int, _ x: Value, to channels: Int, kernel: Size = 1, groups: Int = 1) -> Value {
    let y = (scope / name).conv(
      x, to: channels, kernel: kernel, groups: groups, bias: true, initializer: initializer)
    return (scope / "act\(index)").activation(.gelu, (scope / "norm\(index)").batchNorm(y))
  }
  let wide = 4 * x.channels
  var y = layer("fc1", 1, x, to: wide)
  y = layer("dw3x3", 2, y, to: wide, kernel: 3, groups: wide)
  return layer("fc2", 3, y, to: x.channels)
}

/// Self-attention of tokens within windows of a map that zeros complete around its edges.
private func attendWithinWindows(_ tokens: Value, _ size: Size, heads: Int, in scope: Scope) -> Value {
  let here = scope / "attn"
  let channels = tokens.extent(2)
  let (rows, columns) = ((size.height + window - 1) / window, (size.width + window - 1) / window)
  let (padHeight, padWidth) = (rows * window - size.height, columns * window - size.width)
  let (top, left) = (padHeight / 2, padWidth / 2)

  var x = tokens.named(scope).reshaped(to: [1, size.height, size.width, channels])
    .padded(before: [0, top, left, 0], after: [0, padHeight - top, padWidth - left, 0])
  x = x.reshaped(to: [1, rows, window, columns, window, channels]).transposed([0, 1, 3, 2, 4, 5])
    .reshaped(to: [1, rows * columns, window * window, channels])

  let bias = relativePositionBias(heads: heads, in: here)
  let parts = (here / "qkv").linear(x, to: 3 * channels).named(here).split(axis: 3, into: 3).map {
    $0.reshaped(to: [1, rows * columns, window * window, heads, channels / heads]).transposed([0, 1, 3, 2, 4])
  }
  let attended = parts[0].attending(to: parts[1], taking: parts[2], bias: bias).transposed([0, 1, 3, 2, 4])
    .reshaped(to: [1, rows * columns, window * window, channels])
  x = (here / "proj").linear(attended, to: channels).named(scope)

  return x.reshaped(to: [1, rows, columns, window, window, channels]).transposed([0, 1, 3, 2, 4, 5])
    .reshaped(to: [1, rows * window, columns * window, channels])
    .slice(axis: 1, top..<top + size.height).slice(axis: 2, left..<left + size.width)
    .reshaped(to: [1, size.height * size.width, channels])
}

/// What each head adds for the way between two places of a window (Liu et al., Swin, ICCV 2021).
private func relativePositionBias(heads: Int, in scope: Scope) -> Value {
  let (side, places) = (2 * window - 1, window * window)
  let table = scope.parameter(
    "relative_position_bias_table", shape: [side * side, heads], .truncatedNormal(deviation: 0.02))
  let index = (0..<places * places).map { cell in
    let (from, to) = (cell / places, cell % places)
    let (rows, columns) = (from / window - to / window, from % window - to % window)
    return (rows + window - 1) * side + columns + window - 1
  }
  scope.unusedParameter(
    "relative_position_index", shape: [places, places], .values(index.map(Float.init)),
    role: .buffer(isInteger: true))
  return table.gathered(axis: 0, indices: index).transposed([1, 0]).reshaped(to: [heads, places, places])
}

/// Each branch becomes the sum of all, brought to its grid and channels.
private func fuse(_ branches: [Value], onlyFinest: Bool, in scope: Scope) -> [Value] {
  branches.prefix(onlyFinest ? 1 : branches.count).enumerated().map { target, like in
    let terms = branches.enumerated().map { source, branch in
      let here = scope / "fuse_layers" / target / source
      if source > target {
        let y = (here / 0).conv(branch, to: like.channels, initializer: initializer)
        return (here / 2).upsample((here / 1).batchNorm(y), to: like.size, .bilinear(alignCorners: false))
      }
      return (source..<target).reduce(branch) { x, level in
        let isLast = level == target - 1
        return lower(x, to: isLast ? like.channels : x.channels, isActive: !isLast, in: here / (level - source))
      }
    }
    let sum = terms.dropFirst().reduce(terms[0].named(scope)) { $0 + $1 }
    return (scope / "relu").relu(sum)
  }
}

/// A strided depthwise and a 1x1 convolution.
private func lower(_ x: Value, to channels: Int, isActive: Bool, in scope: Scope) -> Value {
  var y = (scope / 0).conv(x, to: x.channels, kernel: 3, stride: 2, groups: x.channels, initializer: initializer)
  y = (scope / 2).conv((scope / 1).batchNorm(y), to: channels, initializer: initializer)
  y = (scope / 3).batchNorm(y)
  return isActive ? (scope / 4).relu(y) : y
}
