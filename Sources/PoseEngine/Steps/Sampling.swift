import CPoseKernels
import PoseGraph

// Operators that take each plane by itself.
extension PlanBuilder {
  func pool(_ step: Program.Step, _ pooling: Pooling) -> PlannedStep.Run {
    let geometry = Convolution(kernel: pooling.kernel, stride: pooling.stride, padding: pooling.padding)
    let window = pose_window(geometry, input: shape(step.inputs[0]), output: shape(step.output))
    let (isMax, countsPadding, table) = (pooling.kind == .max, pooling.countsPadding, kernels.table)
    return planes(step) { memory, x, inputs, out, outputs, count in
      var window = window
      if isMax {
        table.max_pool(x, inputs, out, outputs, count, &window)
      } else {
        table.average_pool(x, inputs, out, outputs, count, &window, countsPadding)
      }
    }
  }

  func adaptiveAveragePool(_ step: Program.Step) -> PlannedStep.Run {
    let (input, output, table) = (shape(step.inputs[0]), shape(step.output), kernels.table)
    return planes(step) { memory, x, inputs, out, outputs, count in
      table.adaptive_average_pool(x, inputs, input[2], input[3], out, outputs, output[2], output[3], count)
    }
  }

  mutating func resize(_ step: Program.Step, _ resize: Resize) -> PlannedStep.Run {
    let (input, output, table) = (shape(step.inputs[0]), shape(step.output), kernels.table)
    let mode: pose_resize_mode =
      switch resize.mode {
      case .nearest: POSE_NEAREST
      case .bilinear(let alignCorners): alignCorners ? POSE_BILINEAR_ALIGN_CORNERS : POSE_BILINEAR
      }
    needScratch(pose_resize_scratch(input[2], input[3], output[2], output[3]))
    return planes(step) { memory, x, inputs, out, outputs, count in
      table.resize(
        x, inputs, input[2], input[3], out, outputs, output[2], output[3], mode, count, memory.scratch)
    }
  }

  /// A step that takes each plane by itself, given the planes of one member.
  private func planes(
    _ step: Program.Step,
    _ run:
      @escaping @Sendable (
        borrowing RunMemory, UnsafePointer<Float>, UnsafePointer<Int32>, UnsafeMutablePointer<Float>,
        UnsafePointer<Int32>, Int
      ) -> Void
  ) -> PlannedStep.Run {
    let (input, output) = (shape(step.inputs[0]), shape(step.output))
    let (x, out, channels) = (address(step.inputs[0]), address(step.output), output[1])
    let inputs = PoseEngine.planes(channels, area: input[2] * input[3])
    let outputs = PoseEngine.planes(channels, area: output[2] * output[3])
    return { memory, part, parts in
      let mine = share(channels, part, parts)
      inputs.withUnsafeBufferPointer { inputs in
        outputs.withUnsafeBufferPointer { outputs in
          guard let inputs = inputs.baseAddress, let outputs = outputs.baseAddress else { return }
          run(
            memory, memory[x], inputs + mine.lowerBound, memory[out], outputs + mine.lowerBound, mine.count)
        }
      }
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
