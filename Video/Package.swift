// swift-tools-version: 6.3
import PackageDescription

// Videos need FFmpeg's libraries, which pictures do not: so this is a package of its own. Debian's and Ubuntu's builds of
// FFmpeg are under the GPL, as is libx264.
let package = Package(
  name: "swift-pose-video",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "PoseVideo", targets: ["PoseVideo"]),
    .library(name: "PoseVideoEstimation", targets: ["PoseVideoEstimation"]),
    .executable(name: "pose-track", targets: ["pose-track"]),
  ],
  dependencies: [
    .package(name: "swift-pose", path: ".."),
    .package(name: "Examples", path: "../Examples"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
  ],
  targets: [
    // Floor 0: FFmpeg.
    .target(
      name: "CFFmpeg",
      linkerSettings: ["avdevice", "avformat", "avcodec", "avutil", "swscale"].map { .linkedLibrary($0) }),
    // Floor 5: frames of videos.
    .target(
      name: "PoseVideo",
      dependencies: [
        "CFFmpeg", .product(name: "PoseCore", package: "swift-pose"),
        .product(name: "PoseImage", package: "swift-pose"), .product(name: "PoseMedia", package: "swift-pose"),
      ]),
    // Floor 7: people in videos.
    .target(
      name: "PoseVideoEstimation",
      dependencies: [
        "PoseVideo", .product(name: "PoseCore", package: "swift-pose"),
        .product(name: "PoseImage", package: "swift-pose"), .product(name: "PoseTracking", package: "swift-pose"),
        .product(name: "PoseEstimation", package: "swift-pose"),
      ]),
    // Floor 8: `pose track` hands over to it.
    .executableTarget(
      name: "pose-track",
      dependencies: [
        "PoseVideo", .product(name: "PoseCore", package: "swift-pose"),
        .product(name: "PoseImage", package: "swift-pose"), .product(name: "PoseTracking", package: "swift-pose"),
        .product(name: "PoseMedia", package: "swift-pose"),
        .product(name: "PoseEstimation", package: "swift-pose"),
        .product(name: "PoseExperiments", package: "swift-pose"),
        .product(name: "PoseConfiguration", package: "swift-pose"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .testTarget(
      name: "PoseVideoTests",
      dependencies: [
        "PoseVideo", "CFFmpeg", .product(name: "PoseCore", package: "swift-pose"),
        .product(name: "PoseImage", package: "swift-pose"), .product(name: "PoseMedia", package: "swift-pose"),
      ],
      exclude: ["Files"]),
    .testTarget(
      name: "PoseVideoEstimationTests",
      dependencies: [
        "PoseVideoEstimation", "pose-track", .product(name: "PoseMedia", package: "swift-pose"),
        .product(name: "PoseTracking", package: "swift-pose"), .product(name: "PoseMetrics", package: "swift-pose"),
        .product(name: "RenderedPeople", package: "Examples"),
      ]),
  ],
  swiftLanguageModes: [.v6])
