// swift-tools-version: 6.3
import PackageDescription

let package = Package(
  name: "Examples",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "swift-pose", path: "..")],
  targets: [
    .executableTarget(
      name: "PoseInFiveLines", dependencies: [.product(name: "PoseEstimation", package: "swift-pose")]),
    .executableTarget(
      name: "DrawPoses",
      dependencies: [
        .product(name: "PoseEstimation", package: "swift-pose"), .product(name: "PoseFormats", package: "swift-pose"),
      ]),
    .executableTarget(name: "DrawPerson", dependencies: [.product(name: "PoseEstimation", package: "swift-pose")]),
  ],
  swiftLanguageModes: [.v6]
)
