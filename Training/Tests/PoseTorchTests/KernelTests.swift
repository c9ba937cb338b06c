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
