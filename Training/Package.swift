// swift-tools-version: 6.3
import Foundation
import PackageDescription

// Training links LibTorch, which takes flags that SwiftPM forbids in a dependency: so this is a package of its own. A
// libtorch.pc would not spare them: of pkg-config's flags SwiftPM takes -I, -L and -l, and drops -isystem,
// -fno-strict-aliasing and the rpath.
// LibTorch is the folder that LIBTORCH names, else what `make libtorch` fetched.
let libtorch = Context.environment["LIBTORCH"] ?? Context.packageDirectory + "/../.deps/libtorch/torch"
let hasLibTorch = FileManager.default.fileExists(atPath: libtorch + "/include/ATen/ATen.h")

// Processes on GPUs talk by Gloo, or by NCCL where NCCL_HEADERS names the folders of its and of CUDA's headers, with
// colons between them, and LibTorch has CUDA.
let ncclHeaders = Context.environment["NCCL_HEADERS"]?.split(separator: ":").map(String.init) ?? []
let nccl: (settings: [CXXSetting], libraries: [LinkerSetting]) =
  ncclHeaders.isEmpty
  ? ([], [])
  : (
    [.define("USE_C10D_NCCL"), .unsafeFlags(ncclHeaders.flatMap { ["-isystem", $0] })],
    [.linkedLibrary("torch_cuda"), .linkedLibrary("c10_cuda")]
  )

let torchTargets: [Target] = [
  // Floor 0: LibTorch behind plain C.
  .target(
    name: "CTorch",
    cxxSettings: [
      .define("NDEBUG"), .define("USE_C10D_GLOO"), .headerSearchPath("Declarations"),
      .unsafeFlags([
        "-isystem", libtorch + "/include", "-isystem", libtorch + "/include/torch/csrc/api/include", "-O2",
        "-fno-strict-aliasing",
      ]),
    ] + nccl.settings,
    linkerSettings: [
      .unsafeFlags(["-L" + libtorch + "/lib", "-Xlinker", "-rpath", "-Xlinker", libtorch + "/lib"]),
      // Never libtorch itself: it asks for libtorch_cuda.
      .linkedLibrary("torch_cpu"), .linkedLibrary("c10"),
      .linkedLibrary("stdc++", .when(platforms: [.linux])), .linkedLibrary("m", .when(platforms: [.linux])),
    ] + nccl.libraries),
  // Floor 3: runs a network with gradients, and changes its weights.
  .target(
    name: "PoseTorch",
    dependencies: [
      "CTorch", .product(name: "PoseGraph", package: "swift-pose"), .product(name: "PoseCore", package: "swift-pose"),
    ]),
  // Floor 8: experiments and the loop.
  .target(
    name: "PoseTraining",
    dependencies: [
      "PoseTorch", .product(name: "PoseGraph", package: "swift-pose"),
      .product(name: "PoseCore", package: "swift-pose"), .product(name: "PoseImage", package: "swift-pose"),
      .product(name: "PoseCodecs", package: "swift-pose"),
      .product(name: "PoseFormats", package: "swift-pose"), .product(name: "PoseConfiguration", package: "swift-pose"),
      .product(name: "PoseMedia", package: "swift-pose"), .product(name: "PoseData", package: "swift-pose"),
      .product(name: "PoseMetrics", package: "swift-pose"), .product(name: "PoseEstimation", package: "swift-pose"),
      .product(name: "PoseEvaluation", package: "swift-pose"), .product(name: "PoseEngine", package: "swift-pose"),
      .product(name: "PoseExperiments", package: "swift-pose"),
    ]),
  // Floor 9: `pose train` hands over to it.
  .executableTarget(
    name: "pose-train",
    dependencies: [
      "PoseTraining", .product(name: "PoseEngine", package: "swift-pose"),
      .product(name: "PoseExperiments", package: "swift-pose"), .product(name: "PoseData", package: "swift-pose"),
      .product(name: "ArgumentParser", package: "swift-argument-parser"),
    ]),
  // One side of Benchmarks/training.py and of Benchmarks/compare_training.py.
  .executableTarget(
    name: "bench-training",
    dependencies: [
      "PoseTorch", "PoseTraining", .product(name: "PoseConfiguration", package: "swift-pose"),
      .product(name: "PoseData", package: "swift-pose"),
    ]),
  .target(
    name: "TrainingTestSupport",
    dependencies: [
      .product(name: "PoseCore", package: "swift-pose"), .product(name: "PoseGraph", package: "swift-pose"),
      .product(name: "PoseFormats", package: "swift-pose"), .product(name: "PoseConfiguration", package: "swift-pose"),
    ], path: "Tests/TestSupport"),
  .testTarget(
    name: "PoseTorchTests",
    dependencies: [
      "PoseTorch", "CTorch", "TrainingTestSupport", .product(name: "PoseGraph", package: "swift-pose"),
      .product(name: "PoseConfiguration", package: "swift-pose"), .product(name: "PoseEngine", package: "swift-pose"),
      .product(name: "PoseFormats", package: "swift-pose"), "process-probe",
    ],
    exclude: ["PublishedGradients", "PublishedDetection"]),
  // One of several processes that tests start.
  .executableTarget(
    name: "process-probe",
    dependencies: [
      "PoseTorch", .product(name: "PoseGraph", package: "swift-pose"),
      .product(name: "PoseConfiguration", package: "swift-pose"), .product(name: "PoseFormats", package: "swift-pose"),
    ],
    path: "Tests/ProcessProbe"),
  .testTarget(
    name: "PoseTrainingTests",
    dependencies: [
      "PoseTraining", "TrainingTestSupport", "pose-train", .product(name: "PoseFormats", package: "swift-pose"),
      .product(name: "PoseExperiments", package: "swift-pose"), .product(name: "PoseData", package: "swift-pose"),
      .product(name: "PoseMedia", package: "swift-pose"), .product(name: "PoseMetrics", package: "swift-pose"),
    ]),
]

let package = Package(
  name: "Training",
  platforms: [.macOS(.v15)],
  products: hasLibTorch
    ? [
      .library(name: "PoseTorch", targets: ["PoseTorch"]), .library(name: "PoseTraining", targets: ["PoseTraining"]),
      .executable(name: "pose-train", targets: ["pose-train"]),
    ] : [],
  dependencies: [
    .package(name: "swift-pose", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
  ],
  targets: hasLibTorch ? torchTargets : [.testTarget(name: "WithoutLibTorchTests")],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx20
)
