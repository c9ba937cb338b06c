// swift-tools-version: 6.3
import PackageDescription

// Videos need FFmpeg's libraries, which pictures do not: so this is a package of its own. Debian's and Ubuntu's builds of
// FFmpeg are under the GPL, as is libx264.
let package = Package(
  name: "swift-pose-video",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "PoseVideo", targets: ["PoseVideo"])
  ],
  dependencies: [.package(name: "swift-pose", path: "..")],
  targets: [
    // Floor 0: FFmpeg.
    .target(
      name: "CFFmpeg",
      linkerSettings: ["avformat", "avcodec", "avutil", "swscale"].map { .linkedLibrary($0) }),
    // Floor 4: frames of videos.
    .target(
      name: "PoseVideo",
      dependencies: [
        "CFFmpeg", .product(name: "PoseCore", package: "swift-pose"), .product(name: "PoseImage", package: "swift-pose"),
      ]),
    .testTarget(name: "PoseVideoTests", dependencies: ["PoseVideo"]),
  ],
  swiftLanguageModes: [.v6])
