import Foundation
import PoseCodecs
import PoseConfiguration
import PoseCore
import PoseFormats
import PoseGraph
import PoseMedia
import TestSupport
import Testing

@testable import PoseEstimation

/// Detectors of ONNX files, beside ONNX Runtime.
struct ONNXDetectorModelTests {
  struct Published: Sendable, CustomTestStringConvertible {
    var golden: String
    /// Where the boxes of a picture are: a size, or an interpolation and a setting.
    var keys: [String]
    var file: String
    var input: Size?
    var configuration: String?

    var testDescription: String { "\(golden) \(keys.joined(separator: " "))" }
  }

  static let published = [
    Published(
      golden: "rtmdet_nano_person_onnx", keys: ["320", "detections"], file: "rtmdet_nano_person.onnx"),
    Published(
      golden: "rtmdet_nano_person_onnx", keys: ["640", "detections"], file: "rtmdet_nano_person.onnx", input: 640),
    Published(golden: "picodet_xs_onnx", keys: ["linear", "config"], file: "picodet_xs_320_processed.onnx"),
    Published(
      golden: "picodet_xs_onnx", keys: ["linear", "deploy"], file: "picodet_xs_320_processed.onnx",
      configuration: "model: { classes: coco80 }\nimage: { geometry: stretch }\ncodec: picodet_deploy\n"),
  ]

  @Test("boxes equal those of ONNX Runtime on all pictures", .needsSharedData, arguments: published)
  func boxes(_ test: Published) throws {
    var configuration: String?
    if let text = test.configuration {
      let url = try ScratchFolder("detector").url.appending(path: "mine.yaml")
      try Data(text.utf8).write(to: url)
      configuration = url.path
    }
    let model = try ONNXDetectorModel(
      contentsOf: SharedData.url("weights/\(test.file)").path, configuration: configuration, input: test.input)
    // Neither file is one of ours: the limits of the first's suppression lie in it, as its input's size does not.
    let suppressed = ONNXDetector.Form.suppressed(
      perClass: 200, limit: 100, overlap: Double(Float(0.6)), threshold: Double(Float(0.05)))
    #expect(model.network.form == (test.golden.hasPrefix("rtmdet") ? suppressed : .distributions))
    #expect(model.network.model.graph.shape(of: 0).last == (test.input?.width ?? 320))
    let detector = try NetworkDetector(model)
    let golden = try JSONSerialization.jsonObject(with: GoldenFile.data("golden/detect/\(test.golden).json"))
    let pictures = try #require((golden as? [String: Any])?["pictures"] as? [String: [String: Any]])
    #expect(pictures.count == 51)
    var count = 0
    for (path, entry) in pictures {
      let nested = test.keys.reduce(entry as Any?) { ($0 as? [String: Any])?[$1] }
      let expected = try #require(nested as? [[Double]])
      let found = try detector.people(in: Picture(Image(contentsOf: SharedData.url("data/\(path)").path)))
      // Boxes at the threshold itself may fall on either side of it.
      let (sure, border) = (expected.filter { $0[4] >= 0.3 }, expected.count { abs($0[4] - 0.3) < 1e-3 })
      #expect(abs(found.count - sure.count) <= border, "\(path)")
      for box in sure where box[4] >= 0.301 {
        let whole = BoundingBox(x: box[0], y: box[1], width: box[2] - box[0], height: box[3] - box[1])
        let isFound = found.contains {
          abs($0.score - box[4]) <= 1e-3 && $0.boundingBox.overlap(with: whole) >= 0.995
        }
        #expect(isFound, "\(path): \(box)")
        count += 1
      }
    }
    #expect(count > 100)
  }

  @Test("a detector that this library exported finds what its weights find")
  func exported() throws {
    let configuration = try Zoo.configuration(named: "rtmdet_nano_person")
    let graph = try configuration.graph()
    var checkpoint = WeightRecipe.checkpoint(for: graph, normGain: 1.54)
    for level in 0..<3 {
      checkpoint["bbox_head.rtm_cls.\(level).bias"] = try Tensor(shape: [1], [0])
      checkpoint["bbox_head.rtm_reg.\(level).bias"] = try Tensor(shape: [4], [3, 3, 3, 3])
    }
    checkpoint.metadata = ["config": try configuration.json()]
    let url = try ScratchFolder("detector").url.appending(path: "mine.onnx")
    try Data(graph.onnx(checkpoint)).write(to: url)
    let model = try ONNXDetectorModel(contentsOf: url.path)
    #expect(model.source == .file && model.network.form == .maps && model.description.name == configuration.name)
    let picture = Picture(try Self.picture())
    var options = NetworkDetector.Options()
    options.threshold = 0.05
    let ours = try NetworkDetector(Model(configuration, checkpoint), options: options).people(in: picture)
    let theirs = try NetworkDetector(model, options: options).people(in: picture)
    #expect(!ours.isEmpty && ours.count == theirs.count)
    for (one, other) in zip(ours, theirs) {
      #expect(abs(one.score - other.score) < 1e-5 && one.boundingBox.overlap(with: other.boundingBox) > 0.999)
    }
  }

  /// A network of YOLOX's outputs, which are the same for every picture: place 5 has a person, 6 a bicycle.
  private static func places(classes: Int, in name: String) throws -> String {
    let (count, width) = (16 + 4 + 1, 5 + classes)
    let graph = try Graph("places", input: [3, 32, 32]) { image, scope in
      let mean = image.reduced(.mean, axes: [1, 2, 3], keepsAxes: true).reshaped(to: [1, 1])
      let all = (scope / "all").linear(mean, to: count * width, bias: true)
      return ["output": all.reshaped(to: [1, count, width])]
    }
    var numbers = Array(repeating: Float(0), count: count * width)
    numbers.replaceSubrange(5 * width..<5 * width + 6, with: [0.5, 0.5, 0, logf(2), 0.75, 0.5])
    if classes > 1 { numbers.replaceSubrange(6 * width..<6 * width + 7, with: [0, 0, 0, 0, 1, 0.25, 0.5]) }
    var checkpoint = Checkpoint()
    checkpoint["all.weight"] = try Tensor(shape: [count * width, 1], Array(repeating: 0, count: count * width))
    checkpoint["all.bias"] = try Tensor(shape: [count * width], numbers)
    let url = try ScratchFolder("detector").url.appending(path: name)
    try Data(graph.onnx(checkpoint)).write(to: url)
    return url.path
  }

  private static func picture() throws -> Image {
    let pixels = (0..<64 * 48 * 3).map { UInt8(($0 * 7) % 251) }
    return try Image(width: 64, height: 48, pixels: pixels)
  }

  @Test("YOLOX's file needs no configuration")
  func yolox() throws {
    let model = try ONNXDetectorModel(contentsOf: Self.places(classes: 80, in: "some.onnx"))
    #expect(model.source == .form && model.description.name == "yolox")
    let detector = try NetworkDetector(model)
    // A picture of 64x48 becomes 32x24 of the input. The place of stride 8 in row 1 and column 1 has its middle at (12,
    // 12).
    let people = try detector.people(in: Picture(Self.picture()))
    #expect(people.count == 1 && people[0].score == 0.375)
    let box = people[0].boundingBox
    let sides = [box.x, box.y, box.width, box.height].map { ($0 * 1000).rounded() / 1000 }
    #expect(sides == [16, 8, 16, 32])
    // A place has the likeliest of its classes alone.
    #expect(try detector.objects(in: Picture(Self.picture())).map(\.label) == [1, 0])
  }

  @Test("files that do not say how pictures are prepared, or what is found, are refused")
  func refuses() throws {
    let seven = try Self.places(classes: 7, in: "some.onnx")
    #expect { try ONNXDetectorModel(contentsOf: seven) } throws: { "\($0)".contains("does not say how pictures") }
    #expect {
      try ONNXDetectorModel(contentsOf: seven, configuration: "yolox_tiny_coco")
    } throws: {
      "\($0)".contains("scores of 7 classes, but yolox_tiny_coco names 80")
    }
    #expect {
      try ONNXDetectorModel(contentsOf: seven, configuration: "litehrnet_18_coco_256x192")
    } throws: {
      "\($0)".contains("finds joints, not objects")
    }
    let named = try Self.places(classes: 80, in: "yolox_tiny_coco.onnx")
    #expect(try ONNXDetectorModel(contentsOf: named).source == .fileName)
    #expect(throws: FormatError.self) { try ONNXDetectorModel(contentsOf: named, input: 64) }
    let pair = try Self.places(classes: 2, in: "some.onnx")
    let configurations = [
      ("model: { classes: [cat, dog] }\nimage: { geometry: stretch }\n", "finds no people"),
      ("model: { classes: [cat, person] }\nimage: { geometry: stretch }\ncodec: yolox\n", "reads an output"),
      ("model: { classes: [cat, person] }\nimage: { geometry: stretch }\ncodec: udp\n", "finds no people"),
      ("model: { classes: [cat, person] }\nimage: { range: 255 }\n", "needs geometry"),
      ("model: { classes: [cat, person] }\n", "image"), ("model: { clases: [cat] }\n", "classes"),
      ("model: { classes: [cat, person], input: 8x8 }\nimage: { geometry: stretch }\n", "32 to 4096"),
    ]
    for (text, words) in configurations {
      let url = try ScratchFolder("detector").url.appending(path: "mine.yaml")
      try Data(text.utf8).write(to: url)
      #expect {
        _ = try NetworkDetector(ONNXDetectorModel(contentsOf: pair, configuration: url.path))
      } throws: {
        "\($0)".contains(words)
      }
    }
  }

  @Test("a configuration of a network that a file holds says the rest")
  func ownConfiguration() throws {
    let url = try ScratchFolder("detector").url.appending(path: "mine.yaml")
    let text = """
      model: { classes: [person, cat] }
      image: { geometry: stretch }
      codec: { name: boxes, threshold: 0.1, per_class: 7 }
      """
    try Data(text.utf8).write(to: url)
    let model = try ONNXDetectorModel(contentsOf: Self.places(classes: 2, in: "some.onnx"), configuration: url.path)
    #expect(model.description.name == "mine" && model.source == .caller)
    // Every class of a place counts for this codec, which the configuration names.
    var options = NetworkDetector.Options()
    options.threshold = 0.2
    let found = try NetworkDetector(model, options: options).objects(in: Picture(Self.picture()))
    #expect(found.map(\.score) == [0.5, 0.375, 0.25] && found.map(\.label) == [1, 0, 0])
  }
}
