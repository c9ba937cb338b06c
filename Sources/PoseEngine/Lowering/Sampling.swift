import CPoseKernels
import PoseGraph

// Operators that take each plane by itself.
extension PlanBuilder {
  mutating func pool(_ instruction: Program.Instruction, _ pooling: Pooling) -> PlaneRun {
    let geometry = Convolution(kernel: pooling.kernel, stride: pooling.stride, padding: pooling.padding)
    let window = pose_window(geometry, input: shape(instruction.inputs[0]), output: shape(instruction.output))
    let (x, out, table) = (planes(instruction.inputs[0]), planes(instruction.output), kernels.table)
    let (isMax, countsPadding) = (pooling.kind == .max, pooling.countsPadding)
    return { memory, planes in
      var window = window
      let (from, to) = (memory.table(x, from: planes.lowerBound), memory.table(out, from: planes.lowerBound))
      if isMax {
        table.max_pool(memory[x], from, memory[out], to, planes.count, &window)
      } else {
        table.average_pool(memory[x], from, memory[out], to, planes.count, &window, countsPadding)
      }
    }
  }

  mutating func adaptiveAveragePool(_ instruction: Program.Instruction) -> PlaneRun {
    let (input, output) = (shape(instruction.inputs[0]), shape(instruction.output))
    let (x, out, table) = (planes(instruction.inputs[0]), planes(instruction.output), kernels.table)
    return { memory, planes in
      table.adaptive_average_pool(
        memory[x], memory.table(x, from: planes.lowerBound), input[2], input[3], memory[out],
        memory.table(out, from: planes.lowerBound), output[2], output[3], planes.count)
    }
  }

  mutating func resize(_ instruction: Program.Instruction, _ resize: Resize) -> PlaneRun {
    let (input, output) = (shape(instruction.inputs[0]), shape(instruction.output))
    needScratch(pose_resize_scratch(input[2], input[3], output[2], output[3]))
    let (x, out, table) = (planes(instruction.inputs[0]), planes(instruction.output), kernels.table)
    let mode: pose_resize_mode =
      switch resize.mode {
      case .nearest: POSE_NEAREST
      case .bilinear(let alignCorners): alignCorners ? POSE_BILINEAR_ALIGN_CORNERS : POSE_BILINEAR
      }
    return { memory, planes in
      table.resize(
        memory[x], memory.table(x, from: planes.lowerBound), input[2], input[3], memory[out],
        memory.table(out, from: planes.lowerBound), output[2], output[3], mode, planes.count, memory.scratch)
    }
  }

  func gridSample(_ instruction: Program.Instruction, alignCorners: Bool) -> CompiledGroup.Run {
    let (input, output) = (shape(instruction.inputs[0]), shape(instruction.output))
    let (x, positions, out) = (
      address(instruction.inputs[0]), address(instruction.inputs[1]), address(instruction.output)
    )
    return { memory, part, parts in
      let mine = share(output[1], part, parts)
      pose_grid_sample(
        memory[x], input[2], input[3], memory[positions], memory[out], output[2] * output[3], alignCorners,
        mine.lowerBound, mine.upperBound)
    }
  }
}
