import CPoseKernels
import PoseGraph

// Operators that take each plane by itself.
extension PlanBuilder {
  mutating func pool(_ step: Program.Step, _ pooling: Pooling) -> PlaneRun {
    let geometry = Convolution(kernel: pooling.kernel, stride: pooling.stride, padding: pooling.padding)
    let window = pose_window(geometry, input: shape(step.inputs[0]), output: shape(step.output))
    let (x, out, table) = (planes(step.inputs[0]), planes(step.output), kernels.table)
    let (isMax, countsPadding) = (pooling.kind == .max, pooling.countsPadding)
    return { memory, planes, _ in
      var window = window
      let (from, to) = (memory.table(x, from: planes.lowerBound), memory.table(out, from: planes.lowerBound))
      if isMax {
        table.max_pool(memory[x], from, memory[out], to, planes.count, &window)
      } else {
        table.average_pool(memory[x], from, memory[out], to, planes.count, &window, countsPadding)
      }
    }
  }

  mutating func adaptiveAveragePool(_ step: Program.Step) -> PlaneRun {
    let (input, output) = (area(step.inputs[0]), area(step.output))
    let (x, table) = (planes(step.inputs[0]), kernels.table)
    if memory.parts[step.output] != nil {
      // A mean of each band.
      let (out, pitch, rows) = (partPlanes(step.output), program.planes(of: step.output).count, rows(step.inputs[0]))
      let size = rows.band * input.width
      return { memory, planes, bands in
        for band in bands {
          table.adaptive_average_pool(
            memory[x] + band * size, memory.table(x, from: planes.lowerBound), rows.band, input.width,
            memory[out] + band * pitch, memory.table(out, from: planes.lowerBound), 1, 1, planes.count)
        }
      }
    }
    let (out, rows) = (planes(step.output), rows(step.output))
    let (inHeight, outHeight) = (input.height, output.height)
    return { memory, planes, bands in
      let rows = rows(bands)
      let start = rows.lowerBound * inHeight / max(outHeight, 1)
      let height = rows.count == outHeight ? inHeight : rows.count * inHeight / outHeight
      table.adaptive_average_pool(
        memory[x] + start * input.width, memory.table(x, from: planes.lowerBound), height, input.width,
        memory[out] + rows.lowerBound * output.width, memory.table(out, from: planes.lowerBound), rows.count,
        output.width, planes.count)
    }
  }

  mutating func resize(_ step: Program.Step, _ resize: Resize) -> PlaneRun {
    let (input, output) = (shape(step.inputs[0]), shape(step.output))
    needScratch(pose_resize_scratch(input[2], input[3], output[2], output[3]))
    let (x, out, table) = (planes(step.inputs[0]), planes(step.output), kernels.table)
    let mode: pose_resize_mode =
      switch resize.mode {
      case .nearest: POSE_NEAREST
      case .bilinear(let alignCorners): alignCorners ? POSE_BILINEAR_ALIGN_CORNERS : POSE_BILINEAR
      }
    let rows = rows(step.output)
    return { memory, planes, bands in
      let rows = rows(bands)
      table.resize(
        memory[x], memory.table(x, from: planes.lowerBound), input[2], input[3], memory[out],
        memory.table(out, from: planes.lowerBound), output[2], output[3], mode, planes.count,
        rows.lowerBound, rows.upperBound, memory.scratch)
    }
  }

  func gridSample(_ step: Program.Step, alignCorners: Bool) -> PlannedStep.Run {
    let (input, output) = (shape(step.inputs[0]), shape(step.output))
    let (x, positions, out) = (address(step.inputs[0]), address(step.inputs[1]), address(step.output))
    return { memory, part, parts in
      let mine = share(output[1], part, parts)
      pose_grid_sample(
        memory[x], input[2], input[3], memory[positions], memory[out], output[2] * output[3], alignCorners,
        mine.lowerBound, mine.upperBound)
    }
  }
}
