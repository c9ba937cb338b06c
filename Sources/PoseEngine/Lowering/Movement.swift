import CPoseKernels
import PoseGraph

// Operators that only move numbers: loops of strided copies.
extension PlanBuilder {
  mutating func concat(_ instruction: Program.Instruction, axis: Int) throws(EngineError) -> CompiledGroup.Run {
    let output = shape(instruction.output)
    // Joined planes are found one by one.
    if axis == 1, output[0] == 1 {
      try keep(output[1], of: Address.self)
      return copyPlanes(instruction, instruction.inputs.flatMap { views.planes[$0].map(address) })
    }
    let outer = output.prefix(axis).reduce(1, *)
    let stride = output.dropFirst(axis).reduce(1, *)
    let inner = output.dropFirst(axis + 1).reduce(1, *)
    var offset = 0
    var moves: [Move] = []
    for input in instruction.inputs {
      let run = shape(input)[axis] * inner
      moves.append(
        Move(
          from: address(input), to: address(instruction.output).advanced(by: offset),
          axes: [(outer, run, stride), (run, 1, 1)]
        ))
      offset += run
    }
    return try run(moves, path: instruction.path)
  }

  /// Copies planes, wherever each lies, into one memory.
  private func copyPlanes(_ instruction: Program.Instruction, _ sources: [Address]) -> CompiledGroup.Run {
    let (out, size) = (address(instruction.output), program.planes(of: instruction.output).size)
    return { memory, part, parts in
      for plane in share(sources.count, part, parts) {
        (memory[out] + plane * size).update(from: memory[sources[plane]], count: size)
      }
    }
  }

  mutating func move(_ instruction: Program.Instruction) throws(EngineError) -> CompiledGroup.Run {
    let (input, output) = (shape(instruction.inputs[0]), shape(instruction.output))
    let (from, to) = (address(instruction.inputs[0]), address(instruction.output))
    let (inputStrides, outputStrides) = (strides(of: input), strides(of: output))
    let path = instruction.path
    if output.first == 1 {
      let planes = views.planes[instruction.inputs[0]]
      try keep(planes.count, of: Address.self)
      switch instruction.operation {
      case .slice(1, let start, let end, let every):
        return copyPlanes(instruction, stride(from: start, to: end, by: every).map { address(planes[$0]) })
      case .gather(1, let indices): return copyPlanes(instruction, indices.map { address(planes[$0]) })
      default: break
      }
    }
    switch instruction.operation {
    case .slice(let axis, let start, _, let every):
      let axes = output.indices.map { (output[$0], inputStrides[$0] * ($0 == axis ? every : 1), outputStrides[$0]) }
      return try run([Move(from: from.advanced(by: start * inputStrides[axis]), to: to, axes: axes)], path: path)
    case .transpose(let order):
      let axes = output.indices.map { (output[$0], inputStrides[order[$0]], outputStrides[$0]) }
      return try run([Move(from: from, to: to, axes: axes)], path: path)
    case .gather(let axis, let indices):
      try keep(indices.count, of: (from: Address, to: Address, loop: pose_loop).self)
      return try run(
        indices.enumerated().map { position, index in
          var axes = output.indices.map { (output[$0], inputStrides[$0], outputStrides[$0]) }
          axes[axis].0 = 1
          return Move(
            from: from.advanced(by: index * inputStrides[axis]), to: to.advanced(by: position * outputStrides[axis]),
            axes: axes)
        }, path: path)
    case .pad(let before, _, let value):
      let count = count(instruction.output)
      let start = zip(before, outputStrides).reduce(0) { $0 + $1.0 * $1.1 }
      let move = Move(
        from: from, to: to.advanced(by: start),
        axes: input.indices.map { (input[$0], inputStrides[$0], outputStrides[$0]) })
      let loop = try move.loop(path: path)
      // Fill and copy overlap, so one worker does both.
      return { memory, part, parts in
        guard part == 0 else { return }
        var loop = loop
        pose_fill(memory[to], count, value)
        pose_copy(memory[move.from], memory[move.to], &loop)
      }
    default:
      return try run([Move(from: from, to: to, axes: [(count(instruction.output), 1, 1)])], path: path)
    }
  }

  private func run(_ moves: [Move], path: String) throws(EngineError) -> CompiledGroup.Run {
    var loops: [(from: Address, to: Address, loop: pose_loop)] = []
    for move in moves { loops.append((move.from, move.to, try move.loop(path: path))) }
    return run(loops)
  }

  private func run(_ loops: [(from: Address, to: Address, loop: pose_loop)]) -> CompiledGroup.Run {
    return { memory, part, parts in
      for index in loops.indices {
        // The outermost axis is shared out.
        let mine = share(loops[index].loop.extent.0, part, parts)
        if mine.isEmpty { continue }
        var loop = loops[index].loop
        loop.extent.0 = mine.count
        pose_copy(
          memory[loops[index].from] + mine.lowerBound * loop.stride.0.0,
          memory[loops[index].to] + mine.lowerBound * loop.stride.1.0, &loop)
      }
    }
  }

  private func strides(of shape: [Int]) -> [Int] {
    var strides = Array(repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
    return strides
  }
}

/// A strided copy: extent and the strides of source and target, by axis.
private struct Move {
  var from: Address
  var to: Address
  var axes: [(extent: Int, from: Int, to: Int)]

  /// The kernel's loop: axes of extent 1 left out, axes that follow each other in both memories joined.
  func loop(path: String) throws(EngineError) -> pose_loop {
    var joined: [(extent: Int, from: Int, to: Int)] = []
    for axis in axes where axis.extent != 1 {
      if let outer = joined.last, outer.from == axis.from * axis.extent, outer.to == axis.to * axis.extent {
        joined[joined.count - 1] = (outer.extent * axis.extent, axis.from, axis.to)
      } else {
        joined.append(axis)
      }
    }
    if joined.isEmpty { joined = [(1, 1, 1)] }
    guard joined.count <= POSE_AXES else {
      throw .unsupported(path: path, reason: "a move over \(joined.count) axes; at most 8 are supported")
    }
    var loop = pose_loop()
    loop.rank = joined.count
    withUnsafeMutableBytes(of: &loop.extent) { extents in
      for (index, axis) in joined.enumerated() {
        extents.storeBytes(of: axis.extent, toByteOffset: index * 8, as: Int.self)
      }
    }
    withUnsafeMutableBytes(of: &loop.stride) { strides in
      for (index, axis) in joined.enumerated() {
        strides.storeBytes(of: axis.from, toByteOffset: index * 8, as: Int.self)
        strides.storeBytes(of: axis.to, toByteOffset: (POSE_AXES + index) * 8, as: Int.self)
      }
    }
    return loop
  }
}
