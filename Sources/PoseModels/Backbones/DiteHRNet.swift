import PoseCore
import PoseGraph

/// Dite-HRNet (Li, Zhang, Xiao et al., IJCAI 2022): Lite-HRNet whose blocks filter with kernels mixed for each picture, of
/// several sizes where branches are coarse, and weight channels by what the branches hold where it matters.
///
/// Follows `ditehrnet.py` of ZiyiZhang27/Dite-HRNet, names included.
struct DiteHRNet: Backbone {
  /// High-resolution modules in each stage; stage `s` has `s + 2` branches.
  var modules = [2, 4, 2]
  /// Channels of each branch, finest first.
  var channels = [40, 80, 160, 320]
  /// Blocks in a module before its fusion.
  var blocks = 2
  /// Channels of the stem.
  var stem = 32

  static let catalogue: [String: any Backbone] = [
    "dite_hrnet": DiteHRNet(), "dite_hrnet_18": DiteHRNet(), "dite_hrnet_30": DiteHRNet(modules: [3, 8, 3]),
  ]

  func callAsFunction(_ image: Value, in scope: Scope) -> [Value] {
    let isEven = channels.allSatisfy { $0 > 0 && $0 % 2 == 0 }
    guard
      scope.accepts(
        modules.count < channels.count && isEven,
        "Dite-HRNet needs an even channel count for each of \(modules.count + 1) branches, not \(channels)"),
      scope.accepts(stem >= 8 && stem % 8 == 0, "Dite-HRNet needs channels of the stem that 8 divides, not \(stem)"),
      scope.acceptsRepeats(modules, of: "modules"), scope.acceptsRepeats([blocks], from: 1, of: "blocks")
    else { return [image] }
    var branches = [stem(image, in: scope / "stem")]
    for stage in modules.indices {
      branches = openBranch(branches, to: Array(channels.prefix(stage + 2)), in: scope / "transition\(stage)")
      for module in 0..<modules[stage] {
        let here = scope / "stage\(stage)" / module
        let mixed = (0..<blocks).reduce(branches) { mixContext($0, in: here / "layers" / $1) }
        branches = fuseBranches(mixed, rectifiesFirst: true, in: here)
      }
    }
    return iterativeHead(branches, in: scope / "head_layer")
  }

  /// A strided convolution and a strided block of two branches: stride 4.
  private func stem(_ image: Value, in scope: Scope) -> Value {
    let half = stem / 2
    var x = (scope / "conv1" / "conv").conv(image, to: stem, kernel: 3, stride: 2, initializer: initializer)
    x = (scope / "conv1" / "relu").relu((scope / "conv1" / "bn").batchNorm(x))
    let halves = x.named(scope).split(axis: 1, into: 2)
    let (one, two) = (scope / "branch1", scope / "branch2")
    var left = (one / 0).dynamicConv(halves[0], to: half, kernel: 3, stride: 2, isDepthwise: true)
    left = weightByContext(left, reduction: 4, in: one / 1)
    left = (one / 2 / "relu").relu((one / 2).dynamicConv(left, to: half))
    var right = (two / 0).dynamicConv(halves[1], to: half, kernel: 3, isDepthwise: true)
    right = weightByContext(right, reduction: 4, in: two / 1)
    right = (two / 2 / "relu").relu((two / 2).dynamicConv(right, to: half / 4))
    right = (two / 3).dynamicConv(right, to: half)
    right = (two / 4).dynamicConv(right, to: half, kernel: 3, stride: 2, isDepthwise: true)
    return scope.concat([left, (two / 4 / "relu").relu(right)]).channelShuffle(groups: 2)
  }
}

/// Every convolution but those mixed starts normal(0, 0.001), as published.
private let initializer = Initializer.normal(deviation: 0.001)

/// The block (`DynamicMultiScaleContextBlock`): half the channels are weighted across the branches, filtered and weighted
/// by what they hold, then shuffled with the other half.
private func mixContext(_ branches: [Value], in scope: Scope) -> [Value] {
  let halves = branches.map { $0.named(scope).split(axis: 1, into: 2) }
  let weighted = weightDensely(halves.map { $0[1] }, in: scope / "dcm")
  let filtered = weighted.enumerated().map { splitConv($1, branch: $0, in: scope / "conv" / $0) }
  let mixed = filtered.enumerated().map {
    weightByContext($1, reduction: [4, 4, 8, 8][min($0, 3)], in: scope / "gcm" / $0)
  }
  return zip(halves, mixed).map { scope.concat([$0[0], $1]).channelShuffle(groups: 2) }
}

/// Dynamic split convolution: depthwise kernels of 3, 5, 7 and 9 pixels, each for its part of the channels; fine branches
/// have one size, and more kernels to mix.
private func splitConv(_ x: Value, branch: Int, in scope: Scope) -> Value {
  let (parts, kernels) = [(1, 4), (1, 4), (2, 2), (4, 1)][min(branch, 3)]
  let share = x.channels / parts
  var sizes = Array(repeating: share, count: parts)
  sizes[0] += x.channels - share * parts
  let filtered = x.named(scope).split(axis: 1, sizes: sizes).enumerated().map { index, part in
    (scope / "conv" / index).dynamicConv(
      part, to: part.channels, kernel: 3 + 2 * index, isDepthwise: true, kernels: kernels)
  }
  return parts == 1 ? filtered[0] : scope.concat(filtered).channelShuffle(groups: parts)
}

/// A map times weights computed from its own mean, in which places count as they matter (`GlobalContextModeling`).
private func weightByContext(_ x: Value, reduction: Int, in scope: Scope) -> Value {
  let mask = (scope / "conv_mask").conv(x, to: 1, bias: true, initializer: initializer)
  let context = mean(of: x, weightedBy: mask, to: 1, in: scope)
  return (scope / "bn").batchNorm(x.named(scope) * gates(context, reduction: reduction, in: scope))
}

/// Each branch times weights computed from all branches on the coarsest grid (`DenseContextModeling`).
private func weightDensely(_ branches: [Value], in scope: Scope) -> [Value] {
  guard let coarsest = branches.last else { return branches }
  var all = branches.dropLast().enumerated().map { index, branch in
    let mask = (scope / "conv_mask" / index).conv(branch, to: 1, bias: true, initializer: initializer)
    return mean(of: branch, weightedBy: mask, to: coarsest.size, in: scope)
  }
  // The published code makes a mask for the coarsest branch, too, and does not use it.
  let unused = scope / "conv_mask" / (branches.count - 1)
  unused.unusedParameter("weight", shape: [1, coarsest.channels, 1, 1], initializer)
  unused.unusedParameter("bias", shape: [1], .constant(0))
  all.append(coarsest)
  let weights = gates(scope.concat(all), reduction: 8, in: scope).split(axis: 1, sizes: branches.map(\.channels))
  return zip(branches, weights).map { branch, weight in
    branch.named(scope) * (weight.size == branch.size ? weight : weight.resized(to: branch.size, .nearest))
  }
}

/// Means of the numbers of a map, by a softmax of the mask, for each place of a coarser grid.
///
/// As published the numbers are taken in the order that they lie in, not by their places: a coarse place's mean is over
/// neighbouring numbers of that order, channels among them.
private func mean(of x: Value, weightedBy mask: Value, to size: Size, in scope: Scope) -> Value {
  let (places, coarse) = (x.size.height * x.size.width, size.height * size.width)
  let weights = mask.named(scope).reshaped(to: [1, 1, places]).softmax(axis: 2)
    .reshaped(to: [1, coarse, places / max(coarse, 1), 1])
  return x.named(scope).reshaped(to: [1, coarse, x.channels, places / max(coarse, 1)]).matmul(weights)
    .transposed([0, 2, 1, 3]).reshaped(to: [1, x.channels, size.height, size.width])
}

/// Weights in 0...1 for channels, by two convolutions (`channel_attention`).
private func gates(_ x: Value, reduction: Int, in scope: Scope) -> Value {
  let layers = scope / "channel_attention"
  var y = (layers / 0).conv(x, to: x.channels / reduction, initializer: initializer)
  y = (layers / 2).relu((layers / 1).batchNorm(y))
  y = (layers / 3).conv(y, to: x.channels, bias: true, initializer: initializer)
  return (layers / 4).activation(.sigmoid, y).named(scope)
}

extension Scope {
  /// A convolution whose kernel is a mixture of `kernels` (`DynamicKernelAggregation`), and a batch norm. The mixture's
  /// result is computed as the mixture of all kernels' results.
  fileprivate func dynamicConv(
    _ x: Value, to channels: Int, kernel: Int = 1, stride: Int = 1, isDepthwise: Bool = false, kernels: Int = 4
  ) -> Value {
    let conv = self / "conv"
    let groups = isDepthwise ? max(x.channels, 1) : 1
    guard kernels > 1 else {
      let y = conv.conv(
        x, to: channels, kernel: Size(kernel), stride: Size(stride), groups: groups, initializer: initializer)
      return (self / "bn").batchNorm(y)
    }
    let shares = kernelShares(of: x, kernels: kernels, in: conv / "attention")
    let fanIn = x.channels / groups * kernel * kernel
    let copies = isDepthwise ? conv.concat(Array(repeating: x, count: kernels)) : x
    let results = (conv / "aggregation").conv(
      copies, to: channels, sets: kernels, kernel: Size(kernel), stride: Size(stride),
      groups: isDepthwise ? groups * kernels : 1, initializer: .uniform((6 / Float(max(fanIn, 1))).squareRoot()))
    let (height, width) = (results.size.height, results.size.width)
    let mixed = results.named(conv).reshaped(to: [1, kernels, channels * height * width])
    let sum = (mixed * shares.reshaped(to: [1, kernels, 1])).reduced(.sum, axes: [1])
    return (self / "bn").batchNorm(sum.reshaped(to: [1, channels, height, width]))
  }
}

/// How much each kernel counts, from the means of the channels (`KernelAttention`).
private func kernelShares(of x: Value, kernels: Int, in scope: Scope) -> Value {
  let means = (scope / "avg_pool").adaptiveAveragePool(x)
  var y = (scope / "conv1").conv(means, to: x.channels / 4, initializer: initializer)
  y = (scope / "relu").relu((scope / "bn").batchNorm(y))
  y = (scope / "conv2").conv(y, to: kernels, bias: true, initializer: initializer)
  return (scope / "sigmoid").activation(.sigmoid, y).named(scope)
}
