import Foundation
import PoseFormats
import PoseGraph
import PoseModels

@testable import PoseTorch

/// What training Lite-HRNet-18 with the published code gave.
struct TrainingGolden: Sendable {
  struct Rates: Decodable {
    let iters_per_epoch: Int
    let iter_to_lr: [String: Double]
  }
  struct Run: Decodable {
    let loss: [Double]
    let grad_total_norm: Double
  }
  struct Variant: Decodable { let f64: Run }
  struct ParameterNorms: Decodable {
    let name: String
    let grad_norm: Double
    let grad_relerr_f32: Double
    let w1_norm: Double
    let w5_norm: Double
    let w5_relerr_f32: Double
  }
  struct Contents: Decodable {
    let f64: Run
    let variants: [String: Variant]
    let lr_schedule: Rates
    let lr_used_in_steps: [Double]
    let per_param: [ParameterNorms]
  }

  let contents: Contents
  let arrays: NumpyArchive
  var schedule: Rates { contents.lr_schedule }

  init() throws {
    let path = try SharedData.path("golden/train/litehrnet18_train.json")
    contents = try JSONDecoder().decode(Contents.self, from: Data(contentsOf: URL(filePath: path)))
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
