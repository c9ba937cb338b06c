import CPoseKernels
import PoseGraph

// Operators that take each plane by itself.
extension PlanBuilder {
  func pool(_ step: Program.Step, _ pooling: Pooling) -> PlannedStep.Run {
    let geometry = Convolution(kernel: pooling.kernel, stride: pooling.stride, padding: pooling.padding)
    let window = pose_window(geometry, input: shape(step.inputs[0]), output: shape(step.output))
    let (x, out, channels) = (address(step.inputs[0]), address(step.output), shape(step.output)[1])
    let (isMax, countsPadding) = (pooling.kind == .max, pooling.countsPadding)
    return { memory, part, parts in
      var window = window
      let mine = share(channels, part, parts)
      if isMax {
        pose_max_pool(memory[x], memory[out], &window, mine.lowerBound, mine.upperBound)
      } else {
        pose_average_pool(memory[x], memory[out], &window, countsPadding, mine.lowerBound, mine.upperBound)
      }
    }
  }

  func adaptiveAveragePool(_ step: Program.Step) -> PlannedStep.Run {
    let (input, output) = (shape(step.inputs[0]), shape(step.output))
    let (x, out) = (address(step.inputs[0]), address(step.output))
    return { memory, part, parts in
      let mine = share(output[1], part, parts)
      pose_adaptive_average_pool(
        memory[x], input[2], input[3], memory[out], output[2], output[3], mine.lowerBound, mine.upperBound)
    }
  }

  func resize(_ step: Program.Step, _ resize: Resize) -> PlannedStep.Run {
    let (input, output) = (shape(step.inputs[0]), shape(step.output))
    let (x, out) = (address(step.inputs[0]), address(step.output))
    let mode: pose_resize_mode =
      switch resize.mode {
      case .nearest: POSE_NEAREST
      case .bilinear(let alignCorners): alignCorners ? POSE_BILINEAR_ALIGN_CORNERS : POSE_BILINEAR
      }
    return { memory, part, parts in
      let mine = share(output[1], part, parts)
      pose_resize(
        memory[x], input[2], input[3], memory[out], output[2], output[3], mode, mine.lowerBound, mine.upperBound)
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
