import CCairo
import PoseCore
import PoseImage

/// A picture, or a part of one, that Cairo draws on. Coordinates are those of the picture: (0, 0) is the center of the
/// first pixel.
final class Canvas {
  private let surface: OpaquePointer
  private let context: OpaquePointer
  private let width: Int
  private let height: Int
  private let part: PicturePart
  /// The boxes of the plates that have been drawn.
  private var plates: [BoundingBox] = []

  convenience init(_ image: Image) throws(MediaError) {
    let whole = PicturePart(x: 0..<image.width, y: 0..<image.height)
    try self.init(whole, of: image.pixels, width: image.width, height: image.height)
  }

  /// - Parameters:
  ///   - part: the pixels that can be drawn on. Drawing outside has no effect.
  ///   - pixels: the interleaved RGB samples of the whole picture.
  init(_ part: PicturePart, of pixels: [UInt8], width: Int, height: Int) throws(MediaError) {
    let (columns, rows) = (part.x.count, part.y.count)
    guard columns <= 32767, rows <= 32767 else {
      throw .cannotDraw(reason: "\(columns) x \(rows) pixels, but a side has at most 32767")
    }
    (self.width, self.height, self.part) = (width, height, part)
    guard let surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, Int32(columns), Int32(rows)) else {
      throw .cannotDraw(reason: "no memory")
    }
    guard cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS, let context = cairo_create(surface) else {
      cairo_surface_destroy(surface)
      throw .cannotDraw(reason: "no memory")
    }
    self.surface = surface
    self.context = context
    cairo_surface_flush(surface)
    if let memory = cairo_image_surface_get_data(surface) {
      let stride = Int(cairo_image_surface_get_stride(surface))
      pixels.withUnsafeBufferPointer { pixels in
        for y in 0..<rows {
          let row = UnsafeMutableRawPointer(memory + y * stride)
          var source = ((part.y.lowerBound + y) * width + part.x.lowerBound) * 3
          for x in 0..<columns {
            let (red, green, blue) = (pixels[source], pixels[source + 1], pixels[source + 2])
            row.storeBytes(
              of: UInt32(red) << 16 | UInt32(green) << 8 | UInt32(blue), toByteOffset: x * 4, as: UInt32.self)
            source += 3
          }
        }
      }
      cairo_surface_mark_dirty(surface)
    }
    cairo_translate(context, 0.5 - Double(part.x.lowerBound), 0.5 - Double(part.y.lowerBound))
    cairo_set_line_cap(context, CAIRO_LINE_CAP_ROUND)
    cairo_set_line_join(context, CAIRO_LINE_JOIN_ROUND)
    cairo_set_antialias(context, CAIRO_ANTIALIAS_BEST)
    cairo_select_font_face(context, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_BOLD)
  }

  deinit {
    cairo_destroy(context)
    cairo_surface_destroy(surface)
  }

  /// The picture with everything that has been drawn so far. The part must be the whole picture.
  func image() throws(MediaError) -> Image {
    var pixels = [UInt8](repeating: 0, count: width * height * 3)
    try pixels.withUnsafeMutableBufferPointer { (pixels) throws(MediaError) in try store(into: pixels, alpha: nil) }
    do {
      return try Image(width: width, height: height, pixels: pixels)
    } catch {
      throw .cannotDraw(reason: "\(error)")
    }
  }

  /// Copies everything that has been drawn so far to its place in the whole picture.
  ///
  /// - Parameter alpha: the transparency of the picture, which becomes opaque where something was drawn.
  func store(
    into pixels: UnsafeMutableBufferPointer<UInt8>, alpha: UnsafeMutableBufferPointer<UInt8>?
  ) throws(MediaError) {
    guard cairo_status(context) == CAIRO_STATUS_SUCCESS else {
      throw .cannotDraw(reason: String(cString: cairo_status_to_string(cairo_status(context))))
    }
    cairo_surface_flush(surface)
    guard let memory = cairo_image_surface_get_data(surface) else { throw .cannotDraw(reason: "no memory") }
    let stride = Int(cairo_image_surface_get_stride(surface))
    for y in 0..<part.y.count {
      let row = UnsafeRawPointer(memory + y * stride)
      var place = (part.y.lowerBound + y) * width + part.x.lowerBound
      for x in 0..<part.x.count {
        let pixel = row.load(fromByteOffset: x * 4, as: UInt32.self)
        let red = UInt8(truncatingIfNeeded: pixel >> 16)
        let green = UInt8(truncatingIfNeeded: pixel >> 8)
        let blue = UInt8(truncatingIfNeeded: pixel)
        let target = place * 3
        if let alpha, pixels[target] != red || pixels[target + 1] != green || pixels[target + 2] != blue {
          alpha[place] = 255
        }
        pixels[target] = red
        pixels[target + 1] = green
        pixels[target + 2] = blue
        place += 1
      }
    }
  }

  /// Draws `body` on a separate layer and blends that over the picture, so that overlapping strokes do not add up.
  func layer(opacity: Double, _ body: () -> Void) {
    cairo_push_group(context)
    body()
    cairo_pop_group_to_source(context)
    cairo_paint_with_alpha(context, opacity)
  }

  func line(from start: Point, to end: Point, width: Double, color: Color) {
    set(color)
    cairo_set_line_width(context, width)
    cairo_move_to(context, start.x, start.y)
    cairo_line_to(context, end.x, end.y)
    cairo_stroke(context)
  }

  /// A line through points; a dot for a single one.
  func path(_ points: [Point], width: Double, color: Color) {
    guard let first = points.first else { return }
    set(color)
    cairo_set_line_width(context, width)
    cairo_move_to(context, first.x, first.y)
    if points.count == 1 { cairo_line_to(context, first.x, first.y) }
    for point in points.dropFirst() { cairo_line_to(context, point.x, point.y) }
    cairo_stroke(context)
  }

  /// A line through points that is transparent and thin at the first and opaque at the last.
  func fadingPath(_ points: [Point], width: Double, color: Color) {
    // Round ends would show as dots where segments overlap.
    cairo_set_line_cap(context, CAIRO_LINE_CAP_BUTT)
    for (index, (start, end)) in zip(points, points.dropFirst()).enumerated() {
      let share = Double(index + 1) / Double(points.count - 1)
      cairo_set_source_rgba(context, color.red, color.green, color.blue, share)
      cairo_set_line_width(context, width * (0.3 + 0.7 * share))
      cairo_move_to(context, start.x, start.y)
      cairo_line_to(context, end.x, end.y)
      cairo_stroke(context)
    }
    cairo_set_line_cap(context, CAIRO_LINE_CAP_ROUND)
  }

  func disc(at center: Point, radius: Double, color: Color) {
    set(color)
    cairo_new_path(context)
    cairo_arc(context, center.x, center.y, radius, 0, 2 * Double.pi)
    cairo_fill(context)
  }

  func outline(of box: BoundingBox, radius: Double, width: Double, color: Color) {
    set(color)
    cairo_set_line_width(context, width)
    trace(box, radius: radius)
    cairo_stroke(context)
  }

  /// Writes a line of text on a rounded plate beside `anchor`. The lower left corner of the plate is at the anchor, or
  /// the lower right corner if `endsThere` is true. The plate is moved so that it lies inside the picture and, if there
  /// is room, does not overlap other plates.
  func plate(
    _ text: String, at anchor: Point, endsThere: Bool = false, size: Double, ink: Color,
    ground: Color
  ) {
    let (plateWidth, plateHeight) = (width(of: text, size: size) + size * 0.7, size * 1.4)
    let wanted = endsThere ? anchor.x - plateWidth : anchor.x
    let left = max(0, min(wanted, Double(width) - 1 - plateWidth))
    let lowest = max(0, Double(height) - 1 - plateHeight)
    // Positions above and below the anchor in steps of a fraction of the plate's height, nearest first.
    let tops = (0..<24).map { (step: Int) -> Double in
      let away = Double((step + 1) / 2) * 0.35 * plateHeight
      return anchor.y - plateHeight + (step % 2 == 0 ? away : -away)
    }
    let boxes = tops.map { top in
      BoundingBox(x: left, y: max(0, min(top, lowest)), width: plateWidth, height: plateHeight)
    }
    let box = boxes.first { box in !plates.contains { $0.overlaps(box) } } ?? boxes[0]
    plates.append(box)
    layer(opacity: 0.78) {
      set(ground)
      trace(box, radius: size * 0.35)
      cairo_fill(context)
    }
    set(ink)
    cairo_move_to(context, box.x + size * 0.35, box.y + size * 1.05)
    cairo_show_text(context, text)
    cairo_new_path(context)
  }

  /// The width of a line of text.
  func width(of text: String, size: Double) -> Double {
    var extents = cairo_text_extents_t()
    cairo_set_font_size(context, size)
    cairo_text_extents(context, text, &extents)
    return extents.x_advance
  }

  /// Writes a line of text whose lower left corner is at `start`. The text is made smaller if it would be wider than
  /// `width`.
  func text(_ text: String, at start: Point, size: Double, width: Double = .infinity, ink: Color) {
    let wanted = self.width(of: text, size: size)
    if wanted > width { cairo_set_font_size(context, max(size * width / wanted, 4)) }
    set(ink)
    cairo_move_to(context, start.x, start.y)
    cairo_show_text(context, text)
    cairo_new_path(context)
  }

  private func set(_ color: Color) {
    cairo_set_source_rgb(context, color.red, color.green, color.blue)
  }

  private func trace(_ box: BoundingBox, radius: Double) {
    let radius = max(0, min(radius, box.width / 2, box.height / 2))
    let (left, top, right, bottom) = (
      box.x + radius, box.y + radius, box.x + box.width - radius, box.y + box.height - radius
    )
    let quarter = Double.pi / 2
    cairo_new_path(context)
    cairo_arc(context, right, top, radius, -quarter, 0)
    cairo_arc(context, right, bottom, radius, 0, quarter)
    cairo_arc(context, left, bottom, radius, quarter, 2 * quarter)
    cairo_arc(context, left, top, radius, 2 * quarter, 3 * quarter)
    cairo_close_path(context)
  }
}

extension BoundingBox {
  fileprivate func overlaps(_ other: BoundingBox) -> Bool {
    x < other.x + other.width && other.x < x + width && y < other.y + other.height && other.y < y + height
  }
}
