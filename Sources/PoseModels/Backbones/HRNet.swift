import PoseCore
import PoseGraph

/// HRNet (Sun et al., CVPR 2019): branches at strides 4 to 32 side by side that exchange all they know after every
/// few residual blocks.
///
/// Follows MMPose's `hrnet.py`, names included.
public struct HRNet: Backbone {
  /// Channels of each branch, finest first.
  public var channels = [32, 64, 128, 256]
  /// Modules in each stage; stage `s` has `s + 2` branches.
  public var modules = [1, 4, 3]
  /// Residual blocks of a branch in a module.
  public var blocks = 4
  /// Residual blocks of the stem.
  package var stemBlocks = 4
  /// Whether the last module makes all branches, and not the finest alone.
  package var multiscale = false
  /// Whether coarser branches are enlarged bilinearly, and not to the nearest.
  package var bilinear = false

  package static let w32 = HRNet(channels: [32, 64, 128, 256])
  package static let w48 = HRNet(channels: [48, 96, 192, 384])
  /// HRNetV2 (Wang et al., TPAMI 2021), whose head reads all branches.
  package static let v2w18: HRNet = {
    var network = HRNet(channels: [18, 36, 72, 144])
    (network.multiscale, network.bilinear) = (true, true)
    return network
  }()
  /// HRNetV2-W18-small, the second version: fewer modules and blocks.
  package static let v2w18small: HRNet = {
    var network = v2w18
    (network.modules, network.blocks, network.stemBlocks) = ([1, 3, 2], 2, 2)
    return network
  }()
  /// The last stage has one module, which only makes the finest branch.
  package static let lite32 = HRNet(channels: [32, 64, 128, 256], modules: [1, 4, 1])

  public static let catalogue: [String: any Backbone] = [
    "hrnet": w32, "hrnet_w32": w32, "hrnet_w48": w48, "hrnet_lite_w32": lite32,
    "hrnetv2_w18": v2w18, "hrnetv2_w18_small": v2w18small,
    // The first stages, as TokenPose uses them.
    "hrnet_stem": HRNet(channels: [256], modules: []),
    "hrnet_w32_stage3": HRNet(channels: [32, 64, 128], modules: [1, 4]),
    "hrnet_w48_stage3": HRNet(channels: [48, 96, 192], modules: [1, 4]),
  ]

  public init(channels: [Int], modules: [Int] = [1, 4, 3]) { (self.channels, self.modules) = (channels, modules) }

  public func callAsFunction(_ image: Value, in scope: Scope) -> [Value] {
    guard
      scope.accepts(
        channels.count == modules.count + 1, "HRNet needs channels for \(modules.count + 1) branches, not \(channels)"),
      scope.acceptsRepeats(modules, of: "modules"), scope.acceptsRepeats([blocks], of: "blocks"),
      scope.acceptsRepeats([stemBlocks], of: "blocks of the stem")
    else { return [image] }
    let mode = bilinear ? Resize.Mode.bilinear(alignCorners: false) : .nearest
    var branches = [Self.stem(image, blocks: stemBlocks, in: scope)]
    for stage in modules.indices {
      branches = Self.transition(branches, to: Array(channels.prefix(stage + 2)), in: scope / "transition\(stage + 1)")
      for module in 0..<modules[stage] {
        let here = scope / "stage\(stage + 2)" / module
        let isLast = stage == modules.count - 1 && module == modules[stage] - 1
        branches = fuse(residual(branches, in: here / "branches"), onlyFinest: isLast && !multiscale, mode, in: here)
      }
    }
    return branches
  }

  private func residual(_ branches: [Value], in scope: Scope) -> [Value] {
    branches.enumerated().map { index, branch in
      (0..<blocks).reduce(branch) {
        ResidualBlock.basic($0, width: branch.channels, initializer: initializer, in: scope / index / $1)
      }
    }
  }
}

/// Every convolution starts normal(0, 0.001), as published.
private let initializer = Initializer.normal(deviation: 0.001)

extension HRNet {
  /// Two strided convolutions and residual blocks: stride 4, 256 channels.
  static func stem(_ image: Value, blocks: Int = 4, in scope: Scope) -> Value {
    var x = image
    for index in 1...2 {
      x = (scope / "conv\(index)").conv(x, to: 64, kernel: 3, stride: 2, initializer: initializer)
      x = (scope / "relu").relu((scope / "bn\(index)").batchNorm(x))
    }
    return (0..<blocks).reduce(x) {
      ResidualBlock.bottleneck($0, width: 64, initializer: initializer, in: scope / "layer1" / $1)
    }
  }

  /// Opens one more branch, and gives the others their channels.
  static func transition(_ branches: [Value], to channels: [Int], in scope: Scope) -> [Value] {
    channels.enumerated().map { index, channels in
      guard index < branches.count else {
        return (scope / index / 0).convolved(branches[branches.count - 1], to: channels, kernel: 3, stride: 2)
      }
      let branch = branches[index]
      return branch.channels == channels ? branch : (scope / index).convolved(branch, to: channels, kernel: 3)
    }
  }
}

/// Each branch becomes the sum of all, brought to its grid and channels.
private func fuse(_ branches: [Value], onlyFinest: Bool, _ mode: Resize.Mode, in scope: Scope) -> [Value] {
  branches.prefix(onlyFinest ? 1 : branches.count).enumerated().map { target, like in
    let terms = branches.enumerated().map { source, branch in
      let here = scope / "fuse_layers" / target / source
      if source > target {
        let raised = here.convolved(branch, to: like.channels, kernel: 1, isActive: false)
        return (here / 2).upsample(raised, to: like.size, mode)
      }
      return (source..<target).reduce(branch) { x, level in
        let isLast = level == target - 1
        return (here / (level - source)).convolved(
          x, to: isLast ? like.channels : x.channels, kernel: 3, stride: 2, isActive: !isLast)
      }
    }
    let sum = terms.dropFirst().reduce(terms[0].named(scope)) { $0 + $1 }
    return (scope / "relu").relu(sum)
  }
}

extension Scope {
  /// Convolution, batch norm and ReLU, numbered as in an `nn.Sequential`.
  fileprivate func convolved(
    _ x: Value, to channels: Int, kernel: Size, stride: Size = 1, isActive: Bool = true
  ) -> Value {
    let y = (self / 0).conv(x, to: channels, kernel: kernel, stride: stride, initializer: initializer)
    let normed = (self / 1).batchNorm(y)
    return isActive ? (self / 2).relu(normed) : normed
  }
}
