import PoseConfiguration
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
      ("{ seed: -1 }", "seed"), ("{ log_every: 0 }", "log_every"), ("{ segments: 0 }", "segments"),
      ("{ optimizer: { lr: .inf } }", "optimizer.lr"), ("{ optimizer: { betas: [1, 1] } }", "optimizer.betas"),
      ("{ optimizer: { betas: [0.9] } }", "optimizer.betas"), ("{ optimizer: adam }", "optimizer"),
      ("{ optimizer: { layer_decay: { factor: 2, blocks: a, count: 1 } } }", "optimizer.layer_decay.factor"),
      ("{ optimizer: { rate_factors: { offsets: -1 } } }", "optimizer.rate_factors"),
      ("{ loss: { smoothing: 1 } }", "loss.smoothing"), ("{ loss: { smoothing: .nan } }", "loss.smoothing"),
      ("{ schedule: { steps: [200, 170] } }", "schedule.steps"), ("{ schedule: { steps: [0] } }", "schedule.steps"),
      ("{ schedule: { warmup_ratio: 2 } }", "schedule.warmup_ratio"), ("{ ema: { fade: 0 } }", "ema.fade"),
      ("{ augmentation: { flip: 1.5 } }", "augmentation.flip"), ("{ data: { workers: 0 } }", "data.workers"),
      ("{ data: { train: { kind: coco } } }", "data.train"), ("{ data: { train: [{ kind: coco }] } }", "data.train"),
      ("{ checkpoint: { keep: 0 } }", "checkpoint.keep"), ("{ validate_every: -1 }", "validate_every"),
      ("{ cuda_graph: often }", "cuda_graph"), ("{ wake: {} }", "wake.layers"),
      ("{ wake: { layers: gate, batches: 0 } }", "wake.batches"),
    ])
  func values(_ train: String, _ key: String) {
    let error = error(train)
    #expect(error?.key.hasPrefix("train." + key) == true, "\(error?.description ?? "")")
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
    #expect(configuration.name == "mine" && configuration.model.joints == "lsp14" && configuration.codec.sigma == 3)
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

  @Test(
    "a setting that cannot be is refused with its key",
    arguments: [
      "train.optimzer.lr=1", "train.epochs", "=3", "", "train.epochs=", "train.epochs=many", "train..epochs=3",
      "train.schedule.steps.9=3", "train.schedule.steps.-1=3", "train.epochs={", "train.epochs=*a",
      "train.epochs=&a [*a]",
      "train.data.train.0.images=x", "train.data.train.0={annotations: a, images: b, unlabelled: true}",
      String(repeating: "a.", count: 10_000) + "b=1",
      "name=" + String(repeating: "[", count: 10_000),
    ])
  func wrongSettings(_ setting: String) {
    let error = #expect(throws: ConfigurationError.self) {
      try Zoo.configuration(named: "litehrnet_18_coco_256x192", settings: [setting])
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
