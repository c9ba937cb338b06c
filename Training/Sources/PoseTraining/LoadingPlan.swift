import PoseConfiguration
import PoseCore
import PoseData
import PoseTorch

/// How the samples are divided into batches and over processes.
struct LoadingPlan {
  var options = SampleLoader.Options()
  let batchesPerEpoch: Int

  init(_ train: TrainingDescription, samples: Int, device: Device, group: ProcessGroup) {
    options.batchSize = train.batch
    options.shard = Shard(index: group.rank, of: group.size) ?? .whole
    let own = (samples + group.size - 1) / group.size
    // A small last batch would disturb the norms' statistics, so the published code leaves it out.
    options.dropsLast = own >= train.batch
    batchesPerEpoch = options.dropsLast ? own / train.batch : 1
    options.damagedPictures = train.data.replacesDamaged ? .replace : .refuse
    options.workers = train.data.loaderWorkers ?? (device.isCPU ? max(1, LibTorch.threads / 2) : nil)
  }
}

/// What a network reads of the first batches of training.
struct SampleInputs {
  let source: SampleSource
  let loading: LoadingPlan
  let seed: UInt64

  func batches(_ count: Int, device: Device = .cpu) throws -> [TorchTensor] {
    let loader = try SampleLoader(source, seed: seed, options: loading.options)
    return try (0..<count).map { _ in
      try loader.withNextBatch { try TorchTensor($0.pixels, [$0.count] + source.inputShape, device: device) }
    }
  }
}
