import PoseFormats
import PoseGraph
import Testing
import TrainingTestSupport

@testable import PoseTorch

/// MoveNet's losses, against the published code's values.
@Suite struct MoveNetLossTests {
  static let heads = [("heatmaps", 17), ("centers", 1), ("regs", 34), ("offsets", 34)]

  /// The outputs for three samples, and their targets.
  static func maps(_ golden: NumpyArchive) throws -> (outputs: [TorchTensor], targets: [TorchTensor]) {
    let area = 48 * 48
    var (outputs, targets): ([TorchTensor], [TorchTensor]) = ([], [])
    let samples = try (0..<3).map { number in
      var values = [Float](repeating: 0, count: (5 * 17 + 1) * area)
      let known = try zip(golden.tensor("\(number).index").floats, golden.tensor("\(number).value").floats)
      for (index, value) in known { values[Int(index)] = value }
      return values
    }
    var start = 0
    for (name, channels) in heads {
      let shape = [3, channels, 48, 48]
      let numbers = try WeightRecipe.input(shape: shape, name: "movenet.\(name)").floats.map { number -> Float in
        switch name {
        case "regs": number * 10
        case "offsets": number / 2
        default: number.magnitude / 2
        }
      }
      let output = try TorchTensor(numbers, shape)
      try output.setRequiresGradient(true)
      outputs.append(output)
      let end = start + channels * area
      targets.append(try TorchTensor(samples.flatMap { $0[start..<end] }, shape))
      start = end
    }
    return (outputs, targets)
  }

  /// 1 for labelled joints, and 0 for others.
  static func weights(_ golden: NumpyArchive) throws -> TorchTensor {
    let numbers = try (0..<3).flatMap { number in
      let person = try golden.tensor("\(number).people").floats
      return (0..<17).map { min(person[4 + 3 * $0 + 2], 1) }
    }
    return try TorchTensor(numbers, [3, 17, 1])
  }

  @Test("MoveNet's losses and their gradients are the published ones")
  func published() throws {
    let golden = try SharedData.ownArrays("movenet.npz")
    let (outputs, targets) = try Self.maps(golden)
    let loss = try MoveNetLoss()(outputs, targets, weights: Self.weights(golden))
    let expected = try #require(try golden.tensor("losses").floats.last)
    #expect(try abs(loss.item() - Double(expected)) < 1e-4 * Double(expected))
    try loss.backward()
    for (output, name) in zip(outputs, Self.heads.map(\.0)) {
      let gradient = try #require(output.gradient).floats()
      if let dense = try? golden.tensor("grad.\(name)") {
        let every = stride(from: 0, to: gradient.count, by: 97).map { gradient[$0] }
        #expect(worstDifference(every, dense.floats) < 1e-4)
      } else {
        var all = [Float](repeating: 0, count: gradient.count)
        let known = try zip(golden.tensor("grad.\(name).index").floats, golden.tensor("grad.\(name).value").floats)
        for (index, value) in known { all[Int(index)] = value }
        #expect(worstDifference(gradient, all) < 1e-6)
      }
    }
  }

  @Test("outputs that are right cost nothing, and their gradients are numbers")
  func perfect() throws {
    let golden = try SharedData.ownArrays("movenet.npz")
    let targets = try Self.maps(golden).targets
    var outputs: [TorchTensor] = []
    for target in targets {
      let output = try ATen.clone(target)
      try output.setRequiresGradient(true)
      outputs.append(output)
    }
    let loss = try MoveNetLoss()(outputs, targets, weights: nil)
    #expect(try loss.item() < 1e-5)
    try loss.backward()
    for output in outputs {
      let gradient = try #require(output.gradient)
      #expect(try gradient.floats().allSatisfy(\.isFinite))
    }
    #expect(throws: LibTorchError.self) { try MoveNetLoss()(outputs.reversed(), targets, weights: nil) }
  }
}
