import CPoseKernels
import PoseGraph

extension PlanBuilder {
  mutating func convolution(_ step: Program.Step, _ convolution: Convolution) -> PlannedStep.Run {
    let (input, output) = (shape(step.inputs[0]), shape(step.output))
    let weights = step.weights[0]
    let window = pose_window(convolution, input: input, output: output)
    let (x, out) = (address(step.inputs[0]), address(step.output))
    let bias = store(step.weights.count > 1 ? step.weights[1] : [], if: step.weights.count > 1)
    let activation = step.activation.kernel
    let groups = convolution.groups
    if groups == input[1], groups == output[1], groups > 1 {
      return depthwise(window, store(weights), bias, x, out, channels: groups, activation)
    }
    // Each group is a product of its weights with its pixels, or with columns of neighbouring pixels.
    let (rows, channels) = (output[1] / groups, input[1] / groups)
    let depth = channels * convolution.kernel.height * convolution.kernel.width
    let packed = (0..<groups).map { group in
      store(kernels.pack(weights[group * rows * depth..<(group + 1) * rows * depth], rows: rows, columns: depth))
    }
    let pixels = output[2] * output[3]
    let isPointwise = convolution.kernel == 1 && convolution.stride == 1 && convolution.padding == 0
    let table = kernels.table
    if isPointwise {
      return { memory, part, parts in
        for group in packed.indices {
          let x = memory[x] + group * channels * pixels
          let out = memory[out] + group * rows * pixels
          let bias = bias.map { UnsafePointer(memory[$0] + group * rows) }
          // Whole vectors of pixels where there are enough of them, else rows.
          if pixels >= parts * 64 {
            let columns = share(pixels, unit: 16, part, parts)
            table.gemm(
              memory[packed[group]], bias, x, pixels, out, pixels, depth, 0, rows, columns.lowerBound,
              columns.upperBound, activation)
          } else {
            let mine = share(rows, unit: table.panel, part, parts)
            table.gemm(
              memory[packed[group]], bias, x, pixels, out, pixels, depth, mine.lowerBound, mine.upperBound, 0, pixels,
              activation)
          }
        }
      }
    }
    let block = columnBlock(depth: depth, pixels: pixels)
    let blocks = (pixels + block - 1) / block
    needScratch(depth * block)
    return { memory, part, parts in
      var window = window
      for unit in share(groups * blocks, part, parts) {
        let group = unit / blocks
        let columns = unit % blocks * block..<min((unit % blocks + 1) * block, pixels)
        let x = memory[x] + group * channels * window.in_height * window.in_width
        pose_im2col(x, channels, &window, columns.lowerBound, columns.upperBound, memory.scratch)
        table.gemm(
          memory[packed[group]], bias.map { UnsafePointer(memory[$0] + group * rows) }, memory.scratch, columns.count,
          memory[out] + group * rows * pixels + columns.lowerBound, pixels, depth, 0, rows, 0, columns.count,
          activation)
      }
    }
  }

  private mutating func depthwise(
    _ window: pose_window, _ weights: Address, _ bias: Address?, _ x: Address, _ out: Address, channels: Int,
    _ activation: pose_unary
  ) -> PlannedStep.Run {
    let table = kernels.table
    var window = window
    needScratch(pose_depthwise_scratch(&window))
    let taps = window.kernel_height * window.kernel_width
    let inputs = planes(channels, area: window.in_height * window.in_width)
    let outputs = planes(channels, area: window.out_height * window.out_width)
    return { [window] memory, part, parts in
      var window = window
      let mine = share(channels, part, parts)
      inputs.withUnsafeBufferPointer { inputs in
        outputs.withUnsafeBufferPointer { outputs in
          guard let inputs = inputs.baseAddress, let outputs = outputs.baseAddress else { return }
          table.depthwise(
            memory[weights] + mine.lowerBound * taps, bias.map { UnsafePointer(memory[$0] + mine.lowerBound) },
            memory[x], inputs + mine.lowerBound, memory[out], outputs + mine.lowerBound, mine.count, &window,
            memory.scratch, activation)
        }
      }
    }
  }

  mutating func transposedConvolution(_ step: Program.Step, _ convolution: Convolution) -> PlannedStep.Run {
    let (input, output) = (shape(step.inputs[0]), shape(step.output))
    let groups = convolution.groups
    let (channels, rows) = (input[1] / groups, output[1] / groups)
    let taps = convolution.kernel.height * convolution.kernel.width
    let pixels = input[2] * input[3]
    // A few output channels at a time: their taps' products with all input pixels, then added up where they fall.
    let block = min(rows, 8)
    let blocks = (rows + block - 1) / block
    let packed = (0..<groups * blocks).map { unit in
      let (group, first) = (unit / blocks, unit % blocks * block)
      let count = min(block, rows - first) * taps
      let weights = (0..<count).flatMap { row in
        (0..<channels).map { step.weights[0][(group * channels + $0) * rows * taps + first * taps + row] }
      }
      return store(kernels.pack(weights[...], rows: count, columns: channels))
    }
    needScratch(block * taps * pixels)
    // The window of the convolution whose transpose this is.
    let window = pose_window(convolution, input: output, output: input)
    let (x, out) = (address(step.inputs[0]), address(step.output))
    let bias = store(step.weights.count > 1 ? step.weights[1] : [], if: step.weights.count > 1)
    let (table, activation) = (kernels.table, step.activation.kernel)
    let area = output[2] * output[3]
    return { memory, part, parts in
      var window = window
      for unit in share(groups * blocks, part, parts) {
        let (group, first) = (unit / blocks, unit % blocks * block)
        let count = min(block, rows - first)
        table.gemm(
          memory[packed[unit]], nil, memory[x] + group * channels * pixels, pixels, memory.scratch, pixels, channels, 0,
          count * taps, 0, pixels, POSE_IDENTITY)
        let channel = group * rows + first
        let out = memory[out] + channel * area
        pose_col2im(memory.scratch, count, &window, bias.map { UnsafePointer(memory[$0] + channel) }, out)
        if activation != POSE_IDENTITY { table.unary(out, out, count * area, activation) }
      }
    }
  }

  /// As many pixels at a time as keep the columns in half of a small L2 cache.
  private func columnBlock(depth: Int, pixels: Int) -> Int {
    min(max(65536 / max(depth, 1) / 48 * 48, 48), max(pixels, 1))
  }
}

/// Where planes that follow each other start.
func planes(_ count: Int, area: Int) -> [Int32] { (0..<count).map { Int32($0 * area) } }

extension pose_window {
  init(_ convolution: Convolution, input: [Int], output: [Int]) {
    self.init(
      in_height: input[2], in_width: input[3], out_height: output[2], out_width: output[3],
      kernel_height: convolution.kernel.height, kernel_width: convolution.kernel.width,
      stride_height: convolution.stride.height, stride_width: convolution.stride.width,
      pad_height: convolution.padding.height, pad_width: convolution.padding.width,
      dilation_height: convolution.dilation.height, dilation_width: convolution.dilation.width)
  }
}
