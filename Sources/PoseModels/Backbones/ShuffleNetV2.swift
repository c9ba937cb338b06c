import PoseCore
import PoseGraph

/// ShuffleNetV2 (Ma et al., ECCV 2018): half the channels pass each block untouched and are shuffled with the others;
/// features of stride 32.
///
/// Follows MMPose's `shufflenet_v2.py`, names included.
struct ShuffleNetV2: Backbone {
  /// Channels of the three stages and of the last convolution.
  var channels = [116, 232, 464, 1024]
  /// Blocks of the three stages.
  var blocks = [4, 8, 4]

  init() {}

  static let catalogue: [String: any Backbone] = ["shufflenet_v2": ShuffleNetV2()]

  func callAsFunction(_ image: Value, in scope: Scope) -> [Value] {
    guard
      scope.accepts(
        channels.count == blocks.count + 1,
        "ShuffleNetV2 needs channels of \(blocks.count) stages and of the last convolution"),
      scope.acceptsRepeats(blocks, of: "blocks")
    else { return [image] }
    var x = (scope / "conv1").convModule(
      image, to: 24, kernel: 3, stride: 2, activation: .relu, initializer: initializer)
    x = (scope / "maxpool").pool(x, Pooling(.max, kernel: 3, stride: 2, padding: 1))
    for (stage, count) in blocks.enumerated() {
      for index in 0..<count {
        let here = scope / "layers" / stage / index
        x = index == 0 ? reducingUnit(x, to: channels[stage], in: here) : shuffleUnit(x, in: here)
      }
    }
    let last = scope / "layers" / blocks.count
    return [last.convModule(x, to: channels[blocks.count], activation: .relu, initializer: initializer)]
  }
}

private let initializer = Initializer.kaimingNormal(.output)

/// Halves the picture and gives it so many channels, by two branches that both see all.
private func reducingUnit(_ x: Value, to channels: Int, in scope: Scope) -> Value {
  var left = (scope / "branch1" / 0).convModule(
    x, to: x.channels, kernel: 3, stride: 2, groups: x.channels, initializer: initializer)
  left = (scope / "branch1" / 1).convModule(left, to: channels / 2, activation: .relu, initializer: initializer)
  let right = rightBranch(x, to: channels / 2, stride: 2, in: scope / "branch2")
  return scope.concat([left, right]).channelShuffle(groups: 2)
}

private func shuffleUnit(_ x: Value, in scope: Scope) -> Value {
  let halves = x.named(scope).split(axis: 1, into: 2)
  let right = rightBranch(halves[halves.count - 1], to: x.channels / 2, stride: 1, in: scope / "branch2")
  return scope.concat([halves[0], right]).channelShuffle(groups: 2)
}

private func rightBranch(_ x: Value, to channels: Int, stride: Int, in scope: Scope) -> Value {
  var y = (scope / 0).convModule(x, to: channels, activation: .relu, initializer: initializer)
  y = (scope / 1).convModule(
    y, to: channels, kernel: 3, stride: Size(stride), groups: channels, initializer: initializer)
  return (scope / 2).convModule(y, to: channels, activation: .relu, initializer: initializer)
}
