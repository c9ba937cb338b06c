import Foundation
import PoseCore
import PoseImage
import PoseMedia
import TestSupport
import Testing

@Suite("Drawing")
struct DrawingTests {
  static let skeleton = Skeleton(
    name: "coco17",
    joints: [
      "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow",
      "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle",
      "right_ankle",
    ],
    flipPairs: [],
    limbs: [
      (15, 13), (13, 11), (16, 14), (14, 12), (11, 12), (5, 11), (6, 12), (5, 6), (5, 7), (6, 8), (7, 9), (8, 10),
      (1, 2), (0, 1), (0, 2), (1, 3), (2, 4), (3, 5), (4, 6),
    ].map { Skeleton.Pair($0.0, $0.1) },
    sigmas: [])

  static func pose(_ keypoints: [Keypoint]) -> Pose {
    Pose(
      boundingBox: BoundingBox(x: 40, y: 40, width: 30, height: 60), score: 0.87, keypoints: keypoints,
      skeleton: skeleton)
  }

  /// Joints in a block of 20 x 40 pixels around (60, 60).
  static let person = pose(
    (0..<17).map { (index: Int) -> Keypoint in
      let (x, y) = (50 + index % 5 * 5, 45 + index * 2)
      return Keypoint(x: Double(x), y: Double(y), score: 0.9)
    })

  static var busy: DrawingStyle {
    var style = DrawingStyle()
    style.labels = .joints
    style.showsBoxes = true
    return style
  }

  @Test("no poses, or none that can be seen, leave the picture alone")
  func drawsNothing() throws {
    let image = try Image.noise(120, 120)
    #expect(try image.drawing([]) == image)
    #expect(try image.drawing([Self.pose([])]) == image)
    #expect(try image.drawing([Self.pose((0..<17).map { _ in Keypoint(x: 50, y: 50, score: 0.19) })]) == image)
  }

  @Test("only pixels near the person change")
  func staysNear() throws {
    let image = try Image.noise(200, 160)
    let drawn = try image.drawing([Self.person])
    var changed = 0
    for y in 0..<image.height {
      for x in 0..<image.width where drawn.pixel(x, y) != image.pixel(x, y) {
        changed += 1
        #expect((44...76).contains(x) && (39...83).contains(y))
      }
    }
    #expect(changed > 100)
  }

  @Test("the same drawing twice is the same picture")
  func isDeterministic() throws {
    let image = try Image.noise(200, 160)
    #expect(try image.drawing([Self.person], style: Self.busy) == image.drawing([Self.person], style: Self.busy))
  }

  @Test("a limb needs both its ends")
  func needsBothEnds() throws {
    let image = try Image(width: 100, height: 100, pixels: [UInt8](repeating: 128, count: 30000))
    var keypoints = (0..<17).map { _ in Keypoint(x: 0, y: 0, score: 0) }
    keypoints[5] = Keypoint(x: 20, y: 50, score: 1)
    keypoints[7] = Keypoint(x: 80, y: 50, score: 1)
    #expect(try image.drawing([Self.pose(keypoints)]).pixel(50, 50) != [128, 128, 128])
    keypoints[7].score = 0.1
    let drawn = try image.drawing([Self.pose(keypoints)])
    #expect(drawn.pixel(50, 50) == [128, 128, 128])
    #expect(drawn.pixel(80, 50) == [128, 128, 128])
    #expect(drawn.pixel(20, 50) != [128, 128, 128])
  }

  @Test("left and right have their own colours")
  func colorsSides() throws {
    let image = try Image(width: 100, height: 100, pixels: [UInt8](repeating: 128, count: 30000))
    var keypoints = (0..<17).map { _ in Keypoint(x: 0, y: 0, score: 0) }
    for (index, x, y) in [(5, 20, 20), (7, 80, 20), (6, 20, 80), (8, 80, 80)] {
      keypoints[index] = Keypoint(x: Double(x), y: Double(y), score: 1)
    }
    var style = DrawingStyle()
    style.thickness = 4
    let drawn = try image.drawing([Self.pose(keypoints)], style: style)
    let (left, right) = (drawn.pixel(50, 20), drawn.pixel(50, 80))
    #expect(left[2] > left[0] && right[0] > right[2])
  }

  @Test("a trail is clearest at its last point and fades towards its first, also where nobody is drawn")
  func trails() throws {
    let black = try Image(width: 100, height: 40, pixels: [UInt8](repeating: 0, count: 12_000))
    let points = [Point(x: .nan, y: 0), Point(x: 1e9, y: 20)] + (1..<10).map { Point(x: Double($0) * 10, y: 20) }
    let trail = Trail(points: points, color: Color(red: 1, green: 0, blue: 0))
    let drawn = try black.drawing(named: [], trails: [trail])
    let reds = stride(from: 15, through: 85, by: 10).map { drawn.pixel($0, 20)[0] }
    #expect(reds == reds.sorted() && reds[0] > 0 && reds[0] < 80 && reds[7] > 200, "\(reds)")
    #expect(drawn.pixel(95, 20) == [0, 0, 0] && drawn.pixel(50, 30) == [0, 0, 0])
    #expect(try black.drawing(named: [], trails: [Trail(points: [], color: trail.color)]) == black)
  }

  @Test("values that are no numbers never trap", arguments: [Double.nan, .infinity, -.infinity, 1e300, -1e18, 1e7])
  func survivesNonsense(_ value: Double) throws {
    let image = try Image.noise(60, 40)
    var wild = Self.person
    for index in wild.keypoints.indices where index % 2 == 0 { wild.keypoints[index].position.x = value }
    wild.keypoints[3].score = value
    wild.boundingBox.width = value
    wild.score = value
    wild.skeleton.limbs += [Skeleton.Pair(-1, 99), Skeleton.Pair(.max, .min)]
    wild.keypoints += wild.keypoints
    var style = Self.busy
    style.thickness = value
    let drawn = try image.drawing([wild], style: style)
    #expect((drawn.width, drawn.height) == (60, 40))
  }

  /// A person with a face of 68 landmarks in rings and with spread fingers, 800 pixels tall.
  private static func detailed() throws -> Pose {
    let skeleton = try #require(Skeleton(named: "wholebody133"))
    let body: [Point] = [
      (300, 100), (315, 88), (285, 88), (335, 92), (265, 92), (370, 200), (230, 200), (420, 310), (180, 310),
      (470, 410), (130, 410), (345, 440), (255, 440), (350, 610), (250, 610), (355, 780), (245, 780), (385, 805),
      (370, 812), (350, 795), (215, 805), (230, 812), (250, 795),
    ].map { Point(x: $0.0, y: $0.1) }
    func row(_ count: Int, _ place: (Double) -> Point) -> [Point] { (0..<count).map { place(Double($0)) } }
    func ring(_ count: Int, x: Double = 300, y: Double, width: Double, height: Double, until end: Double) -> [Point] {
      row(count) { index in
        let angle = end * index / Double(count - 1)
        return Point(x: x - width * cos(angle), y: y + height * sin(angle))
      }
    }
    func hand(at wrist: Point, side: Double) -> [Point] {
      let joints = row(20) { index in
        let finger = (index / 4).rounded(.down)
        let bone = index - 4 * finger + 1
        let angle = 0.1 + 0.33 * finger
        let length = (finger == 0 ? 9 : 17) * bone
        let x = 40 - 16 * finger + length * cos(angle)
        return Point(x: wrist.x + side * x * 0.6, y: wrist.y + length * sin(angle) * 0.9 + 10)
      }
      return [wrist] + joints
    }
    let jaw = ring(17, y: 92, width: 42, height: 62, until: .pi)
    let brows = row(10) { Point(x: 262 + 7.5 * $0 + ($0 > 4 ? 8 : 0), y: 76) }
    let nose = row(4) { Point(x: 300, y: 90 + 8 * $0) } + row(5) { Point(x: 291 + 4.5 * $0, y: 119) }
    let eyes = [282.0, 318].flatMap { ring(6, x: $0, y: 90, width: 9, height: 4, until: 5.2) }
    let mouth =
      ring(12, y: 134, width: 19, height: 9, until: 5.76) + ring(8, y: 134, width: 13, height: 4, until: 5.5)
    let hands = hand(at: Point(x: 470, y: 415), side: 1) + hand(at: Point(x: 130, y: 415), side: -1)
    let places = body + jaw + brows + nose + eyes + mouth + hands
    return Pose(
      boundingBox: BoundingBox(x: 100, y: 20, width: 420, height: 800), score: 0.9,
      keypoints: places.map { Keypoint(position: $0, score: 0.9) }, skeleton: skeleton)
  }

  @Test("landmarks of a face and joints of a finger stay apart in a drawing of a whole body")
  func staysLegible() throws {
    let image = try Image(width: 600, height: 860, pixels: [UInt8](repeating: 128, count: 600 * 860 * 3))
    let pose = try Self.detailed()
    #expect(pose.keypoints.count == 133)
    let drawn = try image.drawing([pose])
    // The background or the dark edge of a dot.
    func isDark(between first: Int, _ second: Int) -> Bool {
      let (a, b) = (pose.keypoints[first].position, pose.keypoints[second].position)
      return drawn.pixel(Int((a.x + b.x) / 2), Int((a.y + b.y) / 2)).allSatisfy { $0 <= 128 }
    }
    // Along the chin, which no limb crosses, and across from one fingertip to the next.
    #expect((28..<34).allSatisfy { isDark(between: $0, $0 + 1) })
    #expect([99, 103, 107].allSatisfy { isDark(between: $0, $0 + 4) })
    if let folder = ProcessInfo.processInfo.environment["POSE_DRAWINGS"] {
      try drawn.write(to: "\(folder)/wholebody.png")
    }
  }

  // Set POSE_DRAWINGS to a folder to look at the pictures.
  @Test("photographs with their annotated people", .needsSharedData, arguments: ImageFileTests.samples)
  func drawsPhotographs(_ name: String) throws {
    let data = try Data(contentsOf: SharedData.url("data/samples/coco/test_coco.json"))
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let annotations = try decoder.decode(Annotations.self, from: data)
    let image = try Image(contentsOf: SharedData.url("data/samples/coco/\(name).jpg").path)
    let poses = annotations.annotations.filter { $0.imageId == Int(name) && $0.numKeypoints > 0 }.map(\.pose)
    #expect(!poses.isEmpty)
    let plain = try image.drawing(poses)
    #expect(plain != image)
    guard let folder = ProcessInfo.processInfo.environment["POSE_DRAWINGS"] else { return }
    try plain.write(to: "\(folder)/\(name).png")
    var style = DrawingStyle()
    style.showsBoxes = true
    style.labels = .score
    try image.drawing(poses, style: style).write(to: "\(folder)/\(name)-boxes.png")
    try image.drawing(Array(poses.prefix(1)), style: Self.busy).write(to: "\(folder)/\(name)-joints.png")
  }

  struct Annotations: Decodable {
    struct Person: Decodable {
      var imageId: Int
      var numKeypoints: Int
      var keypoints: [Double]
      var bbox: [Double]

      var pose: Pose {
        let points = stride(from: 0, to: keypoints.count, by: 3).map {
          Keypoint(x: keypoints[$0], y: keypoints[$0 + 1], score: keypoints[$0 + 2] > 0 ? 0.95 : 0)
        }
        return Pose(
          boundingBox: BoundingBox(x: bbox[0], y: bbox[1], width: bbox[2], height: bbox[3]), score: 0.93,
          keypoints: points, skeleton: DrawingTests.skeleton)
      }
    }
    var annotations: [Person]
  }
}
