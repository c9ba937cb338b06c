import Foundation
import PoseCodecs
import PoseConfiguration
import TestSupport
import Testing

struct TrainingDescriptionTests {
  private func error(_ train: String) -> ConfigurationError? {
    #expect(throws: ConfigurationError.self) {
      try ModelConfiguration(yaml: ModelConfigurationTests.valid + "train: " + train, name: "mine.yaml")
    }
  }

  @Test("what is left out is as Lite-HRNet was published")
  func defaults() throws {
    let configuration = try ModelConfiguration(yaml: ModelConfigurationTests.valid + "train: {}", name: "mine")
    let train = try #require(configuration.train)
    #expect(train == TrainingDescription())
    #expect((train.epochs, train.batch, train.optimizer.rate, train.schedule.warmUp) == (210, 64, 2e-3, 500))
    #expect(try ModelConfiguration(yaml: ModelConfigurationTests.valid, name: "mine").train == nil)
  }

  @Test(
    "an unknown key names its section and the nearest known key",
    arguments: [
      ("{ epoch: 1 }", "train.epoch", "epochs"), ("{ optimizer: { rl: 1 } }", "train.optimizer.rl", "lr"),
      ("{ optimizer: { name: admw } }", "train.optimizer.name", "adamw"),
      ("{ schedule: { warmups: 3 } }", "train.schedule.warmups", "warmup"),
      ("{ schedule: { kind: cosin } }", "train.schedule.kind", "cosine"),
      ("{ loss: { name: mes } }", "train.loss.name", "mse"),
      ("{ loss: { average: al } }", "train.loss.average", "all"),
      ("{ ema: { momentun: 1 } }", "train.ema.momentun", "momentum"),
      ("{ augmentation: { rotatoin: 3 } }", "train.augmentation.rotatoin", "rotation"),
      ("{ checkpoint: { keeps: 3 } }", "train.checkpoint.keeps", "keep"),
      ("{ data: { trian: [] } }", "train.data.trian", "train"),
      ("{ augmentation: { degrade: { probabilty: 1 } } }", "train.augmentation.degrade.probabilty", "probability"),
      ("{ augmentation: { degrade: { kinds: [infared] } } }", "train.augmentation.degrade.kinds", "infrared"),
      (
        "{ augmentation: { degrade: { kinds: [blur, gray], ranges: { grey: [1, 2] } } } }",
        "train.augmentation.degrade.ranges", "gray"
      ),
      ("{ augmentation: { student_only: [color] } }", "train.augmentation.student_only", "colors"),
      ("{ pictures: { mosiac: 1 } }", "train.pictures.mosiac", "mosaic"),
      ("{ start: { norm_batch: 1 } }", "train.start.norm_batch", "norm_batches"),
      ("{ precision: bfloat1 }", "train.precision", "bfloat16"),
      ("{ non_finite: skp }", "train.non_finite", "skip"),
      ("{ data: { validation: { annotation: a, images: b } } }", "train.data.validation.annotation", "annotations"),
      ("{ optimizer: { layer_decay: { block: a } } }", "train.optimizer.layer_decay.block", "blocks"),
    ])
  func unknown(_ train: String, _ key: String, _ nearest: String) {
    let error = error(train)
    #expect(error?.key == key)
    #expect(error?.description.hasSuffix("Did you mean '\(nearest)'?") == true, "\(error?.description ?? "")")
  }

  @Test(
    "a value of the wrong kind or out of range names its key",
    arguments: [
      ("{ epochs: 0 }", "epochs"), ("{ batch: -1 }", "batch"), ("{ batch: 1e9 }", "batch"),
      ("{ batch: many }", "batch"),
      ("{ accumulation: 0 }", "accumulation"), ("{ clip_norm: 0 }", "clip_norm"), ("{ clip_norm: .nan }", "clip_norm"),
      ("{ seed: -1 }", "seed"), ("{ log_every: 0 }", "log_every"),
      ("{ activation_checkpointing_segments: 0 }", "activation_checkpointing_segments"),
      ("{ optimizer: { lr: .inf } }", "optimizer.lr"), ("{ optimizer: { betas: [1, 1] } }", "optimizer.betas"),
      ("{ optimizer: { betas: [0.9] } }", "optimizer.betas"), ("{ optimizer: adam }", "optimizer"),
      ("{ optimizer: { layer_decay: { factor: 2, blocks: a, count: 1 } } }", "optimizer.layer_decay.factor"),
      ("{ optimizer: { rate_factors: { offsets: -1 } } }", "optimizer.rate_factors"),
      ("{ loss: { smoothing: 1 } }", "loss.smoothing"), ("{ loss: { smoothing: .nan } }", "loss.smoothing"),
      ("{ schedule: { steps: [200, 170] } }", "schedule.steps"), ("{ schedule: { steps: [0] } }", "schedule.steps"),
      ("{ schedule: { warmup_ratio: 2 } }", "schedule.warmup_ratio"), ("{ ema: { fade: 0 } }", "ema.fade"),
      ("{ augmentation: { flip: 1.5 } }", "augmentation.flip"),
      ("{ augmentation: { degrade: { probability: 2 } } }", "augmentation.degrade.probability"),
      ("{ augmentation: { degrade: { kinds: [] } } }", "augmentation.degrade.kinds"),
      ("{ augmentation: { degrade: { kinds: [gray, gray] } } }", "augmentation.degrade.kinds"),
      ("{ augmentation: { degrade: { strength: [3, 2] } } }", "augmentation.degrade.strength"),
      ("{ augmentation: { degrade: { ranges: { blur: [1] } } } }", "augmentation.degrade.ranges"),
      ("{ augmentation: { degrade: { most_at_once: 0 } } }", "augmentation.degrade.most_at_once"),
      ("{ augmentation: { student_only: [blur] } }", "augmentation"),
      ("{ pictures: { resize: [2, 1] } }", "pictures.resize"), ("{ pictures: { boxes: 0 } }", "pictures.boxes"),
      ("{ start: { norm_batches: -1 } }", "start.norm_batches"),
      ("{ data: { loader_workers: 0 } }", "data.loader_workers"),
      ("{ data: { train: { kind: coco } } }", "data.train"), ("{ data: { train: [{ kind: coco }] } }", "data.train"),
      ("{ checkpoint: { keep: 0 } }", "checkpoint.keep"), ("{ validate_every: -1 }", "validate_every"),
      ("{ cuda_graph: often }", "cuda_graph"), ("{ reinitialize_dormant: {} }", "reinitialize_dormant.layers"),

      ("{ reinitialize_dormant: { layers: gate, batches: 0 } }", "reinitialize_dormant.batches"),
    ])
  func values(_ train: String, _ key: String) {
    let error = error(train)
    #expect(error?.key.hasPrefix("train." + key) == true, "\(error?.description ?? "")")
  }

  /// Keys that were renamed, their present names, and a value for each.
  static let renamedKeys = [
    ("published_batch", "base_batch_size", "64"), ("wake", "reinitialize_dormant", "{ layers: gate }"),
    ("workers", "microbatches", "4"), ("segments", "activation_checkpointing_segments", "3"),
    ("loss.sharpness", "beta", "10"), ("loss.softens_targets", "use_target_softmax", "true"),
    ("data.workers", "loader_workers", "2"),
  ]

  @Test("a key that was renamed is an error that says its new name", arguments: renamedKeys)
  func renamed(_ path: String, _ name: String, _ value: String) {
    let error = #expect(throws: ConfigurationError.self) {
      try Zoo.configuration(named: "litehrnet_18_coco_256x192", settings: ["train.\(path)=\(value)"])
    }
    #expect(error?.key == "train.\(path)" && error?.description.contains("'\(name)'") == true)
  }

  @Test("the metadata of older model files is read, with its former keys")
  func formerKeys() throws {
    let present = try Zoo.configuration(
      named: "litehrnet_18_coco_256x192",
      settings: [
        "train.base_batch_size=96", "train.microbatches=4", "train.activation_checkpointing_segments=3",
        "train.reinitialize_dormant={layers: gate}", "train.loss={beta: 10, use_target_softmax: true}",
        "train.data.loader_workers=2", "train.data.train.0={annotations: a, images: b, repeat: 7}",
        "train.teacher={weights: w, layer_matching: [{layer: a, module: b}]}",
      ])
    var json = try present.json()
    for (old, new) in [
      ("published_batch", "base_batch_size"), ("segments", "activation_checkpointing_segments"),
      ("wake", "reinitialize_dormant"), ("sharpness", "beta"), ("softens_targets", "use_target_softmax"),
      ("workers", "loader_workers"), ("workers", "microbatches"), ("times", "repeat"),
      ("counterparts", "layer_matching"),
    ] {
      #expect(json.contains("\"\(new)\":"))
      json = json.replacingOccurrences(of: "\"\(new)\":", with: "\"\(old)\":")
    }
    #expect(try ModelConfiguration(json: json, source: "file") == present)
  }

  @Test("any value can be set from outside, also below what the file does not have")
  func settings() throws {
    let configuration = try Zoo.configuration(
      named: "litehrnet_18_coco_256x192",
      settings: [
        "train.optimizer.lr=1e-3", "train.schedule.steps=[3, 5]", "model.joints=lsp14", "name=mine",
        "train.data.train.0.annotations=a.json", "train.data.train.0.images=a",
        "train.data.train.1={annotations: b, images: c}",
        "train.schedule.steps.1=7", "codec.sigma=3", "train.ema.momentum=0.1",
      ])
    let train = try #require(configuration.train)
    #expect(train.optimizer.rate == 1e-3 && train.schedule.steps == [3, 7] && train.average?.momentum == 0.1)
    #expect(
      configuration.name == "mine" && configuration.model.skeleton?.name == "lsp14"
        && (configuration.codec.target as? MSRATarget)?.sigma == 3)
    #expect(
      train.data.train == [
        DatasetDescription(annotations: "a.json", images: "a"), DatasetDescription(annotations: "b", images: "c"),
      ])
    #expect(train.batch == 64)
    let printed = try ModelConfiguration(yaml: configuration.yaml(), name: "printed")
    #expect(printed == configuration)
    let plain = try Zoo.configuration(named: "litehrnet_18_coco_256x192", settings: [])
    #expect(try plain == Zoo.configuration(named: "litehrnet_18_coco_256x192"))
  }

  @Test("a part that is given by its name alone keeps it where an argument is set")
  func arguments() throws {
    let settings = ["codec.limit=7", "model.head.convolutions=3"]
    let configuration = try Zoo.configuration(named: "rtmdet_nano_person", settings: settings)
    #expect((configuration.codec.decoder as? RTMDetDecoder)?.limit == 7)
    #expect(configuration.model.head.name == "rtmdet_nano")
    let error = #expect(throws: ConfigurationError.self) {
      try Zoo.configuration(named: "rtmdet_nano_person", settings: ["codec.limits=7"])
    }
    #expect(error?.key == "codec.limits")
  }

  @Test(
    "a setting that cannot be is refused with its key",
    arguments: [
      "train.optimzer.lr=1", "train.epochs", "=3", "", "train.epochs=", "train.epochs=many", "train..epochs=3",
      "train.schedule.steps.9=3", "train.schedule.steps.-1=3", "train.epochs={", "train.epochs=*a",
      "train.epochs=&a [*a]",
      "train.data.train.0.images=x", "train.data.train.0={annotations: a, images: b, unlabelled: true}",
      TestText(String(repeating: "a.", count: 10_000) + "b=1"),
      TestText("name=" + String(repeating: "[", count: 10_000)),
    ] as [TestText])
  func wrongSettings(_ setting: TestText) {
    let error = #expect(throws: ConfigurationError.self) {
      try Zoo.configuration(named: "litehrnet_18_coco_256x192", settings: [setting.text])
    }
    #expect((error?.description.utf8.count ?? 0) < 25_000)
  }

  @Test("a configuration that cannot be found or is empty is an error")
  func files() {
    for name in ["litehrnet_81", "/nowhere.yaml"] {
      #expect(throws: ConfigurationError.self) { try Zoo.configuration(named: name, settings: ["train.epochs=1"]) }
    }
  }
}
