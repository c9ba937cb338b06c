import PoseGraph

extension Program {
  /// Fuses nearest-neighbor upsampling by whole factors into the binary function that reads it.
  func fuseNearestUpsample() -> Program {
    var program = self
    let dataflow = dataflow
    func source(_ value: Graph.ValueID) -> Graph.ValueID? {
      dataflow.producer(of: value).flatMap(dataflow.nearestUpsampleSource)
    }
    for index in instructions.indices {
      guard case .binary(let function) = instructions[index].operation else { continue }
      let (a, b) = (instructions[index].inputs[0], instructions[index].inputs[1])
      guard shapes[a] == shapes[b] else { continue }
      if let source = source(b) {
        program.instructions[index].inputs[1] = source
      } else if let source = source(a), function.isCommutative {
        program.instructions[index].inputs = [b, source]
      }
    }
    return program.removeDeadInstructions()
  }
}

extension Binary {
  fileprivate var isCommutative: Bool {
    switch self {
    case .add, .multiply, .maximum, .minimum: true
    case .subtract, .divide, .power: false
    }
  }
}
