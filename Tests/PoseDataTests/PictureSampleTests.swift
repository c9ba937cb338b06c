import PoseConfiguration
import PoseCore
import PoseFormats
import PoseImage
import PoseMedia
import TestSupport
import Testing

@testable import PoseData

/// Samples of whole pictures, by pictures of colored rectangles.
@Suite struct PictureSampleTests {
  static let augmentations: [(name: String, PictureAugmentation)] = [
    ("none", augmentation { _ in }),
    ("mirrored", augmentation { $0.flipProbability = 1 }),
    ("smaller", augmentation { $0.scale = 0.3...0.9 }),
    ("larger", augmentation { ($0.scale, $0.flipProbability) = (1...2.5, 0.5) }),
    ("mosaic", augmentation { ($0.mosaicProbability, $0.flipProbability) = (1, 0.5) }),
    ("mosaic, scaled", augmentation { ($0.mosaicProbability, $0.scale, $0.flipProbability) = (1, 0.3...1.6, 0.5) }),
  ]

  static func augmentation(_ change: (inout PictureAugmentation) -> Void) -> PictureAugmentation {
    var augmentation = PictureAugmentation()
    change(&augmentation)
    return augmentation
  }

  static func samples(_ pictures: RectanglePictures) throws -> [LabelledPicture] {
    try DatasetDescription(annotations: pictures.annotations, images: pictures.folder.path)
      .objects(of: RectanglePictures.classes).pictures
  }

  static let input = Size(height: 64, width: 96)

  @Test("boxes enclose the pixels of their objects, and nothing else", arguments: augmentations)
  func boxes(_ name: String, _ augmentation: PictureAugmentation) throws {
    let sizes = [Size(height: 48, width: 64), Size(height: 130, width: 70), Size(height: 33, width: 200)]
    let pictures = try RectanglePictures(count: 9, sizes: sizes, most: 1)
    var recipe = PictureRecipe(input: Self.input)
    recipe.augmentation = augmentation
    let pipeline = PicturePipeline(try Self.samples(pictures), recipe, seed: 5)
    var (seen, cut) = (0, 0)
    for (index, epoch) in (0..<9).flatMap({ index in (0..<6).map { (index, $0) } }) {
      let preview = try pipeline.preview(index, epoch: epoch)
      #expect(!preview.boxes.isEmpty)
      for color in 0..<3 {
        // All of one color: in a mosaic there may be several.
        let boxes = preview.boxes.filter { $0.label == color }.map(\.box)
        let pixels = preview.image.extent(ofColor: color)
        guard let left = boxes.map(\.x).min(), let top = boxes.map(\.y).min(),
          let right = boxes.map({ $0.x + $0.width }).max(), let bottom = boxes.map({ $0.y + $0.height }).max()
        else {
          #expect(pixels == nil, "\(name) \(index) \(epoch) \(color)")
          continue
        }
        // A sliver may be too thin for a pixel of the full color.
        guard boxes.allSatisfy({ $0.width > 4 && $0.height > 4 }) else { continue }
        let extent = try #require(pixels, "\(name) \(index) \(epoch) \(color)")
        let distances = [
          left - extent.x, top - extent.y, extent.x + extent.width - right, extent.y + extent.height - bottom,
        ]
        #expect(distances.allSatisfy { $0.magnitude <= 2.5 }, "\(name) \(index) \(epoch) \(color): \(distances)")
        seen += 1
        if left == 0 || top == 0 { cut += 1 }
      }
    }
    #expect(seen > 30)
    #expect(name == "larger" || name.hasPrefix("mosaic") ? cut > 0 : true)
  }

  @Test(
    "a sample that is not varied is what validation sees",
    arguments: [Size(height: 96, width: 128), Size(height: 77, width: 50)])
  func still(_ size: Size) throws {
    let pictures = try RectanglePictures(count: 1, sizes: [size])
    var recipe = PictureRecipe(input: Self.input)
    recipe.decoding = .exact
    let preview = try PicturePipeline(Self.samples(pictures), recipe, seed: 1).preview(0, epoch: 0)
    let placement = InputGeometry.letterbox(fill: 114).placement(of: nil, in: size, input: Self.input)
    let area = Self.input.width * Self.input.height
    var planes = [Float](repeating: 0, count: 3 * area)
    let encoding = PixelEncoding(divisor: 1, mean: SIMD3(0, 0, 0), deviation: SIMD3(1, 1, 1))
    try Image(contentsOf: pictures.folder.path + "/0.png").withView { view in
      planes.withUnsafeMutableBufferPointer { view.encode(placement, toPicture: nil, encoding: encoding, into: $0) }
    }
    var worst = Float(0)
    for place in 0..<area {
      for channel in 0..<3 {
        worst = max(
          worst, (planes[channel * area + place] - Float(preview.image.pixels[3 * place + channel])).magnitude)
      }
    }
    #expect(worst <= 1)
    let box = pictures.pictures[0].rectangles[0].box
    let scale = min(96 / Double(size.width), 64 / Double(size.height))
    #expect((preview.boxes[0].box.x - box.x * scale).magnitude < 0.6)
  }

  @Test("order and content do not depend on the number of threads", arguments: [1, 3])
  func threads(_ workers: Int) throws {
    let pictures = try RectanglePictures(count: 7)
    var recipe = PictureRecipe(input: Self.input)
    recipe.augmentation = Self.augmentation {
      ($0.mosaicProbability, $0.mixupProbability, $0.scale) = (0.5, 0.5, 0.5...1.5)
      $0.colors = ColorShift(hue: 5, saturation: 30, value: 30)
    }
    (recipe.boxes, recipe.plainEpoch) = (6, 2)
    let samples = try Self.samples(pictures)
    func batches(_ workers: Int) throws -> [[Float]] {
      var options = SampleLoader.Options()
      (options.batchSize, options.workers) = (3, workers)
      let loader = try SampleLoader(SampleSource(samples, recipe: recipe), seed: 3, options: options)
      return try (0..<9).map { _ in
        try loader.withNextBatch { batch in
          #expect(batch.weights.isEmpty && batch.targets[0].count == batch.count * 6 * BoxRow.count)
          return batch.indices.map { Float($0) } + Array(batch.pixels) + Array(batch.targets[0])
        }
      }
    }
    let expected = try batches(2)
    #expect(try batches(workers) == expected)
    #expect(Set(expected).count == 9)
  }

  @Test("the last epochs show one picture alone")
  func plain() throws {
    let pictures = try RectanglePictures(count: 3)
    var recipe = PictureRecipe(input: Self.input)
    recipe.augmentation = Self.augmentation { ($0.mosaicProbability, $0.mixupProbability) = (1, 1) }
    recipe.plainEpoch = 4
    let pipeline = PicturePipeline(try Self.samples(pictures), recipe, seed: 3)
    for epoch in 0..<8 {
      let variation = try pipeline.preview(0, epoch: epoch).variation
      #expect((variation.mosaic != nil) == (epoch < 4) && (variation.mixed != nil) == (epoch < 4))
    }
  }

  @Test("where there are too many boxes the largest stay, and rows without a box say so")
  func rows() throws {
    let pictures = try RectanglePictures(count: 1)
    var samples = try Self.samples(pictures)
    samples[0].boxes = [
      LabelledBox(BoundingBox(x: 1, y: 1, width: 10, height: 10), label: 0),
      LabelledBox(BoundingBox(x: 8, y: 8, width: 40, height: 30), label: 2),
      LabelledBox(BoundingBox(x: 2, y: 3, width: 20, height: 20), label: nil),
    ]
    func labels(most: Int) throws -> [Float] {
      var recipe = PictureRecipe(input: Self.input)
      recipe.boxes = most
      let loader = try SampleLoader(SampleSource(samples, recipe: recipe), seed: 1)
      return try loader.withNextBatch { batch in
        stride(from: 4, to: batch.targets[0].count, by: BoxRow.count).map { batch.targets[0][$0] }
      }
    }
    #expect(try labels(most: 4) == [0, 2, BoxRow.ignored, BoxRow.empty])
    #expect(try labels(most: 2) == [2, BoxRow.ignored])
  }

  @Test(
    "colors shift as OpenCV's do",
    arguments: [
      (
        ColorShift(hue: 5, saturation: 0, value: 0),
        [10, 17, 30, 200, 125, 50, 128, 128, 128, 0, 0, 0, 255, 255, 255, 30, 220, 125, 250, 10, 162]
      ),
      (
        ColorShift(hue: 0, saturation: -30, value: 20),
        [23, 36, 50, 220, 127, 81, 148, 148, 148, 20, 20, 20, 255, 255, 255, 61, 240, 121, 255, 40, 212]
      ),
      (
        ColorShift(hue: -4, saturation: 25, value: -17),
        [3, 9, 13, 183, 59, 28, 111, 100, 102, 0, 0, 0, 238, 215, 218, 8, 203, 47, 233, 0, 217]
      ),
    ] as [(ColorShift, [Int])])
  func colors(_ shift: ColorShift, _ expected: [Int]) {
    var pixels: [UInt8] = [
      10, 20, 30, 200, 100, 50, 128, 128, 128, 0, 0, 0, 255, 255, 255, 30, 220, 90, 250, 10, 200,
    ]
    pixels.withUnsafeMutableBufferPointer { shift.apply(to: $0) }
    // OpenCV rounds hues to two degrees.
    let worst = zip(pixels, expected).map { abs(Int($0) - $1) }.max() ?? 0
    #expect(worst <= 4, "\(pixels)")
  }

  @Test("a picture that cannot be read is named")
  func damaged() throws {
    let pictures = try RectanglePictures(count: 2)
    var samples = try Self.samples(pictures)
    samples[1].path += ".missing"
    let loader = try SampleLoader(SampleSource(samples, recipe: PictureRecipe(input: Self.input)), seed: 1)
    let error = #expect(throws: LoaderError.self) { try loader.withNextBatch { _ in } }
    #expect(error?.description.contains("1.png.missing") == true)
  }
}

extension Image {
  /// The least box around the pixels of a color: red (0), green (1) or blue (2).
  fileprivate func extent(ofColor color: Int) -> BoundingBox? {
    var (left, top, right, bottom) = (width, height, -1, -1)
    for y in 0..<height {
      for x in 0..<width {
        let pixel = pixels[3 * (y * width + x)..<3 * (y * width + x) + 3].map { Int($0) }
        let others = (0..<3).filter { $0 != color }.map { pixel[$0] }
        guard pixel[color] > 170, others.allSatisfy({ $0 < 90 }) else { continue }
        (left, top, right, bottom) = (min(left, x), min(top, y), max(right, x), max(bottom, y))
      }
    }
    guard right >= 0 else { return nil }
    return BoundingBox(
      x: Double(left), y: Double(top), width: Double(right - left + 1), height: Double(bottom - top + 1))
  }
}
