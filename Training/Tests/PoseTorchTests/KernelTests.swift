import CTorch
import PoseGraph
import Testing
import TrainingTestSupport

@testable import PoseTorch

/// Our own layers against LibTorch's in double precision.
struct KernelTests {
  @Test(
    "depthwise convolutions and their gradients",
    arguments: [(1, 9, 7), (1, 64, 48), (2, 64, 48), (2, 9, 7), (2, 1, 1), (1, 1, 5), (2, 16, 13)])
  func depthwise(_ stride: Int, _ height: Int, _ width: Int) throws {
    let x = try WeightRecipe.input(shape: [2, 5, height, width], name: "x")
    let weight = try WeightRecipe.input(shape: [5, 1, 3, 3], name: "w")
    let bias = try WeightRecipe.input(shape: [5], name: "b")
    try expectEqual([x, weight, bias]) { tensors throws(LibTorchError) in
      try ATen.conv2d(
        tensors[0], tensors[1], tensors[2], stride: [stride, stride], padding: [1, 1], dilation: [1, 1], groups: 5)
    } ours: { tensors throws(LibTorchError) in
      try TorchTensor(
        taking: torch_depthwise3x3(tensors[0].handle, tensors[1].handle, tensors[2].handle, stride), "depthwise")
    }
  }

  @Test(
    "batch norms, their gradients and their statistics", arguments: [false, true], [[2, 5, 9, 7], [4, 3, 32, 24]])
  func batchNorm(_ relu: Bool, _ shape: [Int]) throws {
    // Far from zero, where squares cancel.
    let scalars = try WeightRecipe.input(shape: shape, name: "x").floats.map { $0 + 30 }
    let x = try Tensor(shape: shape, scalars)
    let weight = try WeightRecipe.input(shape: [shape[1]], name: "w")
    let bias = try WeightRecipe.input(shape: [shape[1]], name: "b")
    let statistics = try (0..<2).map { _ in
      [try TorchTensor.full([shape[1]], 0.5), try TorchTensor.full([shape[1]], 2)]
    }
    try expectEqual([x, weight, bias]) { tensors throws(LibTorchError) in
      let running = [try statistics[0][0].to(.float64), try statistics[0][1].to(.float64)]
      let y = try ATen.batch_norm(
        tensors[0], tensors[1], tensors[2], running[0], running[1], training: true, momentum: 0.19, epsilon: 1e-5,
        cudnn: true)
      for (target, source) in zip(statistics[0], running) { try ATen.copyInPlace(target, source, nonBlocking: false) }
      return relu ? try ATen.relu(y) : y
    } ours: { tensors throws(LibTorchError) in
      try TorchTensor(
        taking: torch_batch_norm_relu(
          tensors[0].handle, tensors[1].handle, tensors[2].handle, statistics[1][0].handle, statistics[1][1].handle,
          0.19, 1e-5, relu), "batch norm")
    }
    for (ours, theirs) in zip(statistics[1], statistics[0]) {
      #expect(worstDifference(try ours.floats(), try theirs.floats()) < 1e-6)
    }
  }

  @Test("images times gates", arguments: [[1, 1], [4, 3], [8, 6], [16, 12]])
  func gates(_ size: [Int]) throws {
    let x = try WeightRecipe.input(shape: [2, 5, 16, 12], name: "x")
    let gates = try WeightRecipe.input(shape: [2, 5] + size, name: "gates")
    try expectEqual([x, gates]) { tensors throws(LibTorchError) in
      try ATen.mul(tensors[0], ATen.upsample_nearest2d(tensors[1], size: [16, 12], scales: nil))
    } ours: { tensors throws(LibTorchError) in
      try TorchTensor(taking: torch_gate(tensors[0].handle, tensors[1].handle), "gate")
    }
  }

  @Test(
    "depthwise convolutions with the norms that follow",
    arguments: [(1, 9, 7), (1, 64, 48), (2, 64, 48), (2, 9, 7), (1, 1, 13), (2, 16, 13)],
    [(1, false), (3, true)])
  func depthwiseNorm(_ size: (stride: Int, height: Int, width: Int), _ variant: (images: Int, relu: Bool)) throws {
    let (stride, relu) = (size.stride, variant.relu)
    let x = try WeightRecipe.input(shape: [variant.images, 8, size.height, size.width], name: "x")
    let weight = try WeightRecipe.input(shape: [5, 1, 3, 3], name: "w")
    let scale = try WeightRecipe.input(shape: [5], name: "scale")
    let bias = try WeightRecipe.input(shape: [5], name: "b")
    let statistics = try (0..<2).map { _ in [try TorchTensor.full([5], 0.5), try TorchTensor.full([5], 2)] }
    try expectEqual([x, weight, scale, bias]) { tensors throws(LibTorchError) in
      let running = [try statistics[0][0].to(.float64), try statistics[0][1].to(.float64)]
      let y = try ATen.conv2d(
        ATen.slice(tensors[0], axis: 1, start: 2, end: 7, step: 1), tensors[1], nil, stride: [stride, stride],
        padding: [1, 1], dilation: [1, 1], groups: 5)
      let z = try ATen.batch_norm(
        y, tensors[2], tensors[3], running[0], running[1], training: true, momentum: 0.19, epsilon: 1e-5, cudnn: true)
      for (target, source) in zip(statistics[0], running) { try ATen.copyInPlace(target, source, nonBlocking: false) }
      return relu ? try ATen.relu(z) : z
    } ours: { tensors throws(LibTorchError) in
      // Some channels of an image, where they lie.
      let part = try ATen.slice(tensors[0], axis: 1, start: 2, end: 7, step: 1)
      #expect(torch_can_depthwise3x3_norm(part.handle, stride))
      return try TorchTensor(
        taking: torch_depthwise3x3_norm(
          part.handle, tensors[1].handle, stride, tensors[2].handle, tensors[3].handle, statistics[1][0].handle,
          statistics[1][1].handle, 0.19, 1e-5, relu), "depthwise and norm")
    }
    for (ours, theirs) in zip(statistics[1], statistics[0]) {
      #expect(worstDifference(try ours.floats(), try theirs.floats()) < 1e-6)
    }
  }

  @Test("no norm is joined where a channel has one value, nor in double precision")
  func refusesNorm() throws {
    #expect(try !TorchTensor.full([1, 4, 2, 2], 1).with { torch_can_depthwise3x3_norm($0, 2) })
    #expect(try TorchTensor.full([2, 4, 2, 2], 1).with { torch_can_depthwise3x3_norm($0, 2) })
    #expect(try !TorchTensor.full([2, 4, 2, 2], 1).to(.float64).with { torch_can_depthwise3x3_norm($0, 1) })
  }

  @Test("1x1 convolutions", arguments: [[1, 5, 9, 7], [3, 5, 1, 1], [2, 40, 4, 3], [2, 5, 32, 24]], [false, true])
  func pointwise(_ shape: [Int], _ hasBias: Bool) throws {
    let x = try WeightRecipe.input(shape: shape, name: "x")
    let weight = try WeightRecipe.input(shape: [30, shape[1] - 2, 1, 1], name: "w")
    let bias = try WeightRecipe.input(shape: [30], name: "b")
    try expectEqual(hasBias ? [x, weight, bias] : [x, weight]) { tensors throws(LibTorchError) in
      try ATen.conv2d(
        ATen.slice(tensors[0], axis: 1, start: 2, end: nil, step: 1), tensors[1], hasBias ? tensors[2] : nil,
        stride: [1, 1], padding: [0, 0], dilation: [1, 1], groups: 1)
    } ours: { tensors throws(LibTorchError) in
      let part = try ATen.slice(tensors[0], axis: 1, start: 2, end: nil, step: 1)
      return try TorchTensor(
        taking: torch_pointwise(part.handle, tensors[1].handle, hasBias ? tensors[2].handle : nil), "pointwise")
    }
  }

  @Test("channels dealt out from several images, in parts", arguments: [2, 3], [1, 2, 3])
  func shuffle(_ groups: Int, _ count: Int) throws {
    let images = try (0..<groups).map { try WeightRecipe.input(shape: [2, 6, 5, 3], name: "\($0)") }
    try expectEqual(images) { tensors throws(LibTorchError) in
      let whole = try ATen.reshape(ATen.stack(tensors, axis: 2), shape: [2, -1, 5, 3])
      let sizes = [Int](repeating: 6 * groups / count, count: count)
      return try ATen.cat(ATen.split_with_sizes(whole, sizes: sizes, axis: 1).reversed(), axis: 1)
    } ours: { tensors throws(LibTorchError) in
      let parts = try withHandles(tensors) { handles throws(LibTorchError) in
        try TorchTensor.list("shuffle") { torch_shuffle(handles, tensors.count, count, $0, $1) }
      }
      #expect(parts.count == count)
      return try ATen.cat(parts.reversed(), axis: 1)
    }
  }

  @Test("means of blocks", arguments: [[1, 1], [4, 3], [8, 6], [16, 12]])
  func blockMeans(_ size: [Int]) throws {
    let x = try WeightRecipe.input(shape: [2, 5, 16, 12], name: "x")
    try expectEqual([x]) { tensors throws(LibTorchError) in
      try ATen.adaptive_avg_pool2d(tensors[0], size: size)
    } ours: { tensors throws(LibTorchError) in
      try TorchTensor(taking: torch_block_means(tensors[0].handle, size[0], size[1]), "means")
    }
  }

  @Test("sums of images, some enlarged", arguments: [false, true], [[0, 1, 2], [2, 0], [1, 2, 0], [0]])
  func sums(_ relu: Bool, _ order: [Int]) throws {
    let sizes = [[16, 12], [8, 6], [4, 3]]
    let factors: [Double] = [2, 1, 1]
    let images = try order.map { try WeightRecipe.input(shape: [2, 5] + sizes[$0], name: "\($0)") }
    try expectEqual(images) { tensors throws(LibTorchError) in
      var sum = try TorchTensor.full([2, 5, 16, 12], 0).to(.float64)
      for (index, tensor) in zip(order, tensors) {
        sum = try ATen.add(sum, ATen.upsample_nearest2d(tensor, size: [16, 12], scales: nil), alpha: factors[index])
      }
      return relu ? try ATen.relu(sum) : sum
    } ours: { tensors throws(LibTorchError) in
      try withHandles(tensors) { handles throws(LibTorchError) in
        #expect(torch_can_sum(handles, tensors.count, 16, 12))
        return try TorchTensor(
          taking: torch_sum_images(handles, order.map { factors[$0] }, tensors.count, 16, 12, relu), "sum")
      }
    }
  }

  /// The result, and the gradients of the inputs for a gradient that differs everywhere.
  private func expectEqual(
    _ inputs: [Tensor], _ theirs: ([TorchTensor]) throws(LibTorchError) -> TorchTensor,
    ours: ([TorchTensor]) throws(LibTorchError) -> TorchTensor
  ) throws {
    func run(
      _ type: TorchType, _ body: ([TorchTensor]) throws(LibTorchError) -> TorchTensor
    ) throws -> [[Float]] {
      var tensors: [TorchTensor] = []
      for input in inputs {
        let tensor = try TorchTensor(input).to(type)
        try tensor.setRequiresGradient(true)
        tensors.append(tensor)
      }
      let result = try body(tensors)
      let gradient = try TorchTensor(WeightRecipe.input(shape: result.shape, name: "gradient")).to(type)
      try ATen.sum(ATen.mul(result, gradient), type: nil).backward()
      var all = [try result.floats()]
      for tensor in tensors { all.append(try #require(tensor.gradient).floats()) }
      return all
    }
    for (ours, theirs) in zip(try run(.float32, ours), try run(.float64, theirs)) {
      // Deviations of a value near 30 carry its rounding, 1e-6.
      #expect(worstDifference(ours, theirs) < 1e-5)
    }
  }
}
