import PoseGraph

extension ProcessGroup {
  /// Sees to it that all processes train the same network, and starts them from rank 0's weights and statistics.
  ///
  /// - Throws: ``LibTorchError`` on all processes where one has another network; it names a layer that differs.
  public func share(_ network: TrainableNetwork) throws(LibTorchError) {
    try agree(on: network.graph.outline, as: "network")
    try broadcast(network.parameters.map(\.tensor))
  }

  /// Sees to it that all processes have the same text, such as a configuration as it was read.
  ///
  /// - Parameter name: what the text is, for the error.
  /// - Throws: ``LibTorchError`` on all processes where one has another; it shows the first line that differs.
  public func agree(on text: String, as name: String) throws(LibTorchError) {
    let prints = try allGather(withUnsafeBytes(of: fnv1a64(text)) { Array($0) })
    let others = prints.indices.filter { prints[$0] != prints[0] }
    guard let other = others.first else { return }
    let texts = try allGather([UInt8](text.utf8)).map { String(decoding: $0, as: UTF8.self).split(separator: "\n") }
    let (mine, first) = (texts[other], texts[0])
    let line = zip(mine, first).enumerated().first { $1.0 != $1.1 }?.offset ?? Swift.min(mine.count, first.count)
    func shown(_ lines: [Substring]) -> String { line < lines.count ? "'\(lines[line])'" : "nothing more" }
    throw LibTorchError(
      operation: "agree",
      reason: "rank \(others.map(String.init).joined(separator: ", ")) has another \(name) than rank 0: "
        + "\(shown(mine)), not \(shown(first)); start all processes with the same files and options")
  }
}

extension Graph {
  /// All that processes must have alike, a line for each parameter and node.
  fileprivate var outline: String {
    let parameters = parameters.map { "\($0.name) \($0.shape)" }
    let nodes = nodes.map { "\($0.path) \($0.operation) of \($0.inputs)" }
    return ([name] + parameters + nodes).joined(separator: "\n")
  }
}
