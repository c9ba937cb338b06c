import Foundation
import PoseCodecs
import PoseCore
import PoseImage
import PoseMedia
import TestSupport
import Testing

@testable import PoseData

@Suite struct SampleLoaderTests {
  @Test("order and content do not depend on the number of threads", arguments: [1, 2, 5])
  func workers(_ workers: Int) throws {
    let folder = try SampleFolder()
    let expected = try folder.batches(7, folder.loader(workers: 3))
    #expect(try folder.batches(7, folder.loader(workers: workers)) == expected)
    #expect(try folder.batches(7, folder.loader(workers: workers, queueDepth: 1)) == expected)
  }

  @Test("a batch holds what the previews show, normalised, with their targets and weights")
  func content() throws {
    let folder = try SampleFolder()
    let recipe = folder.recipe
    let pipeline = SamplePipeline(recipe, seed: 11)
    for batch in try folder.batches(5, folder.loader()) {
      for (row, index) in batch.indices.enumerated() {
        let preview = try pipeline.preview(folder.samples[index], index: index, epoch: batch.position.epoch)
        let area = 48 * 64
        for channel in 0..<3 {
          for place in 0..<area {
            let value = Float(preview.image.pixels[3 * place + channel]) / 255
            let expected = (value - recipe.encoding.mean[channel]) / recipe.encoding.deviation[channel]
            #expect(batch.pixels[(row * 3 + channel) * area + place] == expected)
          }
        }
        for (part, values) in preview.target.values.enumerated() {
          #expect(Array(batch.targets[part][(row * values.count)..<((row + 1) * values.count)]) == values)
        }
        #expect(Array(batch.weights[(row * 17)..<((row + 1) * 17)]) == preview.target.weights)
      }
    }
  }

  @Test("every epoch has each sample once, in an order of its own")
  func epochs() throws {
    let folder = try SampleFolder()
    let loader = try folder.loader()
    let epochs = try (0..<3).map { _ in try folder.batches(loader.batchesPerEpoch, loader).flatMap(\.indices) }
    for epoch in epochs { #expect(epoch.sorted() == Array(0..<folder.samples.count)) }
    #expect(Set(epochs).count == 3)
  }

  @Test("the same sample is varied anew in each epoch, and another seed varies it otherwise")
  func variety() throws {
    let folder = try SampleFolder()
    let pipelines = [SamplePipeline(folder.recipe, seed: 1), SamplePipeline(folder.recipe, seed: 2)]
    var seen: Set<AugmentationSample> = []
    for pipeline in pipelines {
      for epoch in 0..<4 {
        seen.insert(try pipeline.preview(folder.samples[0], index: 0, epoch: epoch).drawn)
      }
    }
    #expect(seen.count == 8)
  }

  @Test("a saved position gives the same continuation", arguments: [0, 1, 2, 3, 5])
  func restores(_ before: Int) throws {
    let folder = try SampleFolder()
    let loader = try folder.loader()
    _ = try folder.batches(before, loader)
    let file = try JSONEncoder().encode(loader.position)
    let expected = try folder.batches(4, loader)
    let position = try JSONDecoder().decode(LoaderPosition.self, from: file)
    #expect(try folder.batches(4, folder.loader(startingAt: position)) == expected)
  }

  @Test("processes share an epoch out evenly", arguments: [1, 2, 3, 4])
  func shards(_ count: Int) throws {
    let folder = try SampleFolder()
    let parts = try (0..<count).map { index in
      let loader = try folder.loader(shard: #require(Shard(index: index, of: count)))
      return try folder.batches(loader.batchesPerEpoch, loader).flatMap(\.indices)
    }
    #expect(Set(parts.map(\.count)).count == 1)
    #expect(Set(parts.joined()) == Set(folder.samples.indices))
  }

  @Test("a last batch that is not full is dropped on request")
  func dropsLast() throws {
    let folder = try SampleFolder()
    let loader = try folder.loader { $0.dropsLast = true }
    #expect(loader.batchesPerEpoch == folder.samples.count / 3)
    #expect(try folder.batches(loader.batchesPerEpoch, loader).allSatisfy { $0.indices.count == 3 })
  }

  @Test("a batch with a damaged picture throws its name, and the next one comes")
  func refuses() throws {
    let folder = try SampleFolder(damaged: [4])
    let loader = try folder.loader { $0.shuffles = false }
    _ = try folder.batches(1, loader)
    let error = #expect(throws: LoaderError.self) { try loader.withNextBatch { _ in } }
    #expect("\(try #require(error))".contains("4.jpg"))
    #expect(try folder.batches(1, loader).first?.indices == [6, 7])
  }

  @Test("damaged pictures are replaced by the same samples each time, and named", arguments: [1, 4])
  func replaces(_ workers: Int) throws {
    let folder = try SampleFolder(damaged: [1, 4, 5])
    let batches = try (0..<2).map { _ in
      try folder.batches(6, folder.loader(workers: workers) { $0.damagedPictures = .replace })
    }
    #expect(batches[0] == batches[1])
    let names = batches[0].prefix(3).flatMap(\.replacements).map(\.picture)
    #expect(Set(names) == Set([1, 4, 5].map { folder.samples[$0].picture }))
    for batch in batches[0] {
      #expect(
        batch.replacements.allSatisfy {
          batch.indices[$0.row] == $0.replacement && ![1, 4, 5].contains($0.replacement)
        })
    }
  }

  @Test("where every picture is damaged replacing gives up")
  func allDamaged() throws {
    let folder = try SampleFolder(damaged: Array(0..<8))
    let loader = try folder.loader { $0.damagedPictures = .replace }
    #expect(throws: LoaderError.self) { try loader.withNextBatch { _ in } }
  }

  @Test("options that make no sense are refused")
  func options() throws {
    let folder = try SampleFolder()
    #expect(throws: LoaderError.self) { try folder.loader(workers: 0) }
    #expect(throws: LoaderError.self) { try folder.loader(queueDepth: 0) }
    #expect(throws: LoaderError.self) { try folder.loader { $0.batchSize = 0 } }
    #expect(Shard(index: 2, of: 2) == nil && Shard("3/2") == nil && Shard("2/2")?.description == "2/2")
    #expect(throws: LoaderError.self) { try folder.loader(startingAt: LoaderPosition(epoch: 0, batch: 3)) }
    #expect(throws: LoaderError.self) { try folder.loader(startingAt: LoaderPosition(epoch: -1, batch: 0)) }
    #expect(throws: LoaderError.self) { try folder.loader(startingAt: LoaderPosition(epoch: .max, batch: 0)) }
    #expect(throws: LoaderError.self) {
      try folder.loader {
        $0.batchSize = 65536
        $0.queueDepth = 1024
      }
    }
    #expect(throws: LoaderError.self) { try SampleLoader([], recipe: folder.recipe, seed: 1) }
    #expect(throws: LoaderError.self) {
      try folder.loader {
        $0.batchSize = 9
        $0.dropsLast = true
      }
    }
  }

  @Test("a loader that nobody reads from ends")
  func abandoned() throws {
    let folder = try SampleFolder()
    for depth in [1, 3] { _ = try folder.loader(workers: 4, queueDepth: depth) }
  }
}

/// What a batch held.
struct BatchCopy: Hashable {
  var position: LoaderPosition
  var indices: [Int]
  var pixels: [Float]
  var targets: [[Float]]
  var weights: [Float]
  var replacements: [SampleBatch.Replacement]
}

/// Eight pictures with a person each.
struct SampleFolder {
  let samples: [TrainingSample]
  let recipe: SampleRecipe

  init(damaged: [Int] = []) throws {
    let url = try ScratchFolder("samples").url
    var stream = RandomStream(seed: 5)
    var samples: [TrainingSample] = []
    for index in 0..<8 {
      let (width, height) = (70 + 9 * index, 120 - 7 * index)
      var pixels = (0..<width * height * 3).map { UInt8($0 * (index + 1) % 251) }
      for place in pixels.indices where place % 7 == 0 { pixels[place] = UInt8(truncatingIfNeeded: stream.next()) }
      let path = url.appending(path: "\(index).jpg").path
      var file = try Image(width: width, height: height, pixels: pixels).jpeg(quality: 80)
      // Without its picture.
      if damaged.contains(index) { file = Array(file[..<120]) }
      _ = FileManager.default.createFile(atPath: path, contents: Data(file))
      let joints = (0..<17).map { _ in
        LabelledKeypoint(
          x: stream.uniform(0, Double(width - 1)), y: stream.uniform(0, Double(height - 1)),
          isLabelled: stream.happens(0.8))
      }
      let box = BoundingBox(x: 10, y: 8, width: Double(width - 20), height: Double(height - 15))
      samples.append(
        TrainingSample(
          picture: path,
          person: TrainingPerson(
            crop: CropGeometry(box: box, input: Size(height: 64, width: 48)), box: box, joints: joints)))
    }
    self.samples = samples
    var augmentation = Augmentation.coco
    augmentation.photometric = PhotometricDistortion()
    augmentation.blurProbability = 0.3
    augmentation.erasingProbability = 0.5
    recipe = SampleRecipe(
      skeleton: .coco17,
      encoder: try TargetEncoder(
        SimCCTarget(),
        for: TargetGrid(joints: 17, input: Size(height: 64, width: 48), maps: Size(height: 16, width: 12)),
        jointWeights: Skeleton.coco17.jointWeights.map { Float($0) }), augmentation: augmentation)
  }

  func loader(
    workers: Int = 2, queueDepth: Int = 2, shard: Shard = .whole,
    startingAt position: LoaderPosition = LoaderPosition(), _ change: (inout SampleLoader.Options) -> Void = { _ in }
  ) throws -> SampleLoader {
    var options = SampleLoader.Options()
    options.batchSize = 3
    options.workers = workers
    options.queueDepth = queueDepth
    options.shard = shard
    change(&options)
    return try SampleLoader(samples, recipe: recipe, seed: 11, options: options, startingAt: position)
  }

  func batches(_ count: Int, _ loader: SampleLoader) throws -> [BatchCopy] {
    try (0..<count).map { _ in
      try loader.withNextBatch {
        BatchCopy(
          position: $0.position, indices: $0.indices, pixels: Array($0.pixels), targets: $0.targets.map(Array.init),
          weights: Array($0.weights), replacements: $0.replacements)
      }
    }
  }
}
