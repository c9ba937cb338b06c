/// The nodes of a channel shuffle: a reshape that splits the channels into groups, a transpose that swaps the two new
/// axes, and a reshape that merges them again.
public struct ChannelShuffle: Sendable, Hashable {
  /// The indices of the splitting reshape, the transpose, and the merging reshape.
  public let nodes: [Int]
  /// The number of groups that the channels are dealt out of.
  public let groups: Int
  /// The number of channels in a group.
  public let channelsPerGroup: Int

  /// The input channel that each output channel is.
  package var channels: [Int] {
    (0..<channelsPerGroup).flatMap { inner in (0..<groups).map { outer in outer * channelsPerGroup + inner } }
  }
}

extension Dataflow {
  /// The channel shuffle that a reshape begins, where nothing else reads the values inside it; nil otherwise.
  public func channelShuffle(from split: Int) -> ChannelShuffle? {
    guard case .reshape = nodes[split].operation, let swap = onlyReader(of: nodes[split].output),
      case .transpose(let order) = nodes[swap].operation, let merge = onlyReader(of: nodes[swap].output),
      case .reshape(let output) = nodes[merge].operation
    else { return nil }
    let (input, inner) = (shapes[nodes[split].inputs[0]], shapes[nodes[split].output])
    guard input.count >= 2, input == output, inner.count == input.count + 1, input[0] == 1, inner[0] == 1,
      inner[1] * inner[2] == input[1], inner.dropFirst(3) == input.dropFirst(2),
      order == [0, 2, 1] + Array(3..<inner.count)
    else { return nil }
    return ChannelShuffle(nodes: [split, swap, merge], groups: inner[1], channelsPerGroup: inner[2])
  }

  /// The value that a node upsamples by whole factors, repeating the nearest pixel; nil if the node does anything else.
  public func nearestUpsampleSource(_ node: Int) -> Graph.ValueID? {
    guard case .resize(let resize) = nodes[node].operation, resize.mode == .nearest,
      isIntegerUpsample(shapes[nodes[node].inputs[0]], to: shapes[nodes[node].output])
    else { return nil }
    return nodes[node].inputs[0]
  }

  /// The convolution that each batch norm can be folded into, by the norm's index: the norm, or a chain of norms, is the
  /// only reader of what the convolution makes.
  ///
  /// - Parameter accepts: whether a convolution, by its index, takes batch norms in.
  package func foldableBatchNorms(where accepts: (Int) -> Bool = { _ in true }) -> [Int: Int] {
    var convolutions: [Graph.ValueID: Int] = [:]
    var folded: [Int: Int] = [:]
    for (index, node) in nodes.enumerated() {
      switch node.operation {
      case .convolution, .transposedConvolution: convolutions[node.output] = accepts(index) ? index : nil
      case .batchNorm:
        guard let convolution = convolutions[node.inputs[0]], onlyReader(of: node.inputs[0]) == index else { continue }
        folded[index] = convolution
        convolutions[node.output] = convolution
      default: break
      }
    }
    return folded
  }
}

/// Whether pixels of a shape become whole blocks of pixels of another one, with the same batch and channels.
package func isIntegerUpsample(_ small: [Int], to large: [Int]) -> Bool {
  small.count == 4 && large.count == 4 && small.prefix(2) == large.prefix(2)
    && small[2] > 0 && small[3] > 0 && large[2] % small[2] == 0 && large[3] % small[3] == 0
}
