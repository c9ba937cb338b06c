import PoseFormats
import PoseGraph
import Testing
import TrainingTestSupport

@testable import PoseTorch

/// Losses against the published code's values.
@Suite(.needsSharedData)
struct LossTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let golden: String
    let inputs: [String]
    let loss: @Sendable () throws -> any Loss
    var hasGradient = false
    var testDescription: String { golden }
  }

  static let cases: [Case] = [
    .init(golden: "td.JointsMSE_tw", inputs: ["td.o", "td.t", "td.w"], loss: { JointsMSE() }, hasGradient: true),
    .init(golden: "td.JointsMSE", inputs: ["td.o", "td.t"], loss: { JointsMSE() }, hasGradient: true),
    .init(golden: "td.JointsOHKM", inputs: ["td.o", "td.t", "td.w"], loss: { JointsOHKM() }, hasGradient: true),
    .init(golden: "td.Adaptive", inputs: ["td.o", "td.t", "td.w"], loss: { AdaptiveWing() }, hasGradient: true),
    .init(golden: "td.Combined_tw", inputs: ["td.o3", "td.t3", "td.w"], loss: { CombinedTargetMSE() }),
    .init(golden: "reg.SmoothL1", inputs: ["reg.o", "reg.t", "reg.w"], loss: { CoordinateLoss(.smoothL1()) }),
    .init(golden: "reg.Wing", inputs: ["reg.o", "reg.t", "reg.w"], loss: { CoordinateLoss(.wing()) }),
    .init(golden: "reg.SoftWing", inputs: ["reg.o", "reg.t", "reg.w"], loss: { CoordinateLoss(.softWing()) }),
    .init(golden: "reg.L1", inputs: ["reg.o", "reg.t", "reg.w"], loss: { CoordinateLoss(.l1) }),
    .init(golden: "reg.MSE", inputs: ["reg.o", "reg.t", "reg.w"], loss: { CoordinateLoss(.meanSquare) }),
  ]

  @Test("losses equal the published code's, and so do their gradients", arguments: cases)
  func losses(_ lossCase: Case) throws {
    let golden = try SharedData.arrays("golden/decode/losses0.npz")
    var tensors: [TorchTensor] = []
    for name in lossCase.inputs { tensors.append(try TorchTensor(golden.tensor(name))) }
    try tensors[0].setRequiresGradient(true)
    let loss = try lossCase.loss()
    let value = try loss([tensors[0]], [tensors[1]], weights: tensors.count > 2 ? tensors[2] : nil)
    let expected = try golden.tensor(lossCase.golden)
    #expect(worstDifference(try value.floats(), expected.floats) < 1e-6)
    try value.backward()
    guard lossCase.hasGradient else { return }
    let gradient = try #require(tensors[0].gradient)
    let expectedGradient = try golden.tensor(lossCase.golden + ".grad")
    #expect(worstDifference(try gradient.floats(), expectedGradient.floats) < 2e-6)
  }

  @Test(
    "divergences of distributions equal the published code's",
    arguments: [("kl.plain", 1.0, false), ("kl.b1", 1, false), ("kl.rtm", 10, true)])
  func distributions(_ name: String, _ beta: Double, _ usesTargetSoftmax: Bool) throws {
    let golden = try SharedData.arrays("golden/decode/losses1.npz")
    func tensor(_ name: String) throws -> TorchTensor { try TorchTensor(golden.tensor(name)) }
    let loss = try SimCCLoss(beta: beta, usesTargetSoftmax: usesTargetSoftmax)(
      [tensor("px"), tensor("py")], [tensor("gx"), tensor("gy")], weights: tensor("tw"))
    #expect(worstDifference(try loss.floats(), try golden.tensor(name).floats) < 2e-6)
  }

  @Test(
    "a loss reads outputs of the target's shape, or with the deviations that it learns",
    arguments: [
      (LossPort("heatmaps"), [17, 64, 48], [17, 64, 48], true),
      (LossPort("heatmaps"), [17, 32, 24], [17, 64, 48], false),
      (LossPort("coordinates", .withDeviations), [17, 4], [17, 2], true),
      (LossPort("coordinates", .withDeviations), [17, 2], [17, 2], false),
      (LossPort("layers", for: "coordinates", .layersWithDeviations), [6, 17, 4], [17, 2], true),
      (LossPort("layers", for: "coordinates", .layersWithDeviations), [17, 4], [17, 2], false),
    ])
  func ports(_ port: LossPort, _ output: [Int], _ target: [Int], _ isRead: Bool) {
    #expect(port.reads(output, for: target) == isRead)
  }

  /// Worked out in float64 after the published code: `KLDiscretLoss` and `NMTCritierion` of leeyegy/SimCC.
  @Test(
    "divergences are averaged as SimCC's own code does",
    arguments: [(SimCCLoss.Average.all, Float(0.0019473612)), (.samples, 14.547080)])
  func averages(_ average: SimCCLoss.Average, _ expected: Float) throws {
    let golden = try SharedData.arrays("golden/decode/losses1.npz")
    func tensor(_ name: String) throws -> TorchTensor { try TorchTensor(golden.tensor(name)) }
    let loss = try SimCCLoss(average: average)(
      [tensor("px"), tensor("py")], [tensor("gx"), tensor("gy")], weights: tensor("tw"))
    #expect(worstDifference(try loss.floats(), [expected]) < 2e-6)
  }

  /// Worked out in float64 after MMPose's `SmoothL1Loss` and `JSDiscretLoss`.
  @Test("DSNT's loss equals the published code's, and maps of nothing have gradients")
  func dsnt() throws {
    let golden = try SharedData.arrays("golden/decode/losses0.npz")
    func coordinates(_ name: String) throws -> TorchTensor {
      try TorchTensor(Tensor(shape: [2, 17, 2], Array(golden.tensor(name).floats.prefix(68))))
    }
    func squares(_ tensor: Tensor) throws -> TorchTensor {
      try TorchTensor(Tensor(shape: tensor.shape, tensor.floats.map { $0 * $0 }))
    }
    let outputs = [
      try coordinates("reg.o"), try squares(WeightRecipe.input(shape: [2, 17, 16, 12], name: "maps")),
    ]
    for output in outputs { try output.setRequiresGradient(true) }
    let loss = try IntegralLoss(.divergence)(
      outputs, [coordinates("reg.t"), squares(golden.tensor("td.t"))], weights: TorchTensor(golden.tensor("td.w")))
    #expect(worstDifference(try loss.floats(), [867.64851]) < 2e-6)
    try loss.backward()
    for output in outputs { #expect(try output.gradient?.floats().allSatisfy(\.isFinite) == true) }
  }

  /// Worked out in float64 after the published code.
  @Test("Poseur's loss equals the published code's")
  func poseur() throws {
    var weights = Checkpoint()
    for flow in ["enc_flow", "dec_flow"] {
      let own = WeightRecipe.checkpoint(for: try RealNVP.graph(flow, mean: 0.5, hasPrior: false))
      for name in own.names { weights[name] = own[name] }
    }
    let loss = try PoseurLoss(weights: weights)
    func input(_ name: String, _ shape: [Int]) throws -> TorchTensor {
      try TorchTensor(WeightRecipe.input(shape: shape, name: name, amplitude: 1))
    }
    let outputs = [
      try input("coordinates", [2, 4, 4]), try input("proposal", [2, 4, 4]), try input("layers", [2, 3, 4, 4]),
    ]
    for output in outputs { try output.setRequiresGradient(true) }
    let value = try loss(
      outputs, [input("target", [2, 4, 2])],
      weights: TorchTensor(Tensor(shape: [2, 4, 1], [1, 1, 0, 1, 1, 1, 1, 0])))
    #expect(worstDifference(try value.floats(), [2476.5457]) < 2e-6)
    try value.backward()
    #expect(outputs[0].gradient == nil && outputs[1].gradient != nil && outputs[2].gradient != nil)
    #expect(loss.parameters.filter(\.isTrainable).allSatisfy { $0.tensor.gradient != nil })
  }

  @Test(
    "residual log-likelihoods equal the published code's",
    arguments: [
      ("rle.loss", ResidualLogLikelihood.Base.laplace, true), ("rle.laplace.res1", .laplace, true),
      ("rle.laplace.res0", .laplace, false), ("rle.gaussian.res1", .gaussian, true),
      ("rle.gaussian.res0", .gaussian, false),
    ])
  func residualLogLikelihood(_ name: String, _ base: ResidualLogLikelihood.Base, _ isResidual: Bool) throws {
    let golden = try SharedData.arrays("golden/decode/losses0.npz")
    let loss = try ResidualLogLikelihood(
      base: base, isResidual: isResidual,
      weights: WeightRecipe.checkpoint(for: RealNVP.graph()))
    let density = try loss.flow(TorchTensor(golden.tensor("rle.logprob_in")), isTraining: true)[0]
    #expect(worstDifference(try density.floats(), try golden.tensor("rle.logprob").floats) < 2e-6)
    let output = try TorchTensor(golden.tensor("rle.in"))
    try output.setRequiresGradient(true)
    let value = try loss(
      [output], [TorchTensor(golden.tensor("reg.t"))], weights: TorchTensor(golden.tensor("reg.w")))
    #expect(worstDifference(try value.floats(), try golden.tensor(name).floats) < 2e-6)
    try value.backward()
    #expect(output.gradient != nil)
    #expect(loss.parameters.filter(\.isTrainable).allSatisfy { $0.tensor.gradient != nil })
  }

  /// Of the published code on TensorFlow 2.21: heatmaps of 8 x 6 for an input of 32 x 24.
  @Test("PoseFix's loss equals the published code's")
  func poseFix() throws {
    let logits = try TorchTensor(WeightRecipe.input(shape: [2, 3, 8, 6], name: "logits"))
    let found: [Float] = [
      9.141745, 14.842388, 9.452538, 13.725571, 8.9511595, 14.840078, 8.827993, 13.724472, 9.117915, 12.920607,
      10.364883, 15.620346,
    ]
    let joints: [(x: Float, y: Float)] = [(5.5, 9.25), (18, 26.5), (0, 0), (12, 16), (7.75, 3.5), (17.125, 25)]
    func share(_ place: Int, _ pixels: Float) -> Float { max(0, 1 - abs(Float(place) - pixels / 4)) }
    let maps = joints.flatMap { joint in (0..<48).map { share($0 % 6, joint.x) * share($0 / 6, joint.y) } }
    func coordinates(_ pixels: [Float]) throws -> TorchTensor {
      try TorchTensor(
        Tensor(shape: [2, 3, 2], pixels.enumerated().map { $0.element / ($0.offset % 2 == 0 ? 24 : 32) }))
    }
    let outputs = [try coordinates(found), logits]
    for output in outputs { try output.setRequiresGradient(true) }
    let loss = try PoseFixLoss()(
      outputs, [coordinates(joints.flatMap { [$0.x, $0.y] }), TorchTensor(Tensor(shape: [2, 3, 8, 6], maps))],
      weights: TorchTensor(Tensor(shape: [2, 3], [1, 1, 0, 1, 1, 1])))
    #expect(worstDifference(try loss.floats(), [5.1564283]) < 1e-6)
    try loss.backward()
    #expect(outputs.allSatisfy { $0.gradient != nil })
  }

  @Test("what does not fit a loss is an error")
  func wrongShapes() throws {
    let maps = try TorchTensor.zeros([2, 4, 8, 8])
    let wrong: [() throws -> TorchTensor] = [
      { try JointsMSE()([maps, maps], [maps], weights: nil) },
      { try JointsMSE()([maps], [maps], weights: .zeros([2, 3])) },
      { try CombinedTargetMSE()([maps], [maps], weights: nil) },
      { try JointsOHKM(hardest: 9)([maps], [maps], weights: nil) },
      { try SimCCLoss()([maps], [], weights: nil) },
      { try ResidualLogLikelihood()([maps], [maps], weights: nil) },
      { try IntegralLoss(.divergence)([maps], [maps], weights: nil) },
      { try PoseurLoss()([maps, maps, maps], [maps], weights: nil) },
      { try PoseFixLoss()([maps, maps], [maps, maps], weights: nil) },
      { try PoseFixLoss()([maps], [maps], weights: nil) },
    ]
    for body in wrong { #expect(throws: LibTorchError.self) { _ = try body() } }
  }
}
