extension Graph {
  /// The same network with the results of some of its modules as further outputs: what is computed below such a path and
  /// read elsewhere.
  ///
  /// - Parameter paths: published module paths, such as `backbone.stage0`.
  /// - Throws: ``GraphError`` where the network has no such module.
  public func exposing(resultsOf paths: [String]) throws(GraphError) -> Graph {
    var ports: [Port] = []
    for path in paths {
      let isInside = nodes.map { !path.isEmpty && ($0.path == path || $0.path.hasPrefix(path + ".")) }
      var read = Set(outputs.map(\.value))
      for (node, isInside) in zip(nodes, isInside) where !isInside { read.formUnion(node.inputs) }
      let results = zip(nodes, isInside).filter { $1 && read.contains($0.output) }.map(\.0)
      if results.isEmpty { throw GraphError(path: path, reason: "\(name) has no module of that path") }
      ports += results.enumerated().map { Port(name: "\(path).\($0)", value: $1.output) }
    }
    return exposing(ports)
  }
}
