import Foundation
import PoseConfiguration
import PoseCore
import PoseData
import PoseExperiments
import PoseFormats
import PoseImage
import PoseMedia
import PoseTorch

@testable import PoseTraining

/// A folder with small pictures of bright rectangles on noise, and runs of networks that learn to find them.
final class RectangleRun {
  let folder: String
  static let pictures = 32

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "pose-train-\(UUID().uuidString)").path
    for folder in [folder, masksFolder] {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }
    var random = UInt64(7)
    func below(_ limit: Int) -> Int {
      random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(random >> 33) % limit
    }
    var (images, annotations): ([String], [String]) = ([], [])
    for picture in 0..<Self.pictures {
      var pixels = (0..<64 * 64 * 3).map { _ in UInt8(60 + below(80)) }
      var labels = [UInt8](repeating: 0, count: 64 * 64)
      images.append(#"{"id":\#(picture),"file_name":"\#(picture).png","width":64,"height":64}"#)
      // Two halves, so that rectangles never overlap.
      for half in 0..<(1 + picture % 2) {
        let (width, height) = (14 + below(14), 14 + below(40))
        let (x, y) = (32 * half + below(32 - width), below(64 - height))
        for row in y..<y + height {
          for column in x..<x + width {
            labels[row * 64 + column] = 1
            for (channel, value) in [UInt8(250), 40, 20].enumerated() {
              pixels[3 * (row * 64 + column) + channel] = value
            }
          }
        }
        annotations.append(
          #"{"id":\#(annotations.count + 1),"image_id":\#(picture),"category_id":4,"area":\#(width * height),"#
            + #""bbox":[\#(x),\#(y),\#(width),\#(height)],"segmentation":[[\#(x),\#(y),\#(x + width),\#(y),"#
            + #"\#(x + width),\#(y + height),\#(x),\#(y + height)]]}"#)
      }
      try Image(width: 64, height: 64, pixels: pixels).write(to: "\(folder)/\(picture).png")
      try SegmentationMask(size: 64, labels: labels).write(to: "\(masksFolder)/\(picture).png")
    }
    let text = """
      {"images":[\(images.joined(separator: ","))],"annotations":[\(annotations.joined(separator: ","))],
      "categories":[{"id":4,"name":"box"}]}
      """
    try FileBytes.write(Array(text.utf8), to: annotationsPath)
  }

  deinit {
    for folder in [folder, masksFolder] { try? FileManager.default.removeItem(atPath: folder) }
  }

  /// The rectangles' masks, beside the pictures and not among them.
  var masksFolder: String { folder + "-masks" }

  var annotationsPath: String { folder + "/boxes.json" }

  /// What `--set` says of the data and of a short run.
  var settings: [String] {
    [
      "model.classes=[box]", "model.input=64x64", "train.batch=8", "train.epochs=2", "train.log_every=3",
      "train.validate_every=0", "train.checkpoint.keep=1000", "train.schedule.warmup=4", "train.data.loader_workers=1",
      "train.data.train.0.annotations=\(annotationsPath)", "train.data.train.0.images=\(folder)",
    ]
  }

  func configuration(_ more: [String] = [], named name: String = "rtmdet_nano_person") throws -> ModelConfiguration {
    try Zoo.configuration(named: name, settings: settings + more)
  }

  func experiment(_ more: [String] = [], options: Experiment.Options = .init()) throws -> Experiment {
    LibTorch.threads = 1
    return try Experiment(configuration(more), options: options)
  }

  func folder(_ name: String) throws -> WorkFolder { try WorkFolder(folder + "/" + name) }
}
