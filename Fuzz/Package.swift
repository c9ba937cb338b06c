// swift-tools-version: 6.3
import PackageDescription

// Feeds the readers what a coverage-guided fuzzer makes up, with the address sanitizer watching:
//
//   make fuzz SECONDS_EACH=300
//
// The flags there let the fuzzer see into the readers and not only into this package. POSE_FUZZ is one of npy, npz,
// safetensors, torch, pickle, mindspore, paddle, onnx, detections, annotations, results, mpii, mat, skeleton, image,
// mask, region and configuration; a corpus folder may begin with a few good files. What it finds becomes a test of the reader.
let package = Package(
  name: "Fuzz",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "swift-pose", path: "..")],
  targets: [
    .executableTarget(
      name: "FuzzFormats",
      dependencies: [
        .product(name: "PoseCore", package: "swift-pose"), .product(name: "PoseFormats", package: "swift-pose"),
        .product(name: "PoseGraph", package: "swift-pose"), .product(name: "PoseMedia", package: "swift-pose"),
        .product(name: "PoseConfiguration", package: "swift-pose"), .product(name: "PoseImage", package: "swift-pose"),
      ],
      swiftSettings: [.unsafeFlags(["-sanitize=fuzzer,address", "-parse-as-library"])],
      linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"])])
  ],
  swiftLanguageModes: [.v6]
)
