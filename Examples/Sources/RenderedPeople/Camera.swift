import Foundation

/// Looks at a scene and follows the light back.
package struct Camera: Sendable {
  var scene = Scene()
  package var width = 360
  package var height = 480
  /// Whether shadows are left out, and surfaces are met to a few millimeters alone.
  var isQuick = false
  let eye: SIMD3<Float>
  private let forward: SIMD3<Float>
  private let right: SIMD3<Float>
  private let up: SIMD3<Float>
  private let light = normalize(SIMD3<Float>(-0.55, 0.85, 0.75))

  /// - Parameters:
  ///   - eye: where the camera is.
  ///   - target: what it points at.
  package init(eye: SIMD3<Float> = [0.25, 1.15, 4.3], target: SIMD3<Float> = [0.06, 0.87, 0]) {
    self.eye = eye
    forward = normalize(target - eye)
    right = normalize(cross(forward, [0, 1, 0]))
    up = cross(right, forward)
  }

  /// The whole group.
  package static var group: Camera {
    var camera = Camera(eye: [0.3, 1.35, 5.4], target: [0.06, 0.93, 0])
    camera.scene = .group
    (camera.width, camera.height) = (1200, 500)
    return camera
  }

  /// Where each figure is in the picture.
  package var annotations: [Annotation] {
    scene.figures.map { figure in
      let (lowest, highest) = bounds(of: figure)
      let size = highest - lowest
      return Annotation(
        box: [Int(lowest.x), Int(lowest.y), Int(size.x.rounded(.up)), Int(size.y.rounded(.up))],
        joints: figure.joints.map { (pixel($0), surface(before: $0) == nil) })
    }
  }

  /// The box around a figure in the picture: its top left and its bottom right corner.
  func bounds(of figure: Figure) -> (lowest: SIMD2<Float>, highest: SIMD2<Float>) {
    let ends = [right, -right, up, -up].flatMap { figure.outline(towards: $0) }.map(pixel)
    let (left, top) = (ends.map(\.x).min() ?? 0, ends.map(\.y).min() ?? 0)
    let (end, bottom) = (ends.map(\.x).max() ?? 0, ends.map(\.y).max() ?? 0)
    return ([left, top], [end, bottom])
  }

  /// What hides a joint; nil where nothing but the body around it is before it.
  func surface(before joint: SIMD3<Float>) -> Scene.Surface? {
    let way = joint - eye
    guard let (point, surface) = hit(from: eye, along: normalize(way)) else { return nil }
    return length(way) - length(point - eye) < 0.15 ? nil : surface
  }

  /// How many pixels a meter has at a point.
  func scale(at point: SIMD3<Float>) -> Float { Float(height) * Self.focalLength / dot(point - eye, forward) }

  /// Where a point of the world is in the picture.
  func pixel(_ point: SIMD3<Float>) -> SIMD2<Float> {
    let way = point - eye
    let scale = Float(height) * Self.focalLength / dot(way, forward)
    return [Float(width) / 2 + dot(way, right) * scale, Float(height) / 2 - dot(way, up) * scale]
  }

  /// In heights of the picture.
  private static let focalLength: Float = 2.05

  /// 8-bit RGB, row by row.
  package func pixels() -> [UInt8] {
    let rows = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: width * height * 3)
    nonisolated(unsafe) let memory = rows
    DispatchQueue.concurrentPerform(iterations: height) { y in
      for x in 0..<width {
        var sum = SIMD3<Float>.zero
        for sample in 0..<4 {
          sum += color(along: ray(x: x, y: y, sample: sample))
        }
        for channel in 0..<3 { memory[(y * width + x) * 3 + channel] = Self.byte(sum[channel] / 4) }
      }
    }
    defer { rows.deallocate() }
    return Array(rows)
  }

  /// The direction of one of the four rays of a pixel.
  func ray(x: Int, y: Int, sample: Int) -> SIMD3<Float> {
    let u = (Float(x) + (Float(sample % 2) + 0.5) / 2) / Float(width) - 0.5
    let v = 0.5 - (Float(y) + (Float(sample / 2) + 0.5) / 2) / Float(height)
    return normalize(forward * Self.focalLength + right * u * Float(width) / Float(height) + up * v)
  }

  /// A channel's byte for light.
  static func byte(_ light: Float) -> UInt8 { UInt8(255 * min(max(pow(light, 1 / 2.2), 0), 1)) }

  private func color(along ray: SIMD3<Float>) -> SIMD3<Float> {
    guard let (point, surface) = hit(from: eye, along: ray) else { return [0.3, 0.33, 0.36] }
    return color(of: surface, at: point, along: ray)
  }

  /// The light that comes from a point of a surface.
  func color(of surface: Scene.Surface, at point: SIMD3<Float>, along ray: SIMD3<Float>) -> SIMD3<Float> {
    let normal = normal(at: point)
    let base = scene.color(point, surface)
    let sun = max(dot(normal, light), 0) * (isQuick ? 1 : shadow(from: point + normal * 0.004))
    let sky = 0.5 + 0.5 * normal.y
    let room = isQuick ? 0.8 : occlusion(point, normal)
    var shine: Float = 0
    if case .figure = surface { shine = pow(max(dot(normalize(light - ray), normal), 0), 24) * sun * 0.12 }
    let lit =
      SIMD3<Float>(1.75, 1.65, 1.5) * sun + (SIMD3<Float>(0.5, 0.56, 0.65) * sky + SIMD3<Float>(0.16, 0.14, 0.12))
      * room
    return base * lit + shine
  }

  /// What a ray meets first, and where.
  func hit(from start: SIMD3<Float>, along ray: SIMD3<Float>) -> (SIMD3<Float>, Scene.Surface)? {
    var way: Float = 2
    let nearness: Float = isQuick ? 0.003 : 0.0006
    for _ in 0..<(isQuick ? 50 : 160) {
      let point = start + ray * way
      let (distance, surface) = scene.distance(point)
      if distance < nearness { return (point, surface) }
      way += distance * 0.9
      if way > 12 { return nil }
    }
    return nil
  }

  private func normal(at p: SIMD3<Float>) -> SIMD3<Float> {
    let step: Float = 0.0015
    func slope(_ axis: SIMD3<Float>) -> Float { scene.distance(p + axis * step).0 - scene.distance(p - axis * step).0 }
    return normalize([slope([1, 0, 0]), slope([0, 1, 0]), slope([0, 0, 1])])
  }

  /// How much of the light gets here, with soft edges.
  private func shadow(from start: SIMD3<Float>) -> Float {
    var (way, least): (Float, Float) = (0.01, 1)
    for _ in 0..<60 {
      let (distance, _) = scene.distance(start + light * way)
      if distance < 0.0008 { return 0 }
      least = min(least, 9 * distance / way)
      way += min(max(distance, 0.012), 0.2)
      if way > 2.5 { break }
    }
    return least
  }

  /// How open it is around a point.
  private func occlusion(_ p: SIMD3<Float>, _ normal: SIMD3<Float>) -> Float {
    var closed: Float = 0
    for step in 1...4 {
      let height = 0.03 * Float(step)
      closed += (height - scene.distance(p + normal * height).0) / Float(1 << step) * 14
    }
    return min(max(1 - closed, 0.15), 1)
  }
}
