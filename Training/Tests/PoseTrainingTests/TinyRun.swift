import Foundation
import PoseConfiguration
import PoseCore
import PoseData
import PoseExperiments
import PoseFormats
import PoseGraph
import PoseImage
import PoseMedia
import PoseTorch
import Testing

@testable import PoseTraining

/// Tests that train. One by one: they share the random numbers that dropout draws.
@Suite(.serialized)
enum TrainingTests {}

/// A folder with a few small pictures of people with LSP's joints, and runs that learn from them in milliseconds.
final class TinyRun {
  let folder: String
  static let people = 10

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "pose-train-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    var images: [String] = []
    var annotations: [String] = []
    for person in 0..<Self.people {
      var pixels: [UInt8] = []
      for y in 0..<48 {
        for x in 0..<40 { pixels += [UInt8(x * 6), UInt8(y * 5), UInt8((x * y * (person + 1)) % 256)] }
      }
      try Image(width: 40, height: 48, pixels: pixels).write(to: "\(folder)/\(person).png")
      images.append(#"{"id":\#(person),"file_name":"\#(person).png","width":40,"height":48}"#)
      let joints = (0..<14).map { "\(4 + $0 * 2 + person % 4),\(6 + $0 * 2),2" }.joined(separator: ",")
      annotations.append(
        #"{"id":\#(person),"image_id":\#(person),"category_id":1,"iscrowd":0,"area":1200,"bbox":[2,3,34,42],"#
          + #""num_keypoints":14,"keypoints":[\#(joints)]}"#)
    }
    try write(images, annotations, .lsp14, to: "people.json")
  }

  private func write(_ images: [String], _ annotations: [String], _ skeleton: Skeleton, to name: String) throws {
    let names = skeleton.joints.map { #""\#($0.rawValue)""# }.joined(separator: ",")
    let text = """
      {"images":[\(images.joined(separator: ","))],"annotations":[\(annotations.joined(separator: ","))],
      "categories":[{"id":1,"name":"person","keypoints":[\(names)],"skeleton":[]}]}
      """
    try FileBytes.write(Array(text.utf8), to: folder + "/" + name)
  }

  /// Annotations of the first picture in the form of a dataset.
  func writeOnePerson(_ kind: DatasetKind, to name: String) throws {
    let count = kind.skeleton.joints.count
    if kind.form == .mpii {
      let joints = (0..<count).map { "[\(4 + $0), \(6 + $0)]" }.joined(separator: ",")
      let text = """
        [{"image":"0.png","center":[20,24],"scale":0.2,"joints":[\(joints)],
        "joints_vis":[\(Array(repeating: "1", count: count).joined(separator: ","))]}]
        """
      try FileBytes.write(Array(text.utf8), to: folder + "/" + name)
      return
    }
    let joints = (0..<count).map { "\(4 + $0),\(6 + $0),2" }.joined(separator: ",")
    try write(
      [#"{"id":0,"file_name":"0.png","width":40,"height":48}"#],
      [
        #"{"id":1,"image_id":0,"category_id":1,"iscrowd":0,"area":1200,"bbox":[2,3,34,42],"#
          + #""num_keypoints":\#(count),"keypoints":[\#(joints)]}"#
      ], kind.skeleton, to: name)
  }

  /// A copy of annotations in which a pattern is replaced wherever it occurs.
  ///
  /// - Returns: its path.
  func writeAnnotations(
    _ name: String = "people.json", to copy: String, replacing pattern: String, with template: String
  ) throws -> String {
    let text = try String(contentsOfFile: folder + "/" + name, encoding: .utf8)
    let changed = text.replacingOccurrences(of: pattern, with: template, options: .regularExpression)
    try #require(changed != text, "\(pattern)")
    try FileBytes.write(Array(changed.utf8), to: folder + "/" + copy)
    return folder + "/" + copy
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  var annotationsPath: String { folder + "/people.json" }

  /// What `--set` says of the data and of a short run.
  var settings: [String] {
    [
      "model.joints=lsp14", "model.input=32x32", "train.batch=4", "train.epochs=4", "train.log_every=3",
      "train.validate_every=0", "train.checkpoint.keep=1000", "train.schedule.warmup=4", "train.data.loader_workers=1",
      "train.data.train.0.annotations=\(annotationsPath)", "train.data.train.0.images=\(folder)",
    ]
  }

  func configuration(
    _ more: [String] = [], named name: String = "litehrnet_18_coco_256x192"
  ) throws -> ModelConfiguration {
    try Zoo.configuration(named: name, settings: settings + more)
  }

  /// A network of a few layers, with all that training treats specially.
  func experiment(_ more: [String] = []) throws -> Experiment {
    LibTorch.threads = 1
    let configuration = try configuration(more)
    return try Experiment(configuration, graph: Self.graph(configuration.codec.name))
  }

  static func graph(_ codec: String) throws -> Graph {
    try Graph("tiny", input: [3, 32, 32]) { image, scope in
      var x = image
      for layer in 0..<2 {
        let here = scope / "backbone" / "stem" / layer
        x = (here / "bn").batchNorm((here / "conv").conv(x, to: 8, kernel: 3, stride: 2)).relu()
      }
      x = (scope / "backbone" / "drop").dropout(x, rate: 0.1)
      let maps = (scope / "head").conv(x, to: 14, bias: true)
      guard codec == "regression" else { return ["heatmaps": maps] }
      return ["coordinates": (scope / "fc").linear(maps.reshaped(to: [1, 14, 64]), to: 4)]
    }
  }

  func folder(_ name: String) throws -> WorkFolder { try WorkFolder(folder + "/" + name) }
}

/// All of a run's state at its end, but for how long it took.
func state(_ trainer: Trainer) throws -> [UInt8] {
  var progress = trainer.progress
  progress.seconds = 0
  (progress.interval.seconds, progress.interval.waited) = (0, 0)
  let path = trainer.folder.file("state.safetensors")
  try TrainingCheckpoint(trainer.experiment, progress).write(to: path)
  return try FileBytes.read(path)
}
