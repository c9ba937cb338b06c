// swift-tools-version: 6.3
import PackageDescription

// Benchmarks/people.py builds this against two checkouts, each of which POSE_CHECKOUT names in its turn.
let checkout = Context.environment["POSE_CHECKOUT"] ?? "../.."

let package = Package(
  name: "People",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "swift-pose", path: checkout)],
  targets: [
    .executableTarget(
      name: "People", dependencies: [.product(name: "PoseEstimation", package: "swift-pose")], path: ".",
      sources: ["main.swift"])
  ],
  swiftLanguageModes: [.v6]
)
