import Foundation
import PoseConfiguration
import PoseFormats
import PoseGraph
import TrainingTestSupport

@testable import PoseTorch

/// What training Lite-HRNet-18 with the published code gave.
struct TrainingGolden: Sendable {
  struct Rates: Decodable {
    let itersPerEpoch: Int
    let iterToLr: [String: Double]
  }
  struct Run: Decodable {
    let loss: [Double]
    let gradTotalNorm: Double
  }
  struct Variant: Decodable { let f64: Run }
  struct ParameterNorms: Decodable {
    let name: String
    let gradNorm: Double
    let w1Norm: Double
    let w5Norm: Double
  }
  struct Contents: Decodable {
    let f64: Run
    let variants: [String: Variant]
    let lrSchedule: Rates
    let lrUsedInSteps: [Double]
    let perParam: [ParameterNorms]
  }

  let contents: Contents
  let arrays: NumpyArchive
  var schedule: Rates { contents.lrSchedule }

  init() throws {
    let path = try SharedData.path("golden/train/litehrnet18_train.json")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    contents = try decoder.decode(Contents.self, from: Data(contentsOf: URL(filePath: path)))
    arrays = try SharedData.arrays("golden/train/litehrnet18_train.npz")
  }

  /// What a network learns from in a step, of its type and where it is.
  func batch(
    _ step: Int, for network: TrainableNetwork
  ) throws -> (image: TorchTensor, target: TorchTensor, weights: TorchTensor) {
    let name = step % 2
    func placed(_ tensor: Tensor) throws -> TorchTensor {
      try TorchTensor(tensor, device: network.device).to(network.type)
    }
    return (
      try placed(WeightRecipe.input(shape: [4, 3, 256, 192], name: "train_img\(name)")),
      try placed(arrays.tensor("target\(name)")), try placed(arrays.tensor("target_weight\(name)"))
    )
  }
}
