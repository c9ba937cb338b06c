// swift-tools-version: 6.3
import PackageDescription

// Debian's package asks for a macro that SwiftPM refuses; its headers need no path.
#if os(macOS)
  let simdjsonPackage: String? = "simdjson"
#else
  let simdjsonPackage: String? = nil
#endif

// System libraries come from Debian's -dev packages (`make setup` installs them) or from Homebrew.
let systemLibraries: [Target] = [
  .systemLibrary(
    name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
  .systemLibrary(
    name: "CJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg-dev"]), .brew(["jpeg-turbo"])]),
  .systemLibrary(
    name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
  .systemLibrary(
    name: "CSimdjson", pkgConfig: simdjsonPackage, providers: [.apt(["libsimdjson-dev"]), .brew(["simdjson"])]),
  .systemLibrary(
    name: "CCairo", pkgConfig: "cairo", providers: [.apt(["libcairo2-dev"]), .brew(["cairo"])]),
]

let package = Package(
  name: "swift-pose",
  platforms: [.macOS(.v15), .iOS(.v18)],
  products: [
    .library(name: "PoseEstimation", targets: ["PoseEstimation"]),
    .library(name: "PoseCore", targets: ["PoseCore"]),
    .library(name: "PoseGraph", targets: ["PoseGraph"]),
    .library(name: "PoseFormats", targets: ["PoseFormats"]),
    .library(name: "PoseCodecs", targets: ["PoseCodecs"]),
    .library(name: "PoseModels", targets: ["PoseModels"]),
    .library(name: "PoseEngine", targets: ["PoseEngine"]),
    .library(name: "PoseData", targets: ["PoseData"]),
    .library(name: "PoseMetrics", targets: ["PoseMetrics"]),
    .library(name: "PoseMedia", targets: ["PoseMedia"]),
    .library(name: "PoseEvaluation", targets: ["PoseEvaluation"]),
    .executable(name: "pose", targets: ["pose"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: systemLibraries + [
    // Floor 0: the hot loops.
    .target(name: "CPoseKernels"),
    .target(name: "CPosePixels"),
    .target(
      name: "CJSON", dependencies: ["CSimdjson"],
      cxxSettings: [.define("SIMDJSON_THREADS_ENABLED", to: "1")], linkerSettings: [.linkedLibrary("simdjson")]),
    // Floor 1: what a pose is, and the network as a value.
    .target(name: "PoseCore", dependencies: ["CPosePixels"]),
    .target(name: "PoseGraph"),
    // Floor 2: files, codecs, and the zoo.
    .target(
      name: "PoseFormats",
      dependencies: [
        "PoseCore", "PoseGraph", "CZlib", .product(name: "SwiftProtobuf", package: "swift-protobuf"),
        // simdjson is a library of the system, which iOS does not have.
        .target(name: "CJSON", condition: .when(platforms: [.linux, .macOS])),
      ],
      exclude: ["ONNX/Generated/onnx.proto"]),
    .target(name: "PoseCodecs", dependencies: ["PoseCore"]),
    .target(
      name: "PoseModels", dependencies: ["PoseCore", "PoseGraph", "PoseCodecs", "Yams"],
      plugins: ["EmbedConfigurations"]),
    // The files of configs/ become part of PoseModels.
    .executableTarget(name: "embed-configurations", path: "Sources/EmbedConfigurations"),
    .plugin(name: "EmbedConfigurations", capability: .buildTool(), dependencies: ["embed-configurations"]),
    // The weights of Models/ that become part of PoseEstimation.
    .target(name: "CDefaultModel"),
    // Floor 3: the CPU executor, and pictures.
    .target(name: "PoseEngine", dependencies: ["PoseGraph", "CPoseKernels"]),
    .target(name: "CPoseJPEG", dependencies: ["CJPEG"]),
    .target(
      name: "PoseMedia", dependencies: ["PoseCore", "PoseFormats", "CPoseJPEG", "CPNG", "CCairo"]),
    // Floor 4: datasets and what a network learns from them, and how good poses are.
    .target(name: "PoseData", dependencies: ["PoseCore", "PoseCodecs", "PoseFormats", "PoseMedia"]),
    .target(name: "PoseMetrics", dependencies: ["PoseCore", "PoseFormats"]),
    // Floor 5: the thing users import, and what it is worth on a dataset.
    .target(
      name: "PoseEstimation",
      dependencies: [
        "PoseCore", "PoseGraph", "PoseFormats", "PoseCodecs", "PoseModels", "PoseEngine", "CDefaultModel",
        // Pictures go through C libraries that iOS does not have; there an app brings its own RGB memory.
        .target(name: "PoseMedia", condition: .when(platforms: [.linux, .macOS])),
      ]),
    .target(
      name: "PoseEvaluation",
      dependencies: ["PoseCore", "PoseFormats", "PoseCodecs", "PoseData", "PoseMetrics", "PoseMedia", "PoseEstimation"]
    ),
    // Floor 6: the command.
    .executableTarget(
      name: "pose",
      dependencies: [
        "PoseEstimation", "PoseData", "PoseMetrics", "PoseEvaluation",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    .target(
      name: "TestSupport", dependencies: ["PoseCore", "PoseGraph", "PoseFormats"], path: "Tests/TestSupport"),
    .testTarget(name: "PoseCoreTests", dependencies: ["PoseCore", "PoseMedia", "PoseFormats", "TestSupport"]),
    .target(name: "CHeapCount", path: "Tests/CHeapCount"),
    .testTarget(name: "PoseGraphTests", dependencies: ["PoseGraph", "PoseFormats", "TestSupport"]),
    .testTarget(
      name: "PoseFormatsTests",
      dependencies: [
        "PoseFormats", "CZlib", "PoseModels", "PoseEngine", "TestSupport",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ]),
    .testTarget(name: "PoseCodecsTests", dependencies: ["PoseCodecs", "PoseFormats", "TestSupport"]),
    .testTarget(name: "PoseModelsTests", dependencies: ["PoseModels", "TestSupport"]),
    .testTarget(
      name: "PoseEngineTests",
      dependencies: [
        "PoseEngine", "PoseModels", "PoseFormats", "CPoseKernels", "CHeapCount", "TestSupport",
      ]),
    .testTarget(
      name: "PoseMetricsTests", dependencies: ["PoseMetrics", "PoseCodecs", "PoseFormats", "PoseGraph", "TestSupport"]),
    .testTarget(name: "PoseMediaTests", dependencies: ["PoseMedia", "CPoseJPEG", "TestSupport"]),
    .testTarget(name: "PoseDataTests", dependencies: ["PoseData", "PoseFormats", "PoseMedia", "TestSupport"]),
    .testTarget(name: "PoseEstimationTests", dependencies: ["PoseEstimation", "TestSupport"]),
    .testTarget(
      name: "PoseEvaluationTests",
      dependencies: ["PoseEvaluation", "PoseData", "PoseMetrics", "PoseFormats", "TestSupport"]),
    .testTarget(
      name: "PoseCommandTests",
      dependencies: ["pose", "PoseCore", "PoseMedia", "PoseFormats", "PoseGraph", "TestSupport"]),
  ],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx17
)
