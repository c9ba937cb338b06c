import CCairo
import PoseCore

/// How poses look.
public struct DrawingStyle: Sendable, Hashable {
  /// Keypoints that score below are not drawn, nor limbs that end there.
  public var scoreThreshold = 0.2
  /// Whether joints carry their names.
  public var showsLabels = false
  /// Whether the box that a pose was estimated in is drawn.
  public var showsBoxes = false
  /// A factor on the widths, which follow from the sizes of image and person.
  public var thickness = 1.0
  /// The person's own left, orange unless set: the pair is told apart by colour-blind people too.
  public var left = Color(red: 1, green: 0.56, blue: 0.1)
  /// The person's own right.
  public var right = Color(red: 0.13, green: 0.62, blue: 1)
  /// What is on no side.
  public var middle = Color(red: 0.97, green: 0.97, blue: 0.92)

  /// Parts of 1.
  public struct Color: Sendable, Hashable {
    public var red: Double
    public var green: Double
    public var blue: Double

    public init(red: Double, green: Double, blue: Double) {
      (self.red, self.green, self.blue) = (red, green, blue)
    }
  }

  public init() {}

  func color(_ side: Joint.Side) -> Color {
    switch side {
    case .left: left
    case .right: right
    case .middle: middle
    }
  }
}

extension Image {
  /// A copy with poses drawn on it.
  ///
  /// - Throws: ``MediaError`` where there is no memory, or a side is over Cairo's limit of 32767 pixels.
  public func drawing(_ poses: [Pose], style: DrawingStyle = DrawingStyle()) throws(MediaError) -> Image {
    if poses.isEmpty { return self }
    let canvas = try Canvas(self)
    for pose in poses { canvas.draw(pose, style) }
    return try canvas.image()
  }
}

/// A Cairo surface with a picture on it.
private final class Canvas {
  private let surface: OpaquePointer
  private let context: OpaquePointer
  private let width: Int
  private let height: Int

  init(_ image: Image) throws(MediaError) {
    (width, height) = (image.width, image.height)
    guard width <= 32767, height <= 32767,
      let surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, Int32(width), Int32(height))
    else { throw .failed(reason: "Cairo draws on at most 32767 pixels a side") }
    guard cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS, let pixels = cairo_image_surface_get_data(surface),
      let context = cairo_create(surface)
    else {
      cairo_surface_destroy(surface)
      throw .failed(reason: "no memory to draw on \(image.width) x \(image.height) pixels")
    }
    self.surface = surface
    self.context = context
    // A Cairo pixel is blue, green, red and a spare byte in a 32-bit word.
    let stride = Int(cairo_image_surface_get_stride(surface))
    for y in 0..<height {
      pixels.advanced(by: y * stride).withMemoryRebound(to: UInt32.self, capacity: width) { row in
        for x in 0..<width {
          let from = (y * width + x) * 3
          row[x] =
            UInt32(image.pixels[from]) << 16 | UInt32(image.pixels[from + 1]) << 8 | UInt32(image.pixels[from + 2])
        }
      }
    }
    cairo_surface_mark_dirty(surface)
    cairo_set_line_cap(context, CAIRO_LINE_CAP_ROUND)
    cairo_set_line_join(context, CAIRO_LINE_JOIN_ROUND)
  }

  deinit {
    cairo_destroy(context)
    cairo_surface_destroy(surface)
  }

  func image() throws(MediaError) -> Image {
    cairo_surface_flush(surface)
    guard let pixels = cairo_image_surface_get_data(surface) else { throw .failed(reason: "Cairo lost the picture") }
    let stride = Int(cairo_image_surface_get_stride(surface))
    let (width, height) = (width, height)
    let rgb = [UInt8](unsafeUninitializedCapacity: width * height * 3) { result, initialized in
      for y in 0..<height {
        pixels.advanced(by: y * stride).withMemoryRebound(to: UInt32.self, capacity: width) { row in
          for x in 0..<width {
            let to = (y * width + x) * 3
            result[to] = UInt8(truncatingIfNeeded: row[x] >> 16)
            result[to + 1] = UInt8(truncatingIfNeeded: row[x] >> 8)
            result[to + 2] = UInt8(truncatingIfNeeded: row[x])
          }
        }
      }
      initialized = width * height * 3
    }
    return try PoseMedia.image(width, height, rgb)
  }

  func draw(_ pose: Pose, _ style: DrawingStyle) {
    let visible = pose.keypoints.map { keypoint in
      keypoint.score >= style.scoreThreshold && isDrawable(keypoint.position) ? keypoint.position : nil
    }
    let unit = unit(of: pose, visible.compactMap(\.self)) * style.thickness
    if style.showsBoxes { drawBox(pose.boundingBox, unit, style) }
    let limbs = pose.skeleton.limbs.compactMap { limb -> Limb? in
      guard visible.indices.contains(limb.first), visible.indices.contains(limb.second),
        let from = visible[limb.first], let to = visible[limb.second]
      else { return nil }
      return Limb(from: from, to: to, color: style.color(pose.skeleton.side(of: limb)))
    }
    let joints = zip(pose.skeleton.joints, visible).compactMap { joint, position in
      position.map { (joint: joint, position: $0, color: style.color(joint.side)) }
    }
    // A dark line below the bright one keeps both readable on any picture.
    for limb in limbs { stroke(limb, width: unit * 1.7, .shadow, opacity: 0.55) }
    for joint in joints { fill(joint.position, radius: unit * 1.35, .shadow, opacity: 0.55) }
    for limb in limbs { stroke(limb, width: unit, limb.color, opacity: 0.95) }
    for joint in joints {
      fill(joint.position, radius: unit * 1.05, .paper, opacity: 1)
      fill(joint.position, radius: unit * 0.75, joint.color, opacity: 1)
    }
    if style.showsLabels {
      for joint in joints { label(joint.joint.rawValue, at: joint.position, unit, joint.color) }
    }
  }

  private struct Limb {
    var from: Point
    var to: Point
    var color: DrawingStyle.Color
  }

  /// The width of a limb in pixels: a part of the person's size within a part of the picture's.
  private func unit(of pose: Pose, _ points: [Point]) -> Double {
    let side = Double(min(width, height))
    let (xs, ys) = (points.map(\.x), points.map(\.y))
    let person = max((xs.max() ?? 0) - (xs.min() ?? 0), (ys.max() ?? 0) - (ys.min() ?? 0))
    return max(min(person * 0.014, side * 0.012), side * 0.003, 1)
  }

  /// Cairo's fixed point holds 24 bits; what lies far outside the picture cannot be seen anyway.
  private func isDrawable(_ point: Point) -> Bool {
    let reach = 1e5
    return point.x > -reach && point.x < reach && point.y > -reach && point.y < reach
  }

  private func stroke(_ limb: Limb, width: Double, _ color: DrawingStyle.Color, opacity: Double) {
    cairo_set_source_rgba(context, color.red, color.green, color.blue, opacity)
    cairo_set_line_width(context, width)
    // Cairo counts from a pixel's corner, keypoints from its centre.
    cairo_move_to(context, limb.from.x + 0.5, limb.from.y + 0.5)
    cairo_line_to(context, limb.to.x + 0.5, limb.to.y + 0.5)
    cairo_stroke(context)
  }

  private func fill(_ point: Point, radius: Double, _ color: DrawingStyle.Color, opacity: Double) {
    cairo_set_source_rgba(context, color.red, color.green, color.blue, opacity)
    cairo_arc(context, point.x + 0.5, point.y + 0.5, radius, 0, 2 * .pi)
    cairo_fill(context)
  }

  private func drawBox(_ box: BoundingBox, _ unit: Double, _ style: DrawingStyle) {
    let corner = Point(x: box.x, y: box.y)
    guard isDrawable(corner), isDrawable(Point(x: box.x + box.width, y: box.y + box.height)) else { return }
    cairo_rectangle(context, box.x, box.y, box.width, box.height)
    cairo_set_source_rgba(context, style.middle.red, style.middle.green, style.middle.blue, 0.8)
    cairo_set_line_width(context, max(unit * 0.4, 1))
    cairo_stroke(context)
  }

  private func label(_ text: String, at point: Point, _ unit: Double, _ color: DrawingStyle.Color) {
    let size = max(unit * 2.6, 9)
    cairo_select_font_face(context, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL)
    cairo_set_font_size(context, size)
    cairo_move_to(context, point.x + unit * 1.8, point.y + size * 0.35)
    let words = text.split(separator: "_").joined(separator: " ")
    cairo_text_path(context, words)
    cairo_set_source_rgba(context, 0, 0, 0, 0.75)
    cairo_set_line_width(context, size * 0.25)
    cairo_stroke_preserve(context)
    cairo_set_source_rgb(context, color.red, color.green, color.blue)
    cairo_fill(context)
  }
}

extension DrawingStyle.Color {
  fileprivate static let shadow = Self(red: 0.05, green: 0.06, blue: 0.1)
  fileprivate static let paper = Self(red: 1, green: 1, blue: 1)
}

extension Skeleton {
  /// The side that a limb's joints agree on; joints on no side agree with either.
  fileprivate func side(of limb: Pair) -> Joint.Side {
    let sides = [limb.first, limb.second].filter(joints.indices.contains).map { joints[$0].side }
    let sided = Set(sides.filter { $0 != .middle })
    return sided.count == 1 ? sided.first ?? .middle : .middle
  }
}
