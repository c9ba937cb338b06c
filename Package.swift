// swift-tools-version: 6.3
import PackageDescription

// Debian's package asks for a macro that SwiftPM refuses; its headers need no path.
#if os(macOS)
  let simdjsonPackage: String? = "simdjson"
  let flatBuffersPackage: String? = "flatbuffers"
#else
  let simdjsonPackage: String? = nil
  let flatBuffersPackage: String? = nil
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
    name: "CWebP", pkgConfig: "libwebp", providers: [.apt(["libwebp-dev"]), .brew(["webp"])]),
  .systemLibrary(
    name: "CSimdjson", pkgConfig: simdjsonPackage, providers: [.apt(["libsimdjson-dev"]), .brew(["simdjson"])]),
  .systemLibrary(
    name: "CFlatBuffersHeaders", pkgConfig: flatBuffersPackage,
    providers: [.apt(["libflatbuffers-dev"]), .brew(["flatbuffers"])]),
  .systemLibrary(
    name: "CCairo", pkgConfig: "cairo", providers: [.apt(["libcairo2-dev"]), .brew(["cairo"])]),
]

let package = Package(
  name: "swift-pose",
  platforms: [.macOS(.v15), .iOS(.v18)],
  products: [
    .library(name: "PoseEstimation", targets: ["PoseEstimation"]),
    .library(name: "PoseCore", targets: ["PoseCore"]),
    .library(name: "PoseImage", targets: ["PoseImage"]),
    .library(name: "PoseGraph", targets: ["PoseGraph"]),
    .library(name: "PoseFormats", targets: ["PoseFormats"]),
    .library(name: "PoseCodecs", targets: ["PoseCodecs"]),
    .library(name: "PoseModels", targets: ["PoseModels"]),
    .library(name: "PoseConfiguration", targets: ["PoseConfiguration"]),
    .library(name: "PoseEngine", targets: ["PoseEngine"]),
    .library(name: "PoseData", targets: ["PoseData"]),
    .library(name: "PoseMetrics", targets: ["PoseMetrics"]),
    .library(name: "PoseTracking", targets: ["PoseTracking"]),
    .library(name: "PoseMedia", targets: ["PoseMedia"]),
    .library(name: "PoseEvaluation", targets: ["PoseEvaluation"]),
    .library(name: "PoseExperiments", targets: ["PoseExperiments"]),
    .executable(name: "pose", targets: ["pose"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: systemLibraries + [
    // Layer 0: the hot loops and thin interfaces over libraries. A target imports lower layers alone.
    .target(name: "CPoseKernels"),
    .target(name: "CPosePixels"),
    .target(name: "CPoseJPEG", dependencies: ["CJPEG"]),
    .target(name: "CPosePNG", dependencies: ["CPNG"]),
    .target(
      name: "CJSON", dependencies: ["CSimdjson"],
      cxxSettings: [.define("SIMDJSON_THREADS_ENABLED", to: "1")], linkerSettings: [.linkedLibrary("simdjson")]),
    // FlatBuffers of TensorFlow Lite's files, by headers that need no library.
    .target(name: "CFlatBuffers", dependencies: ["CFlatBuffersHeaders"]),
    // HTTP by libcurl and SHA-256 by libcrypto, which are loaded when a file is fetched and not linked.
    .target(name: "CTransfer"),
    // HEIC and AVIF by libheif, which is loaded when such a picture is met and not linked.
    .target(name: "CHEIF", cSettings: [.headerSearchPath("../CTransfer")]),
    // The weights of Models/ that become part of PoseEstimation.
    .target(name: "CDefaultModel"),
    // Layer 1: what a pose is.
    .target(name: "PoseCore"),
    // Layer 2: pixels, and the network as a value.
    .target(name: "PoseImage", dependencies: ["PoseCore", "CPosePixels"]),
    .target(name: "PoseGraph", dependencies: ["PoseCore"]),
    .target(name: "PoseTracking", dependencies: ["PoseCore"]),
    // Layer 3: networks, codecs and files.
    .target(name: "PoseModels", dependencies: ["PoseCore", "PoseGraph"], plugins: ["EmbedCatalogue"]),
    .target(name: "PoseCodecs", dependencies: ["PoseCore", "PoseImage"], plugins: ["EmbedCatalogue"]),
    .target(
      name: "PoseFormats",
      dependencies: [
        "PoseCore", "PoseImage", "PoseGraph", "CZlib", .product(name: "SwiftProtobuf", package: "swift-protobuf"),
        // simdjson and FlatBuffers come with the system's packages, which iOS does not have.
        .target(name: "CJSON", condition: .when(platforms: [.linux, .macOS])),
        .target(name: "CFlatBuffers", condition: .when(platforms: [.linux, .macOS])),
      ],
      exclude: [
        "CoreML/Generated/coreml.proto", "MindSpore/Generated/checkpoint.proto", "MindSpore/Generated/mind_ir.proto",
        "ONNX/Generated/onnx.proto",
      ],
      plugins: ["EmbedCatalogue"]),
    // Layer 4: the CPU executor, the zoo's configurations, and pictures.
    .target(name: "PoseEngine", dependencies: ["PoseCore", "PoseGraph", "CPoseKernels"]),
    .target(
      name: "PoseConfiguration",
      dependencies: ["PoseCore", "PoseImage", "PoseGraph", "PoseModels", "PoseCodecs", "Yams"],
      plugins: ["EmbedCatalogue"]),
    .target(
      name: "PoseMedia",
      dependencies: [
        "PoseCore", "PoseImage", "PoseFormats", "CPoseJPEG", "CPosePNG", "CPNG", "CWebP", "CHEIF", "CCairo",
      ]),
    // Layer 5: datasets and what a network learns from them, and how good poses are.
    .target(
      name: "PoseData",
      dependencies: [
        "PoseCore", "PoseImage", "PoseGraph", "PoseCodecs", "PoseFormats", "PoseConfiguration", "PoseMedia",
      ]),
    .target(name: "PoseMetrics", dependencies: ["PoseCore", "PoseFormats"]),
    // Layer 6: what users import.
    .target(
      name: "PoseEstimation",
      dependencies: [
        "PoseCore", "PoseImage", "PoseGraph", "PoseTracking", "PoseFormats", "PoseCodecs", "PoseConfiguration",
        "PoseEngine", "CDefaultModel", "CTransfer",
        // Pictures go through C libraries that iOS does not have; there an app brings its own RGB memory.
        .target(name: "PoseMedia", condition: .when(platforms: [.linux, .macOS])),
      ]),
    // Layer 7: what a network is worth on a dataset.
    .target(
      name: "PoseEvaluation",
      dependencies: [
        "PoseCore", "PoseImage", "PoseFormats", "PoseCodecs", "PoseConfiguration", "PoseData", "PoseMetrics",
        "PoseMedia",
        "PoseEstimation",
      ]),
    // What a training run keeps: its work folder, checkpoints and logs. Training/ runs it.
    .target(
      name: "PoseExperiments",
      dependencies: [
        "PoseCore", "PoseImage", "PoseGraph", "PoseFormats", "PoseConfiguration", "PoseMedia", "PoseData",
        "PoseMetrics",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ],
      exclude: ["Logs/Generated/event.proto"]),
    // Layer 8: the command.
    .executableTarget(
      name: "pose",
      dependencies: [
        "PoseEstimation", "PoseConfiguration", "PoseData", "PoseMetrics", "PoseEvaluation", "PoseExperiments",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    // Lists the types of Backbones/, Heads/ and the like, and the files of configs/.
    .executableTarget(name: "embed-catalogue", path: "Sources/EmbedCatalogue"),
    .plugin(name: "EmbedCatalogue", capability: .buildTool(), dependencies: ["embed-catalogue"]),

    .target(
      name: "TestSupport", dependencies: ["PoseCore", "PoseImage", "PoseGraph", "PoseFormats", "PoseMedia"],
      path: "Tests/TestSupport"),
    .testTarget(name: "PoseCoreTests", dependencies: ["PoseCore", "TestSupport"]),
    .testTarget(name: "PoseTrackingTests", dependencies: ["PoseTracking", "PoseMetrics", "TestSupport"]),
    .testTarget(name: "PoseImageTests", dependencies: ["PoseImage", "PoseMedia", "PoseFormats", "TestSupport"]),
    .target(name: "CHeapCount", path: "Tests/CHeapCount"),
    .testTarget(name: "PoseGraphTests", dependencies: ["PoseGraph", "PoseFormats", "TestSupport"]),
    .testTarget(
      name: "PoseFormatsTests",
      dependencies: [
        "PoseFormats", "CZlib", "PoseConfiguration", "PoseEngine", "TestSupport",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ]),
    .testTarget(name: "PoseCodecsTests", dependencies: ["PoseCodecs", "PoseFormats", "TestSupport"]),
    .testTarget(name: "PoseModelsTests", dependencies: ["PoseModels", "PoseConfiguration", "TestSupport"]),
    .testTarget(name: "PoseConfigurationTests", dependencies: ["PoseConfiguration", "PoseModels", "TestSupport"]),
    .testTarget(
      name: "PoseEngineTests",
      dependencies: [
        "PoseEngine", "PoseModels", "PoseConfiguration", "PoseFormats", "CPoseKernels", "CHeapCount", "TestSupport",
      ]),
    .testTarget(
      name: "PoseMetricsTests", dependencies: ["PoseMetrics", "PoseCodecs", "PoseFormats", "PoseGraph", "TestSupport"]),
    .testTarget(name: "PoseMediaTests", dependencies: ["PoseMedia", "CPoseJPEG", "CWebP", "TestSupport"]),
    .testTarget(
      name: "PoseDataTests",
      dependencies: ["PoseData", "PoseConfiguration", "PoseFormats", "PoseGraph", "PoseMedia", "TestSupport"]),
    .testTarget(name: "PoseEstimationTests", dependencies: ["PoseEstimation", "TestSupport"]),
    .testTarget(
      name: "PoseEvaluationTests",
      dependencies: ["PoseEvaluation", "PoseData", "PoseMetrics", "PoseFormats", "TestSupport"]),
    .testTarget(
      name: "PoseExperimentsTests",
      dependencies: ["PoseExperiments", "PoseFormats", "PoseMedia", "PoseMetrics", "TestSupport"]),
    .testTarget(
      name: "PoseCommandTests",
      dependencies: [
        "pose", "PoseCore", "PoseImage", "PoseMedia", "PoseFormats", "PoseGraph", "PoseConfiguration", "PoseData",
        "PoseEvaluation", "TestSupport", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
  ],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx17
)

// Scripts/sanitize builds some of the tests, and what they need, in builds of their own.
if let names = Context.environment["POSE_TESTS"]?.split(separator: " ").map(String.init) {
  package.targets.removeAll { $0.type == .test && !names.contains($0.name) }
}
