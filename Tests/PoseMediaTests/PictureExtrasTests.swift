import PoseCore
import PoseImage
import Testing

@testable import PoseMedia

@Suite("What a picture's file holds besides its colors")
struct PictureExtrasTests {
  /// The shortest ICC profile of a monitor that libpng takes, made longer by bytes that mean nothing.
  static func profile(_ count: Int = 132, space: String = "RGB ") -> [UInt8] {
    var profile = [UInt8](repeating: 0, count: count)
    func put(_ bytes: some Collection<UInt8>, at place: Int) {
      profile.replaceSubrange(place..<place + bytes.count, with: bytes)
    }
    put(PNGFile.number(count), at: 0)
    put([4, 0x40], at: 8)
    put("mntr".utf8, at: 12)
    put(space.utf8, at: 16)
    put("XYZ ".utf8, at: 20)
    put("acsp".utf8, at: 36)
    put([0, 0, 0xF6, 0xD6, 0, 1, 0, 0, 0, 0, 0xD3, 0x2D], at: 68)
    return profile
  }

  static func jpeg(tiff: [UInt8], profile: [UInt8]) throws -> [UInt8] {
    try Image.smooth(24, 10).jpeg(keeping: PictureExtras(exif: tiff, profile: profile))
  }

  static func png(tiff: [UInt8], profile: [UInt8]) throws -> [UInt8] {
    let body = Array("any name\0\0".utf8) + PNGFile.stored(profile)
    return PNGFile(
      width: 2, height: 1, colorType: 2, rows: [[1, 2, 3, 4, 5, 6]], extra: [("iCCP", body), ("eXIf", tiff)]
    ).bytes
  }

  @Test("EXIF, upright, and the profile survive in every format", arguments: [132, 70_000, 200_000])
  func keeps(_ count: Int) throws {
    let profile = Self.profile(count)
    let upright = PictureExtras(exif: PNGOrientationTests.tiff(1), profile: profile)
    let files = [
      try Self.jpeg(tiff: PNGOrientationTests.tiff(6), profile: profile),
      try Self.png(tiff: PNGOrientationTests.tiff(6), profile: profile),
    ]
    for file in files {
      let (image, extras) = try EncodedImage(file).decodedWithExtras()
      #expect(image.width < image.height, "it is turned")
      #expect(extras == upright)
      for written in [try image.jpeg(keeping: extras), try image.png(keeping: extras)] {
        let (again, kept) = try EncodedImage(written).decodedWithExtras()
        #expect((again.width, again.height) == (image.width, image.height), "it is not turned twice")
        #expect(kept == upright)
      }
    }
  }

  @Test("a JPEG's segments follow its JFIF header")
  func order() throws {
    let file = try Self.jpeg(tiff: PNGOrientationTests.tiff(1), profile: Self.profile(70_000))
    #expect(JPEGSegments(file).prefix(4).map(\.marker) == [0xE0, 0xE1, 0xE2, 0xE2])
  }

  @Test("an upright EXIF is the given one but for two bytes", arguments: [true, false])
  func upright(_ little: Bool) {
    let block = PNGOrientationTests.tiff(8, little: little)
    #expect(EXIF(tiff: block[...])?.redrawn == PNGOrientationTests.tiff(1, little: little))
  }

  /// A TIFF block of an upright picture with a thumbnail.
  ///
  /// - Parameters:
  ///   - tags: of the thumbnail's place and length.
  ///   - place: where the thumbnail is said to be.
  private static func tiff(tags: [Int] = [0x0201, 0x0202], place: Int = 56, little: Bool) -> [UInt8] {
    func number(_ value: Int, _ count: Int) -> [UInt8] {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
      return little ? bytes : bytes.reversed()
    }
    var block = PNGOrientationTests.tiff(1, little: little)
    block.replaceSubrange(block.count - 4..<block.count, with: number(block.count, 4))
    block += number(2, 2)
    for (tag, value) in zip(tags, [place, 4]) {
      block += number(tag, 2) + number(4, 2) + number(1, 4) + number(value, 4)
    }
    return block + number(0, 4) + thumbnail
  }

  private static let thumbnail: [UInt8] = [0xFF, 0xD8, 0xFF, 0xD9]

  @Test(
    "the thumbnail of a picture that is drawn on is dropped, as a JPEG or as pixels", arguments: [true, false],
    [[0x0201, 0x0202], [0x0111, 0x0117]])
  func thumbnail(_ little: Bool, _ tags: [Int]) throws {
    let block = Self.tiff(tags: tags, little: little)
    #expect(block.suffix(4) == Self.thumbnail[...])
    for file in [
      try Self.jpeg(tiff: block, profile: Self.profile()), try Self.png(tiff: block, profile: Self.profile()),
    ] {
      let kept = try #require(try EncodedImage(file).decodedWithExtras().extras.exif)
      #expect(kept.count == block.count && kept.suffix(4) == [0, 0, 0, 0])
      #expect(Array(kept[..<26]) == PNGOrientationTests.tiff(1, little: little), "the second directory is still linked")
    }
  }

  @Test("a thumbnail that is nowhere, or said to be among the entries, is unlinked and nothing else changes")
  func strangeThumbnail() throws {
    for place in [0, 12, 60, 1 << 31] {
      let block = Self.tiff(place: place, little: true)
      let kept = try #require(EXIF(tiff: block[...])).redrawn
      #expect(Array(kept[..<26]) == PNGOrientationTests.tiff(1) && kept[26...] == block[26...])
    }
    let cut = Self.tiff(little: true).prefix(24)
    #expect(EXIF(tiff: cut).map(\.redrawn) == Array(cut))
  }

  @Test("transparency survives in a PNG and ends where something is drawn")
  func alpha() throws {
    var image = try Image(width: 64, height: 48, pixels: [UInt8](repeating: 200, count: 64 * 48 * 3))
    let transparent = (0..<64 * 48).map { UInt8(truncatingIfNeeded: $0 % 200) }
    var alpha: [UInt8]? = transparent
    try image.draw(try Self.poses(), alpha: &alpha, partCount: 500)
    let changed = try #require(alpha)
    let places = (0..<64 * 48).filter { image.pixels[3 * $0..<3 * $0 + 3].contains { $0 != 200 } }
    #expect(places.count > 50 && places.allSatisfy { changed[$0] == 255 })
    let others = Set(0..<64 * 48).subtracting(places)
    #expect(others.allSatisfy { changed[$0] == transparent[$0] })
    let file = try image.png(keeping: PictureExtras(alpha: changed))
    let (again, extras) = try EncodedImage(file).decodedWithExtras()
    #expect(again == image && extras.alpha == changed)
    #expect(try Image(encoded: file) == image)
  }

  @Test("drawing part by part gives the pixels of drawing at once", arguments: [300, 777, 4000])
  func parts(_ count: Int) throws {
    let image = try Image.noise(97, 61)
    var style = DrawingStyle()
    (style.labels, style.showsBoxes) = (.joints, true)
    var (parts, none) = (image, nil as [UInt8]?)
    try parts.draw(Self.poses(), style: style, alpha: &none, partCount: count)
    #expect(try parts == image.drawing(Self.poses(), style: style) && parts != image)
  }

  @Test("a picture with a side that is longer than Cairo's is drawn on")
  func longSide() throws {
    let image = try Image(width: 40_000, height: 20, pixels: [UInt8](repeating: 90, count: 40_000 * 60))
    #expect(try image.drawing(Self.poses()) != image)
  }

  @Test("a profile that is too large, of other colors or incomplete is dropped, and the picture is read")
  func hostile() throws {
    let tiff = PNGOrientationTests.tiff(1)
    let (large, gray) = (Self.profile(5 << 20), Self.profile(space: "GRAY"))
    for profile in [large, gray] {
      #expect(try EncodedImage(Self.jpeg(tiff: tiff, profile: profile)).decodedWithExtras().extras.profile == nil)
      #expect(try EncodedImage(Self.png(tiff: tiff, profile: profile)).decodedWithExtras().extras.profile == nil)
    }
    var cut = try Self.jpeg(tiff: tiff, profile: Self.profile(70_000))
    let second = try #require(JPEGSegments(cut).filter { $0.marker == JPEGSegments.profileMarker }.last)
    cut[second.body.startIndex + JPEGSegments.profileName.count] = 1
    #expect(try EncodedImage(cut).decodedWithExtras().extras.profile == nil)
    let long = PictureExtras(exif: tiff + [UInt8](repeating: 0, count: 70_000))
    let file = try Image.smooth(24, 10).jpeg(keeping: long)
    #expect(try EncodedImage(file).decodedWithExtras().extras.exif == nil)
  }

  static func poses() throws -> [Pose] {
    let keypoints = (0..<17).map { (index: Int) -> Keypoint in
      let (x, y) = (8 + index * 3, 6 + (index * 11) % 40)
      return Keypoint(position: Point(x: Double(x), y: Double(y)), score: 0.9)
    }
    let box = BoundingBox(x: 5, y: 5, width: 50, height: 38)
    return [Pose(boundingBox: box, score: 0.8, keypoints: keypoints, skeleton: .coco17)]
  }
}
