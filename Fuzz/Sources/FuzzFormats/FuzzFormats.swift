import Foundation
import PoseConfiguration
import PoseFormats
import PoseGraph

@testable import PoseCore
@testable import PoseImage
@testable import PoseMedia

/// Reads bytes as one format; an error is as good as success, a trap is a find.
private let read: @Sendable ([UInt8]) -> Void = {
  switch ProcessInfo.processInfo.environment["POSE_FUZZ"] {
  case "npy": { _ = try? Tensor(npy: $0) }
  case "npz":
    {
      guard let archive = try? NumpyArchive($0) else { return }
      for name in archive.names { _ = try? archive.tensor(name) }
    }
  case "safetensors": { _ = try? Checkpoint(safetensors: $0) }
  case "mindspore": { _ = try? Checkpoint(mindSpore: $0) }
  case "paddle": { _ = try? Checkpoint(paddle: $0) }
  case "detections": { _ = try? DetectionFile(json: $0) }
  case "annotations": { _ = try? COCOAnnotations(json: $0, bad: .skip) }
  case "results": { _ = try? COCOResults(json: $0, bad: .skip) }
  case "mpii": { _ = try? MPIIAnnotations(json: $0, bad: .skip) }
  case "mat": { _ = (try? MATFile($0)).map { try? MPIIGroundTruth($0) } }
  case "skeleton": { _ = try? Skeleton(yaml: String(decoding: $0, as: UTF8.self), name: "fuzz") }
  case "image":
    { bytes in
      // libheif is not built for the fuzzer, and its faults would hide ours.
      HEIFLibrary.$installed.withValue(nil) {
        _ = try? EncodedImage(bytes, pixelLimit: 1 << 20).decodedWithExtras()
      }
    }
  case "mask": { _ = try? SegmentationMask(encoded: $0, pixelLimit: 1 << 20) }
  case "region": { decodeRegion($0) }
  case "configuration": { _ = try? ModelConfiguration(yaml: String(decoding: $0, as: UTF8.self), name: "fuzz") }
  case "onnx":
    {
      _ = try? ONNXModel(bytes: $0)
      _ = try? ONNXDetector(bytes: $0, openSize: [3, 64, 64])
    }
  case "pickle": { _ = try? Checkpoint(torch: legacyPrefix + $0) }
  default: { _ = try? Checkpoint(torch: $0) }
  }
}()

/// Decodes a part of a picture, perhaps at a part of its size. The first five bytes choose; the rest is the file.
///
/// What is decoded has the pixels that the whole picture has at that size.
private func decodeRegion(_ bytes: [UInt8]) {
  guard bytes.count > 5, let picture = try? EncodedImage(Array(bytes[5...]), pixelLimit: 1 << 18) else { return }
  let reduction = Double(1 << (bytes[0] & 3))
  func part(_ byte: UInt8, of extent: Int) -> Double { Double(byte) / 128 * Double(extent) - Double(extent) / 4 }
  let region = BoundingBox(
    x: part(bytes[1], of: picture.width), y: part(bytes[2], of: picture.height),
    width: part(bytes[3], of: picture.width), height: part(bytes[4], of: picture.height))
  let (whole, memory) = (PixelMemory(), PixelMemory())
  let isWhole = (try? picture.withPixels(reduction: reduction, memory: whole) { _ in }) != nil
  try? picture.withPixels(reduction: reduction, region: region, memory: memory) { found in
    guard isWhole else { return }
    try picture.withPixels(reduction: reduction, memory: whole) { expected in
      let (view, scale) = (found.view, Double(reduction))
      let rows = covered(region.y / scale, region.height / scale, view.height)
      let columns = covered(region.x / scale, region.width / scale, view.width)
      for row in rows {
        for index in row * view.bytesPerRow + columns.lowerBound * 3..<row * view.bytesPerRow + columns.upperBound * 3 {
          precondition(view.memory[index] == expected.view.memory[index], "another pixel than the whole picture's")
        }
      }
    }
  }
}

/// The places along an axis that lie in a region.
private func covered(_ start: Double, _ extent: Double, _ count: Int) -> Range<Int> {
  let first = min(max(Int(start.rounded(.up)), 0), count)
  return first..<min(max(Int((start + extent).rounded(.down)), first), count)
}

/// What PyTorch's old files begin with, so that the fuzzer need not find it: magic number, protocol, system.
private let legacyPrefix: [UInt8] =
  [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19] + Array(".".utf8)
  + [0x80, 2] + Array("M".utf8) + [0xe9, 3] + Array(".}.".utf8)

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  read(Array(UnsafeBufferPointer(start: start, count: count)))
  return 0
}

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<CInt>, _ arguments: UnsafeMutablePointer<UnsafeMutableRawPointer>,
  _ callback: @convention(c) (UnsafePointer<UInt8>, Int) -> CInt
) -> CInt

/// The package manager gives every executable's `main` the name of its module.
@_cdecl("FuzzFormats_main")
public func main(_ count: CInt, _ arguments: UnsafeMutableRawPointer) -> CInt {
  var (count, arguments) = (count, arguments)
  return runDriver(&count, &arguments, fuzz)
}
