import Foundation
import PoseFormats
import PoseGraph
import PoseModels
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

  func batch(_ step: Int, type: TorchType) throws -> (image: TorchTensor, target: TorchTensor, weights: TorchTensor) {
    let name = step % 2
    let image = try WeightRecipe.input(shape: [4, 3, 256, 192], name: "train_img\(name)")
    return (
      try TorchTensor(image).to(type), try TorchTensor(arrays.tensor("target\(name)")).to(type),
      try TorchTensor(arrays.tensor("target_weight\(name)")).to(type)
    )
  }
}
