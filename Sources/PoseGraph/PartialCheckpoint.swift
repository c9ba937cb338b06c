extension Checkpoint {
  /// The tensors that a graph has parameters for.
  package func part(for graph: Graph) -> Checkpoint {
    var part = Checkpoint(metadata: metadata)
    for parameter in graph.parameters { part[parameter.name] = self[parameter.name] }
    return part
  }

  /// The same tensors, but the other's where name and shape are the same.
  ///
  /// - Returns: also the names of those that were taken.
  public func taking(from other: Checkpoint) -> (checkpoint: Checkpoint, taken: [String]) {
    var result = self
    let taken = names.filter { name in other[name].map { $0.shape == self[name]?.shape } ?? false }
    for name in taken { result[name] = other[name] }
    return (result, taken)
  }
}
