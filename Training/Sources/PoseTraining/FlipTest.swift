import PoseCodecs
import PoseCore
import PoseEstimation
import PoseExperiments
import PoseGraph

/// Averages a network's outputs for pictures with those for their mirror images, as the network's decoder does it.
struct FlipTest: Sendable {
  private let decoder: any KeypointDecoder
  private let pairs: [Skeleton.Pair]
  private let isShifted: Bool
  private let input: Size

  /// - Throws: `TrainingError` where the model's outputs are no joints of one person, and what reading its skeleton throws.
  init(_ model: Model) throws {
    let configuration = model.configuration
    guard let decoder = configuration.codec.decoder as? any KeypointDecoder else {
      throw TrainingError.configuration(
        name: configuration.name,
        reason: "its outputs cannot be averaged with those of mirrored pictures: --set train.teacher.flip=false")
    }
    self.decoder = decoder
    pairs = try configuration.skeleton().flipPairs
    isShifted = configuration.test.shiftsHeatmap
    let shape = model.graph.shape(of: model.graph.inputs[0].value)
    input = Size(height: shape[2], width: shape[3])
  }

  /// - Parameters:
  ///   - outputs: those for the pictures, each `N x ...`.
  ///   - mirrored: those for the mirrored pictures, of the same shapes.
  func merged(
    _ outputs: [(name: String, tensor: Tensor)], _ mirrored: [(name: String, tensor: Tensor)]
  ) throws(TensorError) -> [(name: String, tensor: Tensor)] {
    let batch = outputs.first?.tensor.shape[0] ?? 0
    let (own, other) = (outputs.map(\.tensor.floats), mirrored.map(\.tensor.floats))
    var merged = outputs.map { _ in [Float]() }
    for sample in 0..<batch {
      func sampled(_ values: [[Float]]) -> Outputs {
        var result = Outputs()
        for (output, values) in zip(outputs, values) {
          let size = values.count / batch
          result[output.name] = OutputTensor(
            shape: Array(output.tensor.shape.dropFirst()), values: Array(values[sample * size..<(sample + 1) * size]))
        }
        return result
      }
      let mean = decoder.merged(
        sampled(own), withMirrored: sampled(other), pairs, isShifted: isShifted, input: input)
      for (index, output) in outputs.enumerated() {
        // Of outputs that the decoder does not read there is no mean: they stay those for the picture.
        let size = own[index].count / batch
        merged[index] += mean[output.name]?.values ?? Array(own[index][sample * size..<(sample + 1) * size])
      }
    }
    return try zip(outputs, merged).map { output, values throws(TensorError) in
      (output.name, try Tensor(shape: output.tensor.shape, values))
    }
  }
}

extension Tensor {
  /// Pictures `N x C x H x W` with left and right exchanged.
  var mirrored: Tensor {
    get throws(TensorError) {
      var values = floats
      let width = shape.last ?? 0
      for start in stride(from: 0, to: values.count, by: max(width, 1)) {
        values[start..<start + width].reverse()
      }
      return try Tensor(shape: shape, values)
    }
  }
}
