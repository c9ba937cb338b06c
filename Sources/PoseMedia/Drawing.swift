import PoseCore
import PoseImage

extension Image {
  /// A copy on which people's skeletons are drawn. Limbs and joints are colored by the side of the body and have a thin
  /// dark halo, and their widths depend on the sizes of the person and the picture.
  ///
  /// Joints whose score is below the style's threshold or whose position is not finite are left out. A limb is drawn
  /// only if both of its joints are.
  ///
  /// - Throws: ``MediaError`` if there is no memory left to draw in.
  public func drawing(_ poses: [Pose], style: DrawingStyle = .init()) throws(MediaError) -> Image {
    var (drawn, alpha) = (self, nil as [UInt8]?)
    try drawn.draw(poses, style: style, alpha: &alpha)
    return drawn
  }

  /// A copy on which each person's skeleton is drawn in colors of its own, with the person's name above it.
  ///
  /// - Parameters:
  ///   - poses: with the name and the colors of each.
  ///   - trails: drawn below the people.
  ///   - style: for all else.
  /// - Throws: ``MediaError`` if there is no memory left to draw in.
  public func drawing(
    named poses: [(pose: Pose, name: String, palette: DrawingStyle.Palette)], trails: [Trail] = [],
    style: DrawingStyle = .init()
  ) throws(MediaError) -> Image {
    var (drawn, alpha) = (self, nil as [UInt8]?)
    let figures = poses.map { person in
      var own = style
      own.palette = person.palette
      return Figure(person.pose, name: person.name, width: width, height: height, style: own)
    }
    try drawn.draw(figures, trails: trails, style: style, alpha: &alpha, partCount: 1 << 22)
    return drawn
  }

  /// Draws people's skeletons on the picture itself, as ``drawing(_:style:)`` does on a copy. The picture is drawn part
  /// by part, so that no second copy of a large one is needed.
  ///
  /// - Parameters:
  ///   - alpha: the transparency of the picture, which becomes opaque where something is drawn.
  ///   - partCount: the largest number of pixels of a part.
  package mutating func draw(
    _ poses: [Pose], style: DrawingStyle = .init(), alpha: inout [UInt8]?, partCount: Int = 1 << 22
  ) throws(MediaError) {
    let (width, height) = (width, height)
    try draw(
      poses.map { Figure($0, width: width, height: height, style: style) }, style: style, alpha: &alpha,
      partCount: partCount)
  }

  /// Draws boxes around objects on the picture itself, with their scores and the names of their classes.
  ///
  /// - Parameters:
  ///   - classes: the names, by the detections' labels.
  ///   - alpha: the transparency of the picture, which becomes opaque where something is drawn.
  package mutating func draw(
    _ detections: [Detection], classes: [String], alpha: inout [UInt8]?
  ) throws(MediaError) {
    var style = DrawingStyle()
    (style.showsBoxes, style.labels) = (true, .score)
    let (width, height) = (width, height)
    let figures = detections.map { detection in
      Figure(
        detection, name: classes.indices.contains(detection.label) ? classes[detection.label] : nil, width: width,
        height: height, style: style)
    }
    try draw(figures, style: style, alpha: &alpha, partCount: 1 << 22)
  }

  private mutating func draw(
    _ figures: [Figure], trails: [Trail] = [], style: DrawingStyle, alpha: inout [UInt8]?, partCount: Int
  ) throws(MediaError) {
    if figures.isEmpty, trails.isEmpty { return }
    let (width, height) = (width, height)
    for part in PicturePart.parts(width: width, height: height, count: partCount) {
      let canvas = try Canvas(part, of: pixels, width: width, height: height)
      for trail in trails { trail.draw(on: canvas, width: width, height: height) }
      if style.showsBoxes {
        for figure in figures { figure.drawBox(on: canvas) }
      }
      for figure in figures { figure.drawSkeleton(on: canvas) }
      // Text is drawn last, so that no other person hides it.
      for figure in figures { figure.drawLabels(on: canvas) }
      try withMutablePixels { (pixels) throws(MediaError) in
        guard var plane = alpha else { return try canvas.store(into: pixels, alpha: nil) }
        // Only one reference is left, so that the plane is changed without being copied.
        alpha = nil
        try plane.withUnsafeMutableBufferPointer { (plane) throws(MediaError) in
          try canvas.store(into: pixels, alpha: plane)
        }
        alpha = plane
      }
    }
  }
}

/// A pose prepared for drawing: its visible joints and limbs, with their colors and width.
private struct Figure {
  struct Mark {
    let name: String
    let keypoint: Keypoint
    let color: Color
  }

  struct Limb {
    let start: Point
    let end: Point
    let color: Color

    var length: Double {
      let (x, y) = (end.x - start.x, end.y - start.y)
      return (x * x + y * y).squareRoot()
    }
  }

  /// What stands before the score.
  let name: String?
  let score: Double
  let box: BoundingBox?
  let marks: [Mark]
  let limbs: [Limb]
  let style: DrawingStyle
  /// A limb's width in pixels.
  let width: Double
  /// Whether the skeleton has faces or hands within a body, so that joints and limbs shrink where they lie close together.
  let isDetailed: Bool
  /// The size of text in pixels.
  let textSize: Double

  init(_ detection: Detection, name: String?, width: Int, height: Int, style: DrawingStyle) {
    let pose = Pose(
      boundingBox: detection.boundingBox, score: detection.score, keypoints: [],
      skeleton: Skeleton(name: "", joints: [], flipPairs: [], limbs: [], sigmas: []))
    self.init(pose, name: name, width: width, height: height, style: style)
  }

  init(_ pose: Pose, name: String? = nil, width pictureWidth: Int, height pictureHeight: Int, style: DrawingStyle) {
    self.name = name
    // What lies further outside can touch no pixel that matters, and Cairo's coordinates end at about 8 million.
    let reach = Double(max(pictureWidth, pictureHeight))
    func isNear(_ x: Double, _ y: Double) -> Bool {
      x >= -reach && y >= -reach && x <= 2 * reach && y <= 2 * reach
    }
    let joints = pose.skeleton.joints
    isDetailed = joints.count > 30
    let seen = pose.keypoints.map { keypoint in
      keypoint.score >= style.scoreThreshold && isNear(keypoint.position.x, keypoint.position.y)
    }
    func isSeen(_ index: Int) -> Bool { seen.indices.contains(index) && joints.indices.contains(index) && seen[index] }

    marks = seen.indices.filter(isSeen).map { index in
      Mark(name: joints[index].rawValue, keypoint: pose.keypoints[index], color: style.palette[joints[index].side])
    }
    limbs = pose.skeleton.limbs.filter { isSeen($0.first) && isSeen($0.second) }.map { limb in
      Limb(
        start: pose.keypoints[limb.first].position, end: pose.keypoints[limb.second].position,
        color: style.palette[pose.skeleton.side(of: limb)])
    }
    let given = pose.boundingBox
    box =
      isNear(given.x, given.y) && isNear(given.x + given.width, given.y + given.height) && given.width > 0
        && given.height > 0 ? given : nil
    score = pose.score
    self.style = style

    // About a 60th of the person's diagonal, but never too thin to see nor too thick for the picture.
    let diagonal = (Double(pictureWidth * pictureWidth) + Double(pictureHeight * pictureHeight)).squareRoot()
    let (xs, ys) = (marks.map(\.keypoint.position.x), marks.map(\.keypoint.position.y))
    let (spanX, spanY) = ((xs.max() ?? 0) - (xs.min() ?? 0), (ys.max() ?? 0) - (ys.min() ?? 0))
    let person = (spanX * spanX + spanY * spanY).squareRoot()
    let factor = style.thickness.isFinite ? min(max(style.thickness, 0.05), 20) : 1
    width = factor * max(min(max(person / 60, diagonal * 0.0022), diagonal * 0.008), 1)
    textSize = max(min(diagonal * 0.016, 64), 9)
  }

  private var halo: Double { halo(of: width) }

  private func halo(of width: Double) -> Double { max(width * 0.3, 0.8) }

  /// A finger's bones are many times shorter than a leg.
  private func width(of limb: Limb) -> Double { isDetailed ? min(width, max(limb.length * 0.25, width * 0.15)) : width }

  func drawBox(on canvas: Canvas) {
    guard let box else { return }
    let line = max(width * 0.4, 1)
    canvas.layer(opacity: 0.5) {
      canvas.outline(of: box, radius: width * 1.5, width: line + 2 * halo * 0.7, color: style.palette.halo)
    }
    canvas.outline(of: box, radius: width * 1.5, width: line, color: style.palette.middle.lightened(by: 0.5))
  }

  func drawSkeleton(on canvas: Canvas) {
    if marks.isEmpty { return }
    let radii = marks.indices.map(radius)
    canvas.layer(opacity: 0.8) {
      for limb in limbs {
        let width = width(of: limb)
        canvas.line(from: limb.start, to: limb.end, width: width + 2 * halo(of: width), color: style.palette.halo)
      }
      for (mark, radius) in zip(marks, radii) {
        let edge = isDetailed ? min(halo, max(radius * 0.5, 0.8)) : halo
        canvas.disc(at: mark.keypoint.position, radius: radius + edge, color: style.palette.halo)
      }
    }
    for limb in limbs { canvas.line(from: limb.start, to: limb.end, width: width(of: limb), color: limb.color) }
    for (mark, radius) in zip(marks, radii) {
      canvas.disc(at: mark.keypoint.position, radius: radius, color: mark.color)
      canvas.disc(at: mark.keypoint.position, radius: radius * 0.55, color: mark.color.lightened(by: 0.82))
    }
  }

  /// The radius of a joint's disc. The disc is somewhat wider than the limbs, but less so if joints are close together,
  /// as in a small face, and far less in a face or hand of many joints.
  private func radius(of mark: Int) -> Double {
    let here = marks[mark].keypoint.position
    let nearest = marks.indices.filter { $0 != mark }.map { other in
      let (x, y) = (marks[other].keypoint.position.x - here.x, marks[other].keypoint.position.y - here.y)
      return (x * x + y * y).squareRoot()
    }.min()
    let share = isDetailed ? 0.25 : 0.45
    return min(max((nearest ?? .infinity) * share, width * (isDetailed ? 0.1 : 0.62)), width * 0.95)
  }

  func drawLabels(on canvas: Canvas) {
    if style.labels == .none { return }
    let xs = marks.map(\.keypoint.position.x)
    let (left, right) = (xs.min() ?? 0, xs.max() ?? 0)
    let top = marks.map(\.keypoint.position.y).min() ?? 0
    let corner = box.map { Point(x: $0.x, y: $0.y - width) } ?? Point(x: left, y: top - width * 3)
    canvas.plate(
      (name.map { "\($0) " } ?? "") + hundredths(score), at: corner, size: textSize,
      ink: style.palette.middle.lightened(by: 0.6), ground: style.palette.halo)
    if style.labels == .joints {
      let center = (left + right) / 2
      for mark in marks {
        // Names are written outside the body: to the left of joints in its left half, and to the right of the others.
        let position = mark.keypoint.position
        let isLeft = position.x < center
        let anchor = Point(x: position.x + width * (isLeft ? -1.6 : 1.6), y: position.y + textSize * 0.5)
        let name = mark.name.split(separator: "_").joined(separator: " ")
        canvas.plate(
          "\(name) \(hundredths(mark.keypoint.score))", at: anchor, endsThere: isLeft, size: textSize * 0.72,
          ink: mark.color.lightened(by: 0.35), ground: style.palette.halo)
      }
    }
  }

  /// A score with two digits after the decimal point.
  private func hundredths(_ score: Double) -> String {
    guard score.isFinite, abs(score) < 1e6 else { return "?" }
    let rounded = Int((abs(score) * 100).rounded())
    let digits = rounded % 100
    return "\(score < 0 && rounded > 0 ? "-" : "")\(rounded / 100).\(digits < 10 ? "0" : "")\(digits)"
  }
}
