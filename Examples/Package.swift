// swift-tools-version: 6.3
import PackageDescription

let package = Package(
  name: "Examples",
  platforms: [.macOS(.v15)],
  products: [.library(name: "RenderedPeople", targets: ["RenderedPeople"])],
  dependencies: [.package(name: "swift-pose", path: "..")],
  targets: [
    .executableTarget(
      name: "PoseInFiveLines", dependencies: [.product(name: "PoseEstimation", package: "swift-pose")]),
    .executableTarget(
      name: "DrawPoses",
      dependencies: [
        .product(name: "PoseEstimation", package: "swift-pose"), .product(name: "PoseFormats", package: "swift-pose"),
      ]),
    // Drawn people with known joints, in pictures and in the videos of Video/'s tests.
    .target(name: "RenderedPeople"),
    .executableTarget(
      name: "DrawPerson",
      dependencies: ["RenderedPeople", .product(name: "PoseEstimation", package: "swift-pose")]),
  ],
  swiftLanguageModes: [.v6]
)
