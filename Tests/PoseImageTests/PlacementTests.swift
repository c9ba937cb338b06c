import PoseCore
import PoseImage
import Testing

struct PlacementTests {
  private static let picture = Size(height: 300, width: 500)
  private static let input = Size(height: 256, width: 192)
  static let geometries: [InputGeometry] = [
    .crop(padding: 1.25, warp: .standard), .crop(padding: 1, warp: .udp), .letterbox(fill: 114), .centered(fill: 114),
    .stretch,
    .shortSide(128, multipleOf: 32, warp: .standard), .shortSide(128, multipleOf: 32, warp: .udp),
    .expanded(multipleOf: 32, fill: 0),
  ]

  @Test(
    "what lies beyond a picture in the middle is filled, at the border as OpenCV blends it", arguments: [false, true])
  func fill(_ isTurned: Bool) throws {
    let image = try Image(width: 3, height: 2, pixels: [UInt8](repeating: 200, count: 18))
    // Half a pixel to the right and below, so that each side is half picture; turned, no rows are shared.
    let transform = AffineTransform(a: 1, b: isTurned ? 1e-2 : 0, tx: 1.5, c: 0, d: 1, ty: 1.5)
    let encoding = PixelEncoding(divisor: 1, mean: SIMD3(repeating: 0), deviation: SIMD3(repeating: 1))
    var planes = [Float](repeating: -1, count: 3 * 6 * 6)
    planes.withUnsafeMutableBufferPointer { planes in
      image.withView { $0.warp(by: transform, to: 6, fill: 100, encoding: encoding, into: planes) }
    }
    let row = { (y: Int) in Array(planes[6 * y..<6 * y + 6]) }
    #expect(row(0) == [100, 100, 100, 100, 100, 100])
    if isTurned {
      #expect(row(2)[0] == 100 && (145...150).contains(row(2)[1]) && row(2)[2...3] == [200, 200])
    } else {
      #expect(row(1) == [100, 125, 150, 150, 125, 100])
      #expect(row(2) == [100, 150, 200, 200, 150, 100])
    }
  }

  @Test("what goes to the input comes back to its place in the picture", arguments: geometries)
  func returns(_ geometry: InputGeometry) {
    for region in [nil, BoundingBox(x: 40, y: 30, width: 120, height: 90)] {
      let placement = geometry.placement(of: region, in: Self.picture, input: Self.input)
      for point in [Point(x: 41, y: 33), Point(x: 100.5, y: 77.25), Point(x: 159, y: 119)] {
        let there = placement.toInput(point)
        for back in [placement.toPicture(there), placement.picturePoint(of: there, on: placement.input)] {
          #expect(abs(back.x - point.x) < 1e-3 && abs(back.y - point.y) < 1e-3, "\(geometry)")
        }
      }
    }
  }

  @Test(
    "a letterbox keeps the aspect and fills one side, a stretch both", arguments: [(500, 300), (30, 400), (64, 64)])
  func fills(_ width: Int, _ height: Int) {
    let picture = Size(height: height, width: width)
    let (box, full) = (
      InputGeometry.letterbox(fill: 114).placement(of: nil, in: picture, input: Self.input),
      InputGeometry.stretch.placement(of: nil, in: picture, input: Self.input)
    )
    // The result has whole pixels, so its aspect is that of the picture to half a pixel.
    let shortest = Double(min(width, height)) * max(box.toInput.a, box.toInput.d)
    #expect(abs(box.toInput.a / box.toInput.d - 1) <= 0.5 / shortest + 1e-9)
    // Corners of pixels, which lie half a pixel from their centers.
    let corner = Point(x: Double(width) - 0.5, y: Double(height) - 0.5)
    let (boxed, stretched) = (box.toInput(corner), full.toInput(corner))
    #expect(abs(max(boxed.x / 191.5, boxed.y / 255.5) - 1) < 1e-9)
    #expect(abs(stretched.x - 191.5) < 1e-9 && abs(stretched.y - 255.5) < 1e-9)
  }

  @Test("a short side chooses an input of the least multiples that hold the picture")
  func shortSide() {
    let geometry = InputGeometry.shortSide(512, multipleOf: 64, warp: .standard)
    let placement = geometry.placement(of: nil, in: Self.picture, input: 1)
    #expect(placement.input == Size(height: 512, width: 896))
    #expect(abs(placement.toInput.a - 512.0 / 300) < 1e-9)
  }

  /// The inputs and the factors that MMPose 0.29's `BottomUpResizeAlign` with `use_udp` gives for a short side of 512 pixels.
  static let unbiased: [(picture: Size, input: Size, factor: Double)] = [
    (Size(height: 300, width: 500), Size(height: 512, width: 896), 1.7090301513671875),
    (Size(height: 427, width: 640), Size(height: 512, width: 768), 1.1995306015014648),
    (Size(height: 640, width: 427), Size(height: 768, width: 512), 1.1995306015014648),
    (Size(height: 500, width: 333), Size(height: 832, width: 512), 1.5391566753387451),
  ]

  @Test("by UDP's warp a picture begins at the input's first pixel and has the published size", arguments: unbiased)
  func unbiasedShortSide(_ picture: Size, _ input: Size, _ factor: Double) {
    let geometry = InputGeometry.shortSide(512, multipleOf: 64, warp: .udp)
    let placement = geometry.placement(of: nil, in: picture, input: 1)
    #expect(placement.input == input)
    let (there, back) = (placement.toInput, placement.picturePoint(of: Point(x: 100, y: 200), on: input))
    #expect(abs(there.a - factor) < 1e-6 && abs(there.d - factor) < 1e-6)
    #expect(abs(there.tx) < 1e-4 && abs(there.ty) < 1e-4)
    #expect(abs(back.x - 100 / factor) < 1e-3 && abs(back.y - 200 / factor) < 1e-3)
  }

  /// What MMPose 1.3's `BottomupResize` with `resize_mode='expand'` makes of a picture for an input of 512 x 512: the sides of
  /// the input at the scales 1, 0.5 and 2, the factor at scale 1, and the offset at scale 1.
  static let expanded: [(picture: Size, multiple: Int, inputs: [Size], factor: Double, offset: Point)] = [
    (
      Size(height: 427, width: 640), 32,
      [Size(height: 512, width: 768), Size(height: 256, width: 384), Size(height: 1024, width: 1536)], 1.199063232,
      Point(x: 0.299765808, y: 0)
    ),
    (
      Size(height: 640, width: 427), 64,
      [Size(height: 768, width: 512), Size(height: 384, width: 256), Size(height: 1536, width: 1024)], 1.199063232,
      Point(x: 0, y: 0.299765808)
    ),
    (
      Size(height: 375, width: 500), 32,
      [Size(height: 512, width: 704), Size(height: 256, width: 352), Size(height: 1024, width: 1376)], 1.365333333,
      Point(x: 10.66666667, y: 0)
    ),
    (
      Size(height: 500, width: 333), 64,
      [Size(height: 832, width: 512), Size(height: 448, width: 256), Size(height: 1600, width: 1024)], 1.537537538,
      Point(x: 0, y: 31.61561562)
    ),
    (
      Size(height: 1080, width: 1920), 32,
      [Size(height: 512, width: 928), Size(height: 256, width: 480), Size(height: 1024, width: 1824)], 0.4740740741,
      Point(x: 8.888888889, y: 0)
    ),
    (
      Size(height: 300, width: 64), 32,
      [Size(height: 2400, width: 512), Size(height: 1216, width: 256), Size(height: 4800, width: 1024)], 8,
      Point(x: 0, y: 0)
    ),
  ]

  @Test("an expanded input has the published sides and the picture in its middle, at every scale", arguments: expanded)
  func expands(_ picture: Size, _ multiple: Int, _ inputs: [Size], _ factor: Double, _ offset: Point) {
    let geometry = InputGeometry.expanded(multipleOf: multiple, fill: 0)
    for (scale, input) in zip([1, 0.5, 2], inputs) {
      let placement = geometry.placement(of: nil, in: picture, input: 512, scale: scale, least: 0.5)
      #expect(placement.input == input)
      let expected = [factor * scale, factor * scale]
      #expect(zip([placement.toInput.a, placement.toInput.d], expected).allSatisfy { abs($0 - $1) < 1e-6 * $1 })
      if scale == 1 {
        // The published center and scale are float32.
        #expect(abs(placement.toInput.tx - offset.x) < 1e-4 && abs(placement.toInput.ty - offset.y) < 1e-4)
      }
    }
  }

  @Test("the sides of short inputs at several scales are whole multiples at the least scale")
  func shortScales() {
    let geometry = InputGeometry.shortSide(512, multipleOf: 64, warp: .standard)
    // As MMPose 0.29's `BottomUpResizeAlign` has them for the scales 0.5, 1 and 2.
    for (scale, sides) in [(0.5, (448, 256)), (1, (896, 512)), (2, (1792, 1024))] {
      let input = geometry.placement(of: nil, in: Self.picture, input: 1, scale: scale, least: 0.5).input
      #expect(input == Size(height: sides.1, width: sides.0))
    }
  }

  @Test("a heatmap's cells lie where its pixels lie, by either warp", arguments: Warp.allCases)
  func grid(_ warp: Warp) {
    let crop = CropGeometry(box: BoundingBox(x: 10, y: 20, width: 90, height: 160), input: Self.input)
    let placement = Placement(crop, input: Self.input, warp: warp)
    #expect(
      placement.picturePoint(of: Point(x: 7, y: 9), on: Size(height: 64, width: 48))
        == crop.imagePoint(of: Point(x: 7, y: 9), on: Size(height: 64, width: 48), warp: warp))
    #expect(placement.area == crop.scaleX * 200 * (crop.scaleY * 200))
    let reduction = min(1 / placement.toInput.a, 1 / placement.toInput.d)
    #expect(abs(placement.reduction - reduction) < 1e-12)
  }

  @Test("an empty region is placed without a trap", arguments: geometries)
  func empty(_ geometry: InputGeometry) {
    let placement = geometry.placement(
      of: BoundingBox(x: 3, y: 4, width: 0, height: 0), in: Self.picture, input: Self.input)
    #expect(placement.reduction.isFinite && placement.input.width > 0)
  }

  @Test("pixels are encoded in the order, range and spread that the network wants")
  func encodes() throws {
    let image = try Image(width: 1, height: 1, pixels: [10, 20, 30])
    let encoding = PixelEncoding(order: .bgr, divisor: 1, mean: SIMD3(1, 2, 3), deviation: SIMD3(2, 4, 8))
    var planes: [Float] = [0, 0, 0]
    planes.withUnsafeMutableBufferPointer { planes in
      image.withView { $0.warp(by: .identity, to: 1, encoding: encoding, into: planes) }
    }
    #expect(planes == [14.5, 4.5, 0.875])
  }
}
