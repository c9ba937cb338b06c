import Foundation
import PoseCodecs
import PoseConfiguration
import PoseCore
import PoseGraph
import TestSupport
import Testing

struct ModelConfigurationTests {
  static let valid = "model: { backbone: lite_hrnet_18, head: heatmap, joints: coco17, input: 256x192 }\n"

  private func error(_ yaml: String) -> ConfigurationError? {
    #expect(throws: ConfigurationError.self) { try ModelConfiguration(yaml: yaml, name: "mine.yaml") }
  }

  @Test("what is left out is as published")
  func defaults() throws {
    let configuration = try ModelConfiguration(yaml: Self.valid, name: "mine")
    let network = NetworkDescription(
      backbone: "lite_hrnet_18", joints: .coco17, input: Size(height: 256, width: 192))
    #expect(try configuration == ModelConfiguration(name: "mine", model: network.completed()))
    #expect(configuration.codec == CodecDescription())
  }

  @Test(
    "an unknown key names its section and the nearest known key",
    arguments: [
      ("modle: {}", "modle", "model"),
      ("codec: { name: dark, kernal: 11 }", "codec.kernal", "kernel"),
      ("image: { paddding: 1.25 }", "image.paddding", "padding"),
      ("test: { shift_heatmaps: true }", "test.shift_heatmaps", "shift_heatmap"),
      ("weights: [{ url: 'https://a.b/c.pth', sha25: x }]", "weights.0.sha25", "sha256"),
      ("published: { ap: 64.8, detectorap: 56.4 }", "published.detectorap", "detector_ap"),
    ])
  func rejectsUnknownKeys(_ yaml: String, _ key: String, _ nearest: String) {
    let error = error((yaml.hasPrefix("modle") ? "" : Self.valid) + yaml)
    #expect(error?.key == key)
    #expect(error?.description.hasPrefix("mine.yaml: \(key): ") == true)
    #expect(error?.description.hasSuffix("Did you mean '\(nearest)'?") == true)
  }

  @Test(
    "a value of the wrong kind or out of range names its key",
    arguments: [
      ("codec: { name: dark, kernel: 10 }", "codec.kernel"), ("codec: { name: dark, kernel: -1 }", "codec.kernel"),
      ("codec: { name: dark, kernel: wide }", "codec.kernel"), ("codec: { kernel: 11 }", "codec.kernel"),
      ("codec: { name: udp, kernel: 99999999999999999999 }", "codec.kernel"),
      ("codec: { name: dark, kernel: 11.5 }", "codec.kernel"), ("codec: { name: drak }", "codec.name"),
      ("codec: { name: dark, sigma: .nan }", "codec.sigma"), ("codec: { name: dark, sigma: 0 }", "codec"),
      ("codec: { name: default, kernel: 11 }", "codec.kernel"), ("codec: [dark]", "codec"),
      ("codec: { name: simcc, split_ratio: 100 }", "codec.split_ratio"),
      ("image: { mean: [0.5, 0.5] }", "image.mean"), ("image: { mean: [0.5, 0.5, 123] }", "image.mean"),
      ("image: { mean: 0.5 }", "image.mean"), ("image: { std: [1, 1, 0] }", "image.std"),
      ("image: { warp: upd }", "image.warp"), ("image: { padding: .inf }", "image.padding"),
      ("test: { flip: 3 }", "test.flip"), ("recipe: { norm_gain: 0.5 }", "recipe"),
      ("published: {}", "published.ap"), ("published: { ap: 64.8, pckh: 86 }", "published.ap"),
      ("published: { ap: 101 }", "published.ap"), ("published: { pckh: .nan }", "published.pckh"),
      ("published: { ap: high }", "published.ap"), ("published: { ap: 1, detector_ap: -1 }", "published.detector_ap"),
      ("published: { ap: 1, split: '' }", "published.split"), ("published: 64.8", "published"),
      ("weights: 3", "weights"), ("weights: [{}]", "weights.0.url"),
      ("weights: [{ url: 'http://a.b/c.pth' }]", "weights.0.url"), ("weights: [{ url: 'https://' }]", "weights.0.url"),
      ("weights: [{ url: 'https://a.b/c d.pth' }]", "weights.0.url"),
      ("weights: [{ url: 'https://a.b/c.pth', file: ../c.pth }]", "weights.0.file"),
      ("weights: [{ url: 'https://a.b/c.pth', sha256: 0a1b }]", "weights.0.sha256"),
      ("weights: [{ url: 'https://a.b/c.pth', sha256_prefix: 0A1B2C3D }]", "weights.0.sha256_prefix"),
      ("weights: [{ url: 'https://a.b/c.pth', licence: '' }]", "weights.0.licence"),
      ("weights: [{ url: 'https://a.b/c.pth', ap: 101 }]", "weights.0.ap"),
      ("input_pose: { sigma: 0 }", "input_pose.sigma"), ("input_pose: {}", "input_pose.sigma"),
    ])
  func rejectsValues(_ yaml: String, _ key: String) {
    let error = error(Self.valid + yaml)
    #expect(error.map { $0.key == key || $0.key.hasPrefix(key + ".") } == true, "\(error?.description ?? "")")
  }

  @Test(
    "a network that cannot be is refused",
    arguments: [
      ("input: 256x192", "input: 256", "model.input"), ("input: 256x192", "input: 31x192", "model.input"),
      ("input: 256x192", "input: 4097x192", "model.input"), ("input: 256x192", "input: 256x-192", "model.input"),
      ("input: 256x192", "input: 99999999999999999999x1", "model.input"),
      ("input: 256x192", "input: 256x192x3", "model.input"), ("lite_hrnet_18", "lite_hrnet_81", "model.backbone"),
      ("coco17", "coco71", "model.joints"), ("heatmap", "heatmpa", "model.head"),
      ("joints: coco17, ", "", "model.joints"), ("backbone: lite_hrnet_18, ", "", "model.backbone"),
    ])
  func rejectsNetworks(_ known: String, _ wrong: String, _ key: String) {
    let error = error(Self.valid.replacingOccurrences(of: known, with: wrong))
    #expect(error?.key == key, "\(error?.description ?? "")")
  }

  @Test("a configuration made in code is checked when its network is built")
  func checksWhenBuilt() {
    let model = NetworkDescription(backbone: "lite_hrnet_19", joints: .coco17, input: 256)
    let error = #expect(throws: ConfigurationError.self) { try ModelConfiguration(name: "mine", model: model).graph() }
    #expect(
      error?.description
        == "mine: model.backbone: nothing is called 'lite_hrnet_19' here. Did you mean 'lite_hrnet_18'?")
    let empty = NetworkDescription(backbone: "lite_hrnet_18", joints: .coco17, input: 0)
    #expect(throws: ConfigurationError.self) { try ModelConfiguration(name: "mine", model: empty).graph() }
  }

  @Test("how a pose is drawn is said for networks that refine poses, and for them alone")
  func inputPoses() throws {
    let given = try ModelConfiguration(yaml: Self.valid + "input_pose: { sigma: 7 }", name: "mine")
    #expect(throws: ConfigurationError.self) { try given.graph() }
    var missing = try Zoo.configuration(named: "posefix_res50_coco_256x192")
    missing.inputPose = nil
    let error = #expect(throws: ConfigurationError.self) { try missing.graph() }
    #expect(error?.description.contains("input_pose: is missing") == true)
  }

  @Test(
    "text that is not a configuration is refused quickly",
    .timeLimit(.minutes(10)),
    arguments: [
      "", "#", "~", "[]", "text", "model", "model: ~", "{", "}", "model: {", "\"", "- - -", "\u{0}", "\u{FEFF}",
      "%YAML 9.9",
      "a: b: c", "model: {}\nmodel: {}", "*a", "? {a: 1}\n: 2", "!!binary x", "--- a\n--- b", "\t- x", "&a [*a]",
      .repeating("[", 100_000), .repeating("- ", 100_000), .repeating("? ", 100_000), .repeating("{a: ", 100_000),
      .repeating("x", 2_000_000), TestText((0..<2000).map { String(repeating: " ", count: $0) + "a:\n" }.joined()),
      TestText(bomb), TestText(bomb + "? *i\n: 1\n"),
    ] as [TestText])
  func rejectsMalformedText(_ yaml: TestText) {
    let error = error(yaml.text)
    #expect((error?.description.utf8.count ?? 0) < 1000)
  }

  @Test("JSON is as strict as YAML")
  func rejectsMalformedJSON() throws {
    let json = try ModelConfiguration(yaml: Self.valid, name: "mine").json()
    for (known, wrong) in [("padding", "paddign"), ("sigma", "sigam"), ("256x192", "256y192"), ("}", "]")] {
      #expect(throws: ConfigurationError.self) {
        try ModelConfiguration(json: json.replacingOccurrences(of: known, with: wrong), source: "m")
      }
    }
    for text in ["", "[", String(repeating: "[", count: 100_000), String(repeating: "{\"a\":", count: 100_000)] {
      #expect(throws: ConfigurationError.self) { try ModelConfiguration(json: text, source: "m") }
    }
  }

  @Test("a byte changed anywhere gives a configuration or an error, never a crash")
  func survivesChangedBytes() throws {
    let text = Array(try #require(Zoo.all.first).json().utf8)
    for index in text.indices {
      for byte in [UInt8(0), 0x20, 0x2A, 0x26, 0x7B, 0x80, 0xFF] {
        var changed = text
        changed[index] = byte
        let text = String(decoding: changed, as: UTF8.self)
        _ = try? ModelConfiguration(yaml: text, name: "m")
        _ = try? ModelConfiguration(json: text, source: "m")
      }
    }
  }

  @Test("a file that is not there, is a folder or is not text is an error")
  func rejectsFiles() throws {
    let folder = try ScratchFolder("configurations").url
    #expect(throws: ConfigurationError.self) { try ModelConfiguration(contentsOf: "/nowhere/mine.yaml") }
    #expect(throws: ConfigurationError.self) { try ModelConfiguration(contentsOf: folder.path) }
    let file = folder.appending(path: "\(UUID()).yaml")
    try Data([0xFF, 0xFE, 0x00]).write(to: file)
    #expect(throws: ConfigurationError.self) { try ModelConfiguration(contentsOf: file.path) }
  }

  /// Ten to the ninth entries, were the aliases followed.
  static let bomb =
    "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
    + zip("bcdefghi", "abcdefgh").map { name, last in
      "\(name): &\(name) [" + Array(repeating: "*\(last)", count: 10).joined(separator: ", ") + "]\n"
    }.joined()
}
