import Foundation

/// Looks at a scene and follows the light back.
struct Camera {
  let scene = Scene()
  var width = 360
  var height = 480
  private let eye = SIMD3<Float>(0.25, 1.15, 4.3)
  private let target = SIMD3<Float>(0.06, 0.87, 0)
  private let light = normalize(SIMD3<Float>(-0.55, 0.85, 0.75))

  /// 8-bit RGB, row by row.
  func pixels() -> [UInt8] {
    let forward = normalize(target - eye)
    let right = normalize(cross(forward, [0, 1, 0]))
    let up = cross(right, forward)
    let rows = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: width * height * 3)
    nonisolated(unsafe) let memory = rows
    DispatchQueue.concurrentPerform(iterations: height) { y in
      for x in 0..<width {
        var sum = SIMD3<Float>.zero
        for sample in 0..<4 {
          let u = (Float(x) + (Float(sample % 2) + 0.5) / 2) / Float(width) - 0.5
          let v = 0.5 - (Float(y) + (Float(sample / 2) + 0.5) / 2) / Float(height)
          let ray = normalize(forward * 2.05 + right * u * Float(width) / Float(height) + up * v)
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
    guard let (point, material) = hit(from: eye, along: ray) else { return [0.3, 0.33, 0.36] }
    let normal = normal(at: point)
    let base = scene.color(point, material)
    let sun = max(dot(normal, light), 0) * shadow(from: point + normal * 0.004)
    let sky = 0.5 + 0.5 * normal.y
    let room = occlusion(point, normal)
    let shine =
      material == .wall || material == .floor ? 0 : pow(max(dot(normalize(light - ray), normal), 0), 24) * sun * 0.12
    let lit =
      SIMD3<Float>(1.75, 1.65, 1.5) * sun + (SIMD3<Float>(0.5, 0.56, 0.65) * sky + SIMD3<Float>(0.16, 0.14, 0.12))
      * room
    return base * lit + shine
  }

  private func hit(from start: SIMD3<Float>, along ray: SIMD3<Float>) -> (SIMD3<Float>, Scene.Material)? {
    var way: Float = 2
    for _ in 0..<160 {
      let point = start + ray * way
      let (distance, material) = scene.distance(point)
      if distance < 0.0006 { return (point, material) }
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

  private func cross(_ a: SIMD3<Float>, _ b: SIMD3<Float>) -> SIMD3<Float> {
    [a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x]
  }
}
