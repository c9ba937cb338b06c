import PoseCore
import PoseGraph

/// Lite-HRNet (Yu et al., CVPR 2021): parallel branches at strides 4 to 32 that exchange information by weighting
/// channels instead of mixing them with 1x1 convolutions. The naive network keeps the shuffle blocks' 1x1 convolutions.
///
/// Follows `models/backbones/litehrnet.py` of the published code, names included.
struct LiteHRNet: Backbone {
  /// High-resolution modules in each stage; stage `s` has `s + 2` branches.
  var modules = [2, 4, 2]
  /// Channels of each branch, finest first.
  var channels = [40, 80, 160, 320]
  /// Blocks in a module before its fusion.
  var blocks = 2
  var block = Block.conditionalChannelWeighting
  /// By how much the cross-resolution weighting narrows the channels.
  var reduction = 8
  var stem = Stem()

  enum Block: String, Sendable, Hashable, Codable, CaseIterable {
    case conditionalChannelWeighting = "conditional_channel_weighting"
    case shuffle
  }

  struct Stem: Sendable, Hashable, Codable {
    var channels = 32
    var expansion = 1

    init() {}
  }

  init() {}

  static let lite18 = LiteHRNet()
  static let lite30 = with(lite18) { $0.modules = [3, 8, 3] }
  static let naive18 = with(lite18) { ($0.block, $0.channels) = (.shuffle, [30, 60, 120, 240]) }
  static let widerNaive18 = with(lite18) { $0.block = .shuffle }

  static let catalogue: [String: any Backbone] = [
    "lite_hrnet": lite18, "lite_hrnet_18": lite18, "lite_hrnet_30": lite30, "naive_lite_hrnet_18": naive18,
    "wider_naive_lite_hrnet_18": widerNaive18,
  ]

  func callAsFunction(_ image: Value, in scope: Scope) -> [Value] {
    let isEven = channels.allSatisfy { $0 > 0 && $0 % 2 == 0 }
    guard
      scope.accepts(
        modules.count < channels.count && isEven,
        "Lite-HRNet needs an even channel count for each of \(modules.count + 1) branches, not \(channels)"),
      scope.accepts(reduction > 0 && stem.channels > 0, "Lite-HRNet needs a reduction and channels of the stem"),
      scope.acceptsRepeats(modules, of: "modules"), scope.acceptsRepeats([blocks], from: 1, of: "blocks")
    else { return [image] }
    var branches = [stem(image, in: scope / "stem")]
    for stage in modules.indices {
      branches = openBranch(branches, to: Array(channels.prefix(stage + 2)), in: scope / "transition\(stage)")
      for module in 0..<modules[stage] {
        let here = scope / "stage\(stage)" / module
        branches = fuseBranches(layers(branches, in: here / "layers"), in: here)
      }
    }
    return iterativeHead(branches, in: scope / "head_layer")
  }

  /// The blocks of one module.
  private func layers(_ branches: [Value], in scope: Scope) -> [Value] {
    switch block {
    case .conditionalChannelWeighting:
      (0..<blocks).reduce(branches) { weightChannels($0, reduction: reduction, in: scope / $1) }
    case .shuffle:
      branches.enumerated().map { index, branch in
        (0..<blocks).reduce(branch) { shuffleUnit($0, in: scope / index / $1) }
      }
    }
  }

  private static func with(_ network: LiteHRNet, _ change: (inout LiteHRNet) -> Void) -> LiteHRNet {
    var network = network
    change(&network)
    return network
  }
}

/// Every convolution starts normal(0, 0.001), as published.
private let initializer = Initializer.normal(deviation: 0.001)

extension LiteHRNet.Stem {
  /// A strided convolution and a strided shuffle block: stride 4.
  func callAsFunction(_ image: Value, in scope: Scope) -> Value {
    let half = channels / 2
    let x = (scope / "conv1").convModule(
      image, to: channels, kernel: 3, stride: 2, activation: .relu, initializer: initializer)
    let halves = x.split(axis: 1, into: 2)
    var left = (scope / "branch1" / 0).depthwise(halves[0], stride: 2)
    left = (scope / "branch1" / 1).pointwise(left, to: half, activation: .relu)
    var right = (scope / "expand_conv").pointwise(halves[halves.count - 1], to: channels * expansion, activation: .relu)
    right = (scope / "depthwise_conv").depthwise(right, stride: 2)
    right = (scope / "linear_conv").pointwise(right, to: half, activation: .relu)
    return scope.concat([left, right]).channelShuffle(groups: 2)
  }
}

/// Opens one more branch, and gives the others their channels (`transition0` and so on).
func openBranch(_ branches: [Value], to channels: [Int], in scope: Scope) -> [Value] {
  channels.enumerated().map { index, channels in
    if index < branches.count {
      let branch = branches[index]
      if branch.channels == channels { return branch }
      return (scope / index).separable(branch, to: channels, stride: 1, activation: .relu)
    }
    return (scope / index / 0).separable(
      branches[branches.count - 1], to: channels, stride: 2, activation: .relu)
  }
}

/// Exchanges information between the branches (`fuse_layers`).
///
/// The published code adds in place: branch 0 is doubled before the others are added, and the other branches read it
/// after that, before its ReLU. Published weights were trained so; the textbook's fusion does not work with them.
/// It also runs the layers from branch 0 twice, which its batch norms' statistics remember.
///
/// - Parameter rectifiesFirst: If true, the other branches read branch 0 after its ReLU, as published code with an
///   in-place ReLU does.
func fuseBranches(_ branches: [Value], rectifiesFirst: Bool = false, in scope: Scope) -> [Value] {
  let layers = scope / "fuse_layers"
  let relu = scope / "relu"
  var finest = branches[0] + branches[0]
  for source in branches.indices.dropFirst() {
    finest = finest + raise(branches[source], like: branches[0], in: layers / 0 / source)
  }
  let rectified = relu.relu(finest)
  return branches.indices.map { target in
    if target == 0 { return rectified }
    let fromFinest = lower(
      rectifiesFirst ? rectified : finest, by: target, to: branches[target].channels, runs: 2, in: layers / target / 0)
    var sum = fromFinest + fromFinest
    for source in branches.indices.dropFirst() {
      sum =
        sum
        + (source == target
          ? branches[source]
          : source < target
            ? lower(branches[source], by: target - source, to: branches[target].channels, in: layers / target / source)
            : raise(branches[source], like: branches[target], in: layers / target / source))
    }
    return relu.relu(sum)
  }
}

/// A coarser branch on a finer one's grid.
private func raise(_ x: Value, like target: Value, in scope: Scope) -> Value {
  var y = (scope / 0).conv(x, to: target.channels, initializer: initializer)
  y = (scope / 1).batchNorm(y)
  return (scope / 2).upsample(y, to: target.size)
}

/// A finer branch on a grid `2^steps` coarser.
private func lower(_ x: Value, by steps: Int, to channels: Int, runs: Int = 1, in scope: Scope) -> Value {
  (0..<steps).reduce(x) { y, step in
    let isLast = step == steps - 1
    return (scope / step).separable(
      y, to: isLast ? channels : x.channels, stride: 2, activation: isLast ? nil : .relu, runs: runs)
  }
}

/// Conditional channel weighting: half the channels are weighted across the branches, filtered and weighted by their
/// own means, then shuffled with the other half.
private func weightChannels(_ branches: [Value], reduction: Int, in scope: Scope) -> [Value] {
  let halves = branches.map { $0.named(scope).split(axis: 1, into: 2) }
  let weighted = weightAcrossResolutions(
    halves.map { $0[$0.count - 1] }, reduction: reduction, in: scope / "cross_resolution_weighting")
  let filtered = weighted.enumerated().map { (scope / "depthwise_convs" / $0).depthwise($1, stride: 1) }
  let gated = filtered.enumerated().map { weightSpatially($1, in: scope / "spatial_weighting" / $0) }
  return zip(halves, gated).map { scope.concat([$0[0], $1]).channelShuffle(groups: 2) }
}

/// Each branch times weights computed from all branches at the coarsest resolution.
private func weightAcrossResolutions(_ branches: [Value], reduction: Int, in scope: Scope) -> [Value] {
  let branches = branches.map { $0.named(scope) }
  guard let coarsest = branches.last, reduction > 0 else { return branches }
  let pooled = branches.dropLast().map { $0.adaptiveAveragePool(to: coarsest.size) } + [coarsest]
  let all = scope.concat(pooled)
  var gates = (scope / "conv1").pointwise(all, to: all.channels / reduction, activation: .relu)
  gates = (scope / "conv2").pointwise(gates, to: all.channels, activation: .sigmoid)
  return zip(branches, gates.named(scope).split(axis: 1, sizes: branches.map(\.channels))).map { branch, gate in
    branch * gate.resized(to: branch.size, .nearest)
  }
}

/// A branch times weights computed from its channels' means (`SpatialWeighting`).
private func weightSpatially(_ x: Value, in scope: Scope) -> Value {
  let means = (scope / "global_avgpool").adaptiveAveragePool(x)
  var gates = (scope / "conv1").convModule(
    means, to: x.channels / 4, norm: nil, activation: .relu, initializer: initializer)
  gates = (scope / "conv2").convModule(
    gates, to: x.channels, norm: nil, activation: .sigmoid, initializer: initializer)
  return x.named(scope) * gates
}

/// The shuffle block of stride 1 (Ma et al., ShuffleNetV2, ECCV 2018).
private func shuffleUnit(_ x: Value, in scope: Scope) -> Value {
  let halves = x.named(scope).split(axis: 1, into: 2)
  let channels = x.channels / 2
  var y = (scope / "branch2" / 0).pointwise(halves[halves.count - 1], to: channels, activation: .relu)
  y = (scope / "branch2" / 1).depthwise(y, stride: 1)
  y = (scope / "branch2" / 2).pointwise(y, to: channels, activation: .relu)
  return scope.concat([halves[0], y]).channelShuffle(groups: 2)
}

/// Carries the coarsest branch up to the finest, one depthwise separable convolution a branch. Finest first.
func iterativeHead(_ branches: [Value], in scope: Scope) -> [Value] {
  var results: [Value] = []
  for (index, branch) in branches.reversed().enumerated() {
    var x = branch.named(scope)
    if let last = results.last {
      x = x + last.named(scope).resized(to: x.size, .bilinear(alignCorners: true))
    }
    let next = branches.count - 2 - index
    let project = scope / "projects" / index
    x = (project / "depthwise_conv").depthwise(x, stride: 1)
    x = (project / "pointwise_conv").pointwise(
      x, to: next >= 0 ? branches[next].channels : branch.channels, activation: .relu)
    results.append(x)
  }
  return results.reversed()
}

extension Scope {
  fileprivate func depthwise(_ x: Value, stride: Int) -> Value {
    convModule(x, to: x.channels, kernel: 3, stride: Size(stride), groups: x.channels, initializer: initializer)
  }

  fileprivate func pointwise(_ x: Value, to channels: Int, activation: Unary) -> Value {
    convModule(x, to: channels, activation: activation, initializer: initializer)
  }

  /// Depthwise 3x3 and 1x1 convolutions with batch norms, numbered as in an `nn.Sequential`.
  fileprivate func separable(
    _ x: Value, to channels: Int, stride: Int, activation: Unary?, runs: Int = 1
  ) -> Value {
    var y = (self / 0).conv(
      x, to: x.channels, kernel: 3, stride: Size(stride), groups: x.channels, initializer: initializer)
    y = (self / 1).batchNorm(y, updates: runs)
    y = (self / 2).conv(y, to: channels, initializer: initializer)
    y = (self / 3).batchNorm(y, updates: runs)
    return activation.map { (self / 4).activation($0, y) } ?? y
  }
}
