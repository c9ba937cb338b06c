import Foundation

/// A room that is drawn once, in which people are then drawn quickly and without shadows: each part of a body only where it may
/// be in the picture.
public struct Stage: Sendable {
  let camera: Camera
  /// The color of each pixel where nobody is, and how far the ray goes.
  private let room: [(color: SIMD3<Float>, distance: Float)]

  private static let tile = 8

  /// Draws the room.
  ///
  /// - Parameter distance: of the camera from the room's middle, in meters.
  public init(pillars: [Pillar] = [], width: Int = 480, height: Int = 270, distance: Float = 6.5) {
    var camera = Camera(eye: [0, 1.5, distance], target: [0, 0.92, 0])
    (camera.width, camera.height) = (width, height)
    camera.scene = Scene(figures: [], pillars: pillars)
    camera.isQuick = true
    let empty = camera
    let room = UnsafeMutableBufferPointer<(color: SIMD3<Float>, distance: Float)>.allocate(
      capacity: camera.width * camera.height)
    nonisolated(unsafe) let memory = room
    DispatchQueue.concurrentPerform(iterations: camera.height) { y in
      for x in 0..<empty.width {
        let ray = empty.ray(x: x, y: y, sample: 0)
        if let (point, surface) = empty.hit(from: empty.eye, along: ray) {
          memory[y * empty.width + x] = (
            empty.color(of: surface, at: point, along: ray), length(point - empty.eye)
          )
        } else {
          memory[y * empty.width + x] = ([0.3, 0.33, 0.36], .infinity)
        }
      }
    }
    defer { room.deallocate() }
    (self.camera, self.room) = (camera, Array(room))
  }

  /// 8-bit RGB, row by row.
  func pixels(of figures: [Figure]) -> [UInt8] {
    let (columns, rows) = ((camera.width + Self.tile - 1) / Self.tile, (camera.height + Self.tile - 1) / Self.tile)
    var parts = [UInt64](repeating: 0, count: figures.count * columns * rows)
    for (index, figure) in figures.enumerated() {
      for (part, place) in figure.parts.enumerated() {
        let (start, end) = (camera.pixel(place.start), camera.pixel(place.end))
        // Parts that touch are blended into each other, a little beyond their surfaces.
        let reach = (place.radius + 0.03) * max(camera.scale(at: place.start), camera.scale(at: place.end))
        func tiles(_ ends: (Float, Float), count: Int) -> ClosedRange<Int>? {
          let (first, last) = (Int((min(ends.0, ends.1) - reach) / 8), Int((max(ends.0, ends.1) + reach) / 8))
          return last < 0 || first >= count ? nil : max(0, first)...min(count - 1, last)
        }
        guard let across = tiles((start.x, end.x), count: columns), let down = tiles((start.y, end.y), count: rows)
        else { continue }
        for row in down {
          for column in across { parts[(row * columns + column) * figures.count + index] |= 1 << UInt64(part) }
        }
      }
    }
    let pixels = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 3 * camera.width * camera.height)
    nonisolated(unsafe) let memory = pixels
    DispatchQueue.concurrentPerform(iterations: rows) { [parts] row in
      for column in 0..<columns {
        let here = parts[(row * columns + column) * figures.count..<(row * columns + column + 1) * figures.count]
        let seen = zip(figures, here).filter { $0.1 != 0 }.map { $0.0.restricted(to: $0.1) }
        draw(seen, column: column, row: row, into: memory)
      }
    }
    defer { pixels.deallocate() }
    return Array(pixels)
  }

  private func draw(_ figures: [Figure], column: Int, row: Int, into pixels: UnsafeMutableBufferPointer<UInt8>) {
    var camera = camera
    camera.scene = Scene(figures: figures, hasRoom: false)
    for y in row * Self.tile..<min((row + 1) * Self.tile, camera.height) {
      for x in column * Self.tile..<min((column + 1) * Self.tile, camera.width) {
        let room = room[y * camera.width + x]
        func color(_ sample: Int) -> (SIMD3<Float>, isFigure: Bool) {
          let ray = camera.ray(x: x, y: y, sample: sample)
          guard !figures.isEmpty, let (point, surface) = camera.hit(from: camera.eye, along: ray),
            length(point - camera.eye) < room.distance
          else { return (room.color, false) }
          return (camera.color(of: surface, at: point, along: ray), true)
        }
        // Two rays on a diagonal will do, but for edges.
        let (first, last) = (color(0), color(3))
        var light = (first.0 + last.0) / 2
        if first.isFigure != last.isFigure { light = (light + (color(1).0 + color(2).0) / 2) / 2 }
        for channel in 0..<3 { pixels[3 * (y * camera.width + x) + channel] = Camera.byte(light[channel]) }
      }
    }
  }
}
