import PoseGraph

extension Program {
  /// Turns the reshape, transpose and reshape of a channel shuffle into one gather of channels, which becomes
  /// addressing and moves no data.
  func fuseChannelShuffles() -> Program {
    var program = self
    let dataflow = dataflow
    for index in instructions.indices {
      guard let shuffle = dataflow.channelShuffle(from: index) else { continue }
      program.instructions[shuffle.nodes[2]].operation = .gather(axis: 1, indices: shuffle.channels)
      program.instructions[shuffle.nodes[2]].inputs = instructions[index].inputs
    }
    return program.removeDeadInstructions()
  }
}
