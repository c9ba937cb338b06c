import Foundation

/// Looks at a scene and follows the light back.
struct Camera {
  var scene = Scene()
  var width = 360
  var height = 480
  private let eye: SIMD3<Float>
  private let forward: SIMD3<Float>
  private let right: SIMD3<Float>
  private let up: SIMD3<Float>
  private let light = normalize(SIMD3<Float>(-0.55, 0.85, 0.75))

  /// - Parameters:
  ///   - eye: where the camera is.
  ///   - target: what it points at.
  init(eye: SIMD3<Float> = [0.25, 1.15, 4.3], target: SIMD3<Float> = [0.06, 0.87, 0]) {
    self.eye = eye
    forward = normalize(target - eye)
    right = normalize(cross(forward, [0, 1, 0]))
    up = cross(right, forward)
  }

  /// The whole group.
  static var group: Camera {
    var camera = Camera(eye: [0.3, 1.35, 5.4], target: [0.06, 0.93, 0])
    camera.scene = .group
    (camera.width, camera.height) = (1200, 500)
    return camera
  }

  /// Where each figure is in the picture.
  var annotations: [Annotation] {
    scene.figures.map { figure in
      let ends = [right, -right, up, -up].flatMap { figure.outline(towards: $0) }.map(pixel)
      let (left, top) = (ends.map(\.x).min() ?? 0, ends.map(\.y).min() ?? 0)
      let (end, bottom) = (ends.map(\.x).max() ?? 0, ends.map(\.y).max() ?? 0)
      return Annotation(
        box: [Int(left), Int(top), Int((end - left).rounded(.up)), Int((bottom - top).rounded(.up))],
        joints: figure.joints.map { (pixel($0), isVisible($0)) })
    }
  }

  /// Whether nothing but the body around a joint is before it.
  private func isVisible(_ joint: SIMD3<Float>) -> Bool {
    let way = joint - eye
    guard let (point, _) = hit(from: eye, along: normalize(way)) else { return true }
    return length(way) - length(point - eye) < 0.15
  }

  /// Where a point of the world is in the picture.
  private func pixel(_ point: SIMD3<Float>) -> SIMD2<Float> {
    let way = point - eye
    let scale = Float(height) * Self.focalLength / dot(way, forward)
    return [Float(width) / 2 + dot(way, right) * scale, Float(height) / 2 - dot(way, up) * scale]
  }

  /// In heights of the picture.
  private static let focalLength: Float = 2.05

  /// 8-bit RGB, row by row.
  func pixels() -> [UInt8] {
    let rows = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: width * height * 3)
    nonisolated(unsafe) let memory = rows
    DispatchQueue.concurrentPerform(iterations: height) { y in
      for x in 0..<width {
        var sum = SIMD3<Float>.zero
        for sample in 0..<4 {
          let u = (Float(x) + (Float(sample % 2) + 0.5) / 2) / Float(width) - 0.5
          let v = 0.5 - (Float(y) + (Float(sample / 2) + 0.5) / 2) / Float(height)
          let ray = normalize(forward * Self.focalLength + right * u * Float(width) / Float(height) + up * v)
          sum += color(along: ray)
        }
        for channel in 0..<3 {
          memory[(y * width + x) * 3 + channel] = UInt8(255 * min(max(pow(sum[channel] / 4, 1 / 2.2), 0), 1))
        }
      }
    }
    defer { rows.deallocate() }
    return Array(rows)
  }

  private func color(along ray: SIMD3<Float>) -> SIMD3<Float> {
    guard let (point, surface) = hit(from: eye, along: ray) else { return [0.3, 0.33, 0.36] }
    let normal = normal(at: point)
    let base = scene.color(point, surface)
    let sun = max(dot(normal, light), 0) * shadow(from: point + normal * 0.004)
    let sky = 0.5 + 0.5 * normal.y
    let room = occlusion(point, normal)
    var shine: Float = 0
    if case .figure = surface { shine = pow(max(dot(normalize(light - ray), normal), 0), 24) * sun * 0.12 }
    let lit =
      SIMD3<Float>(1.75, 1.65, 1.5) * sun + (SIMD3<Float>(0.5, 0.56, 0.65) * sky + SIMD3<Float>(0.16, 0.14, 0.12))
      * room
    return base * lit + shine
  }

  private func hit(from start: SIMD3<Float>, along ray: SIMD3<Float>) -> (SIMD3<Float>, Scene.Surface)? {
    var way: Float = 2
    for _ in 0..<160 {
      let point = start + ray * way
      let (distance, surface) = scene.distance(point)
      if distance < 0.0006 { return (point, surface) }
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
